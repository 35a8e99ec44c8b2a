"""How much of its quota a feed uses: what lies in its inbox now, counted from the rows of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.models import InboxFile

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ingest.feed_terms import FeedTerms


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
