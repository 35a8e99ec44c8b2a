"""A feed as messages are judged by it: its sender, its history and its policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from blake3 import blake3

from catalog.models import Feed
from core.errors import NotFound
from ddex.choreography import names
from ddex.ern.reader import read
from ddex.errors import MessageUnreadable
from ddex.xml import parse
from ingest import feeds
from ingest.inbox import order_stamp
from ingest.phase_03_check import History
from ingest.phase_04_match import is_update

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from core.clock import Clock
    from core.database import Database
    from ddex.ern import rules
    from server.services.packages import Package


@dataclass(frozen=True, slots=True)
class Account:
    """A feed, to judge as if messages came by it."""

    database: Database
    clock: Clock
    dpid: str
    feed: Feed

    @classmethod
    def of(cls, database: Database, clock: Clock, dpid: str, feed_id: str) -> Account:
        """`dpid` is ours. Raises NotFound."""
        with database.read() as session:
            row = session.get(Feed, feed_id)
        if row is None:
            raise NotFound(f"no feed {feed_id}", remedy="list them: segue feeds list")
        return cls(database, clock, dpid, row)

    def told(self, about: rules.Context, package: Package, data: bytes) -> rules.Context:
        """The context with what the account knows: sender, history, order, policy."""
        about = replace(
            about,
            feed=feeds.facts_of(self.feed, self.dpid, self.clock()),
            policy=feeds.policy_of(self.feed),
        )
        try:
            message = read(parse(data))
        except MessageUnreadable:
            return about  # examine says why
        return replace(
            about,
            history=History(self.database, self.feed.id, message),
            digest=blake3(data).hexdigest(),
            is_update=is_update(self.database, message),
            order_stamp=_stamp(package.message, self.clock()),
        )


def _stamp(message: Path, now: datetime) -> str:
    """The time that the batch's folder names, else now: as if it were sent this moment."""
    folders = (folder.name for folder in message.absolute().parents)
    stamps = (order_stamp(each) for each in folders if names.folder(each))
    return next(stamps, f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03}")
