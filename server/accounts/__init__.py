"""Accounts of listeners and operators: making them, signing in, and the signed cookie."""
