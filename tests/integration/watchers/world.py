"""A feed that watches a bucket, its inbox and its database; the bucket is any `Source`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Delivery, Feed, InboxFile, Watch, WatchedObject
from core.clock import ManualClock
from core.database import Base, Database
from ingest import feeds
from ingest.doors.common.guard import Guard
from ingest.doors.common.upload import Intake
from ingest.doors.common.views import FeedViews
from ingest.feed_terms import FeedTerms
from ingest.receiving import DatabaseInbox
from ingest.watchers.watch import Round, Watcher
from tests.fixtures.packages import SENDER
from tests.fixtures.patience import seen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingest.watchers.watched import Watched
    from storage.source import Source

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
BATCH = "20261121120000000"
COMPLETE = f"{BATCH}/BatchComplete_{BATCH}.xml"


@dataclass(slots=True)
class World:
    """`bucket` is what the watcher sees; senders write with `put`, below the prefix `in/`."""

    root: Path
    bucket: Source
    prefix: str = "in"
    name: str = "bucket"
    terms: dict[str, str] = field(default_factory=dict)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    nudged: list[str] = field(default_factory=list)
    connect: Callable[[Watched], Source] | None = None
    feed: str = ""
    database: Database = field(init=False)
    views: FeedViews = field(init=False)
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.database = Database(f"sqlite:///{self.root / 'segue.db'}")
        Base.metadata.create_all(self.database.engine)
        self.restart()
        self.feed = self.feed or self.make_feed("label", f"s3://{self.name}/{self.prefix}")

    def restart(self) -> None:
        """A new process on the same data."""
        inbox = DatabaseInbox(self.database, self.root / "inbox", self.clock, self.nudged.extend)
        intake = Intake(durable=False, watermark=0)
        guard = Guard(clock=self.clock, terms=self._agreed)
        self.views = FeedViews(
            data=self.root, inbox=inbox, clock=self.clock, intake=intake, guard=guard
        )
        self.watcher = Watcher(
            database=self.database,
            views=self.views,
            clock=self.clock,
            connect=self.connect or (lambda _: self.bucket),
        )

    def _agreed(self, feed_id: str) -> FeedTerms:
        with self.database.read() as session:
            return FeedTerms.of(session.get_one(Feed, feed_id))

    def make_feed(self, name: str, url: str) -> str:
        terms = FeedTerms.read({"watch": {"url": url, **self.terms}})
        with self.database.write() as session:
            made, _ = feeds.create(
                session, self.clock, name=name, dpid=SENDER, protocol="s3", terms=terms
            )
            return made.id

    def put(self, key: str, data: bytes = b"data") -> None:
        """As the sender does."""
        self.bucket.put(f"{self.prefix}/{key}" if self.prefix else key, data)

    def round(self, *, fault: bool = False) -> Round:
        """One look, a second later."""
        self.clock.advance(timedelta(seconds=1))
        done = self.watcher.round(self.feed)
        assert bool(done.fault) is fault, done.fault
        return done

    def view(self) -> dict[str, bytes]:
        """Finished files of the feed."""
        root = self.root / "inbox" / self.feed
        return {str(path.relative_to(root)): path.read_bytes() for path in seen(root)}

    def receipts(self) -> dict[str, int]:
        """Receipt by path."""
        with self.database.read() as session:
            wanted = select(InboxFile).where(InboxFile.feed_id == self.feed)
            return {row.path: row.receipt for row in session.scalars(wanted)}

    def arrivals(self) -> list[str]:
        """Paths in the order of their receipts."""
        found = self.receipts()
        return sorted(found, key=found.__getitem__)

    def deliveries(self) -> list[Delivery]:
        with self.database.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.receipt)))

    def objects(self) -> dict[str, WatchedObject]:
        """Rows by key."""
        with self.database.read() as session:
            return {row.key: row for row in session.scalars(select(WatchedObject))}

    def state(self) -> Watch:
        with self.database.read() as session:
            return session.get_one(Watch, self.feed)

    def change(self, **values: object) -> None:
        """Change the feed's row."""
        with self.database.write() as session:
            row = session.get_one(Feed, self.feed)
            for name, value in values.items():
                setattr(row, name, value)

    def all_keys(self) -> list[str]:
        """All keys of the bucket."""
        return sorted(found.key for page in self.bucket.pages("") for found in page)

    def leftovers(self) -> list[str]:
        """Unfinished files; there must be none."""
        return [str(path) for path in seen(self.root / "partial")]
