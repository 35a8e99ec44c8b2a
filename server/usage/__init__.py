"""Plays: ids, the append-only spool, what counts, and the loader into the database."""
