"""Gives the search index what the catalogue says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.queries import indexing
from search.documents import documents_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.database import Database
    from search.index import Document
    from search.indexer import Indexer, Load


def loader(database: Database) -> Load:
    """Gives the indexer the documents of releases, as the catalogue has them now."""

    def load(release_ids: Sequence[str]) -> list[Document]:
        with database.read() as session:
            shapes = list(indexing.described(session, release_ids))
        return [document for shape in shapes for document in documents_of(shape)]

    return load


def catch_up(indexer: Indexer, database: Database) -> None:
    """Bring the index up to the outbox; build it anew when there is none that can be used."""
    with database.read() as session:
        last, ids = indexing.last_event(session), indexing.all_ids(session)
    if indexer.must_rebuild:
        indexer.rebuild(ids, position=last)
        return

    def events(after: int, limit: int) -> list[tuple[int, str]]:
        with database.read() as session:
            return indexing.events(session, after, limit)

    indexer.catch_up(events)
