"""The pipeline on a folder and a SQLite file, with twins of probe, transcoder, index and worker."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3
from sqlalchemy import func, select, update

from catalog.lifecycle import DeliveryState
from catalog.models import Delivery, Event, Feed, LoggedMessage, Recording, Release, Track
from core.clock import ManualClock
from core.database import Base, Database
from core.folders import DataFolder
from core.schemas import SchemaFolder
from ddex.choreography import acknowledgement
from ingest import feeds, pipeline
from ingest.doors.common.ports import ReceivedFile
from ingest.parts import Parts
from ingest.receiving import DatabaseInbox
from ingest.testing import DirectWork, PlainIndex, PlainProbe, PlainTranscode
from storage.backends.obstore import local_store
from tests.fixtures.packages import RECIPIENT, SENDER

if TYPE_CHECKING:
    from ddex.choreography.acknowledgement import Acknowledgement

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
WANTED = (("SubscriptionModel", "OnDemandStream"),)


@dataclass(slots=True)
class World:
    """One feed and all that stands behind its door."""

    root: Path
    url: str = ""  # of the database; a SQLite file unless told else
    schema: SchemaFolder = field(default_factory=lambda: SchemaFolder(None))
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    probe: PlainProbe = field(default_factory=PlainProbe)
    transcode: PlainTranscode = field(default_factory=PlainTranscode)
    index: PlainIndex = field(default_factory=PlainIndex)
    work: DirectWork = field(default_factory=DirectWork)
    nudged: list[str] = field(default_factory=list)
    running: bool = True
    feed: str = ""
    database: Database = field(init=False)
    parts: Parts = field(init=False)
    inbox: DatabaseInbox = field(init=False)

    def __post_init__(self) -> None:
        data = DataFolder(self.root)
        data.make()
        self.database = Database(self.url or f"sqlite:///{self.root / 'segue.db'}")
        Base.metadata.create_all(self.database.engine)
        self.parts = Parts(
            database=self.database,
            store=local_store(data.objects),
            data=data,
            clock=self.clock,
            probe=self.probe,
            transcode=self.transcode,
            index=self.index,
            schema=self.schema,
            party_dpid=RECIPIENT,
            party_name="Segue",
            wanted=WANTED,
        )
        pipeline.register(self.work, self.parts)
        self.inbox = DatabaseInbox(self.database, data.inbox, self.clock, self.nudge)
        self.feed = self.make_feed()

    def make_feed(self, name: str = "label") -> str:
        with self.database.write() as session:
            made, _ = feeds.create(session, self.clock, name=name, dpid=SENDER)
            return made.id

    def nudge(self, delivery_ids: list[str]) -> None:
        """As the service does; nothing runs while `running` is off."""
        self.nudged += delivery_ids
        for delivery_id in delivery_ids if self.running else []:
            pipeline.enqueue_by_id(self.work, self.database, delivery_id)

    @property
    def view(self) -> Path:
        return self.parts.data.inbox / self.feed

    def put(self, path: str, data: bytes | Path = b"x") -> None:
        """A finished file, as the door hands it over."""
        content = data.read_bytes() if isinstance(data, Path) else data
        target = self.view / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)  # the door brings a new file under the name
        target.write_bytes(content)
        digest = blake3(content).hexdigest()
        self.inbox.received(ReceivedFile(self.feed, path, len(content), digest, self.clock()))

    def remove(self, path: str) -> None:
        """The sender removes a file or folder."""
        target = self.view / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        self.inbox.removed(self.feed, path)

    def rename(self, old: str, new: str) -> None:
        """The sender moves a file or folder."""
        (self.view / new).parent.mkdir(parents=True, exist_ok=True)
        (self.view / old).rename(self.view / new)
        self.inbox.renamed(self.feed, old, new)

    def send(self, folder: Path) -> list[Delivery]:
        """A whole batch, its completion last; the deliveries that it made, as they are then."""
        before = len(self.nudged)
        self.clock.advance(timedelta(seconds=1))
        files = [path for path in folder.rglob("*") if path.is_file()]
        for path in sorted(files, key=lambda p: (p.name.startswith("BatchComplete"), p)):
            self.put(f"{folder.name}/{path.relative_to(folder)}", path)
        return [self.delivery(delivery_id) for delivery_id in self.nudged[before:]]

    def send_one(self, folder: Path) -> Delivery:
        [delivery] = self.send(folder)
        return delivery

    def delivery(self, delivery_id: str) -> Delivery:
        with self.database.read() as session:
            return session.get_one(Delivery, delivery_id)

    def deliveries(self) -> list[Delivery]:
        """All that are complete, in the order of their folders."""
        query = select(Delivery).where(Delivery.state != DeliveryState.INCOMPLETE)
        with self.database.read() as session:
            return list(session.scalars(query.order_by(Delivery.receipt, Delivery.release_folder)))

    def waiting(self) -> list[Delivery]:
        """What is incomplete, by top folder."""
        query = select(Delivery).where(Delivery.state == DeliveryState.INCOMPLETE)
        with self.database.read() as session:
            return list(session.scalars(query.order_by(Delivery.batch)))

    def settle(self, state: str) -> None:
        """All deliveries that are complete end like this, whatever they hold."""
        with self.database.write() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.state != DeliveryState.INCOMPLETE)
                .values(state=state)
            )

    def answer(self, delivery: Delivery) -> Acknowledgement:
        """The acknowledgement, as the sender reads it."""
        assert delivery.acknowledgement is not None
        return acknowledgement.read((self.view / delivery.acknowledgement).read_bytes())

    def statuses(self, delivery: Delivery) -> list[str]:
        """Of the acknowledgement."""
        return [status.status for status in self.answer(delivery).statuses]

    def outcomes(self) -> list[str]:
        """Of the message log, in its order."""
        with self.database.read() as session:
            return list(session.scalars(select(LoggedMessage.outcome).order_by(LoggedMessage.id)))

    def counts(self) -> dict[str, int]:
        """Rows of each table that a delivery fills."""
        with self.database.read() as session:
            return {
                table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
                for table in (Release, Track, Recording, LoggedMessage, Event)
            }

    def release(self) -> Release:
        """The only one in the catalogue."""
        with self.database.read() as session:
            return session.scalars(select(Release)).one()

    def masters(self) -> dict[str, str | None]:
        """BLAKE3 of the audio by ISRC."""
        with self.database.read() as session:
            return {row.isrc: row.master for row in session.scalars(select(Recording))}

    def events(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(Event.kind).order_by(Event.id)))

    def seen(self) -> list[str]:
        """What the sender still sees, but for acknowledgements."""
        files = (path.relative_to(self.view) for path in self.view.rglob("*") if path.is_file())
        return sorted(str(path) for path in files if "acknowledgements" not in path.parts)

    def change_feed(self, **values: object) -> None:
        with self.database.write() as session:
            feed = session.get_one(Feed, self.feed)
            for name, value in values.items():
                setattr(feed, name, value)
