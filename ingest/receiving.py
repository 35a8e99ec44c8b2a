"""From finished files to deliveries: what the doors tell, written down in one transaction each."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import delete, func, select, text

from catalog.lifecycle import DeliveryState
from catalog.models import Delivery, Feed, InboxFile
from catalog.models.deliveries import RECEIPTS
from ddex.errors import MessageUnreadable
from ingest import inbox, manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database


class Received(Protocol):
    """A finished file as a door hands it over."""

    @property
    def feed_id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def blake3(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...


class DatabaseInbox:
    """Keeps the finished files of all feeds, and makes deliveries when a batch is complete.

    `root` is the folder of all feeds' inboxes, where manifests are read from. `nudge` is called
    after deliveries were committed, with their ids.
    """

    def __init__(
        self, database: Database, root: Path, clock: Clock, nudge: Callable[[list[str]], None]
    ) -> None:
        self._database = database
        self._root = root
        self._clock = clock
        self._nudge = nudge

    def received(self, file: Received) -> None:
        """A file is finished and durable at its place."""
        with self._database.write() as session:
            _in_turn(session, file.feed_id)
            row = _record(session, file)
            made = self._complete(session, row) if inbox.completion(file.path) else []
        if made:
            self._nudge(made)

    def removed(self, feed_id: str, path: str) -> None:
        """The sender removed a file, or a folder with all in it."""
        with self._database.write() as session:
            session.execute(delete(InboxFile).where(_under(feed_id, path)))

    def renamed(self, feed_id: str, old: str, new: str) -> None:
        """The sender renamed a file or folder; a rename can complete a batch too."""
        made: list[str] = []
        with self._database.write() as session:
            _in_turn(session, feed_id)
            arrived = select(InboxFile).where(_under(feed_id, old)).order_by(InboxFile.receipt)
            rows = session.scalars(arrived).all()
            for row in rows:
                target = new + row.path[len(old) :]
                _forget(session, feed_id, target)
                fresh = _add(session, feed_id, target, row.size, row.blake3, row.received_at)
                session.delete(row)
                session.flush()
                if inbox.completion(target):
                    made += self._complete(session, fresh)
        if made:
            self._nudge(made)

    def _complete(self, session: Session, completion: InboxFile) -> list[str]:
        """Make a delivery for each new release folder of the batch, and for each that it lacks."""
        batch = PurePosixPath(completion.path).parts[0]
        feed = session.get_one(Feed, completion.feed_id)
        files = session.scalars(select(InboxFile).where(_under(feed.id, batch)))
        arrived = [
            inbox.Arrived(path=f.path, size=f.size, blake3=f.blake3, receipt=f.receipt)
            for f in files
        ]
        before = session.scalars(
            select(Delivery).where(Delivery.feed_id == feed.id, Delivery.batch == batch)
        ).all()
        found = inbox.folders(batch, arrived, max((d.receipt for d in before), default=0))
        found += self._lacking(completion, batch, found, before)
        made = []
        for folder in found:
            row = _delivery(feed, batch, folder, completion, self._clock())
            if session.get(Delivery, row.id) is None:
                session.add(row)
                made.append(row.id)
        return made

    def _lacking(
        self,
        completion: InboxFile,
        batch: str,
        found: Sequence[inbox.Folder],
        before: Sequence[Delivery],
    ) -> list[inbox.Folder]:
        """Folders that the manifest names and nobody ever sent; the batch itself when it is empty.

        They become deliveries too, so that the sender is told.
        """
        sent = {folder.name for folder in found} | {d.release_folder for d in before if d.files}
        try:
            said = manifests.read(self._root / completion.feed_id / completion.path)
        except MessageUnreadable:
            said = None  # told by the parse phase
        absent = manifests.missing(said, batch, sent)
        return [inbox.Folder(name=name) for name in absent or ([] if sent else [""])]


def _record(session: Session, file: Received) -> InboxFile:
    _forget(session, file.feed_id, file.path)
    return _add(session, file.feed_id, file.path, file.size, file.blake3, file.received_at)


def _forget(session: Session, feed_id: str, path: str) -> None:
    session.execute(delete(InboxFile).where(InboxFile.feed_id == feed_id, InboxFile.path == path))


def _add(
    session: Session, feed_id: str, path: str, size: int, blake3: str, at: datetime
) -> InboxFile:
    """A new row has a new receipt, greater than all before it."""
    row = InboxFile(
        receipt=_receipt(session),
        feed_id=feed_id,
        path=path,
        size=size,
        blake3=blake3,
        received_at=at,
    )
    session.add(row)
    session.flush()
    return row


def _receipt(session: Session) -> int:
    """From a sequence where writers do not wait for each other; those of SQLite do."""
    if session.get_bind().dialect.name == "postgresql":
        return session.execute(select(RECEIPTS.next_value())).scalar_one()
    last = session.scalar(select(func.max(InboxFile.receipt))) or 0
    used = session.scalar(select(func.max(Delivery.receipt))) or 0
    return max(last, used) + 1


def _in_turn(session: Session, feed_id: str) -> None:
    """One file of a feed after the other, so that receipts tell their order."""
    if session.get_bind().dialect.name == "postgresql":
        key = {"key": f"inbox {feed_id}"}
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)


def _under(feed_id: str, path: str) -> ColumnElement[bool]:
    return (InboxFile.feed_id == feed_id) & (
        (InboxFile.path == path) | InboxFile.path.startswith(f"{path}/", autoescape=True)
    )


def _delivery(
    feed: Feed, batch: str, folder: inbox.Folder, completion: InboxFile, now: datetime
) -> Delivery:
    root = f"{batch}/{folder.name}/"
    key = f"{feed.id}\x1f{batch}\x1f{folder.name}\x1f{completion.receipt}"
    return Delivery(
        id="dlv_" + hashlib.blake2b(key.encode(), digest_size=12).hexdigest(),
        feed_id=feed.id,
        protocol=feed.protocol,
        batch=batch,
        release_folder=folder.name,
        xml_path=folder.xml.removeprefix(root) if folder.xml else None,
        receipt=completion.receipt,
        state=DeliveryState.RECEIVED,
        files=[
            {"path": f.path.removeprefix(root), "size": f.size, "blake3": f.blake3}
            for f in folder.files
        ],
        bytes=sum(f.size for f in folder.files),
        received_at=completion.received_at,
        updated_at=now,
    )
