"""How much of its quota a feed uses: what lies in its inbox now, counted from the rows of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.models import Feed, InboxFile
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.database import Database


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes and files in a feed's inbox."""

    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """What may still come; None means without limit, and never below 0."""

    bytes: int | None
    files: int | None


def usage(session: Session, feed_id: str) -> Usage:
    """By one index alone, so that a door may ask before each file."""
    query = select(func.coalesce(func.sum(InboxFile.size), 0), func.count())
    size, count = session.execute(query.where(InboxFile.feed_id == feed_id)).one()
    return Usage(int(size), count)


def left(terms: FeedTerms, used: Usage) -> QuotaLeft:
    """What the terms leave of their quotas. Pure."""
    return QuotaLeft(
        None if terms.quota_bytes is None else max(terms.quota_bytes - used.bytes, 0),
        None if terms.quota_files is None else max(terms.quota_files - used.files, 0),
    )


class Quotas:
    """For doors and watchers; unfinished uploads are theirs to add."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def quota_left(self, feed_id: str) -> QuotaLeft:
        """What this feed may still send; nothing when there is no such feed."""
        with self._database.read() as session:
            feed = session.get(Feed, feed_id)
            if feed is None:
                return QuotaLeft(0, 0)
            terms = FeedTerms.of(feed)
            if terms.quota_bytes is None and terms.quota_files is None:
                return QuotaLeft(None, None)
            return left(terms, usage(session, feed_id))
