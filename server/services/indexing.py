"""Keeps the search index in step with the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.catalogue import CatalogueSource

if TYPE_CHECKING:
    from core.database import Database
    from search.indexer import Indexer


def catch_up(indexer: Indexer, database: Database) -> None:
    """Bring the index up to the outbox; build it anew when there is none that can be used."""
    source = CatalogueSource(database)
    if indexer.must_rebuild:
        indexer.rebuild(source.release_ids(), position=source.last_event())
    else:
        indexer.catch_up(source.events)
