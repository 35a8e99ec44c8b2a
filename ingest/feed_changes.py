"""Which feeds changed: asked again and again by who holds their sessions open.

A feed is changed by other processes too (a command, another machine), so nobody can be called:
the database is asked, one small query for all feeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Feed

if TYPE_CHECKING:
    from core.database import Database


@dataclass(frozen=True, slots=True)
class Change:
    """A feed that changed: its terms, protocols or credentials are to be looked at again.

    `shut` says that it is disabled or deleted: its sessions end now, uploads included.
    `protocols` are those that it may come by.
    """

    feed_id: str
    shut: bool
    protocols: frozenset[str] = frozenset()


class FeedChanges:
    """One reader of the changes; the first `poll` finds none."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[str, tuple[int, bool, frozenset[str]]] | None = None

    def poll(self) -> list[Change]:
        """What changed since the last call."""
        with self._database.read() as session:
            rows = session.execute(select(Feed.id, Feed.revision, Feed.disabled, Feed.protocols))
            now = {
                feed_id: (revision, disabled, frozenset(protocols))
                for feed_id, revision, disabled, protocols in rows
            }
        before, self._seen = self._seen, now
        if before is None:
            return []
        changed = [
            Change(feed_id, shut=now[feed_id][1], protocols=now[feed_id][2])
            for feed_id in now
            if feed_id in before and now[feed_id] != before[feed_id]
        ]
        return [*changed, *(Change(feed_id, shut=True) for feed_id in before if feed_id not in now)]
