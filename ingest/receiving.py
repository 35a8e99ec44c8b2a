"""From finished files to deliveries: what doors and watchers tell, in one transaction each.

What follows from an event is decided by `ingest.inbox`; here it is written down.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from catalog import owners
from catalog.models import Feed, InboxFile, Release
from ddex.ern import reader
from ddex.errors import MessageUnreadable
from ddex.xml import parse
from ingest import changes, inbox_rows, manifests
from ingest.inbox import (
    Event,
    Kind,
    State,
    alone,
    counts,
    decide,
    gathering,
    message_of,
    needs_of,
    place,
    waiting_for,
)
from ingest.parts import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from catalog.models import Delivery
    from core.clock import Clock
    from core.database import Database
    from ingest.inbox import Arrived, Decision, Folder, Needs, Place, Top

_REMEMBERED = 8_192
_MANY = 64
"""Files from which on a batch is not looked at as a whole for each file that comes late; what it
waits for is put into words at the next round of the clock."""
_LARGEST = 64 << 20
"""Bytes of a message that is read here; larger ones are refused by the pipeline anyway."""


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
    @property
    def protocol(self) -> str: ...
    @property
    def sure(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an incomplete delivery is waited for.

    `settle`: quiet after the sender's last file and before it is told what lacks, when the door
    sees uploads under way; zero tells at once. `store`: the same for object stores, whose uploads
    nobody sees before they are done. `waits`: until it needs attention, unless the feed's terms
    say another time.
    """

    settle: timedelta = timedelta(0)
    store: timedelta = timedelta(0)
    waits: timedelta = timedelta(hours=24)


@dataclass(slots=True)
class Reader:
    """What the messages below `root` need, by digest; may be asked by any thread."""

    root: Path
    _known: OrderedDict[str, Needs | None] = field(default_factory=OrderedDict)

    def of(self, feed_id: str, path: str, digest: str) -> Needs | None:
        """What a message needs, None when it is not readable to its end."""
        if digest not in self._known:
            found = self._read(self.root / feed_id / path)
            self._known[digest] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            return found
        return self._known[digest]

    def _read(self, path: Path) -> Needs | None:
        try:
            return needs_of(path.read_bytes()) if path.stat().st_size <= _LARGEST else None
        except OSError:
            return None


class DatabaseInbox:
    """Keeps the finished files of all feeds, and makes deliveries when a batch is complete.

    `root` is the folder of all feeds' inboxes, where messages and manifests are read from. `nudge`
    is called after deliveries were committed, with their ids.
    """

    def __init__(
        self,
        database: Database,
        root: Path,
        clock: Clock,
        nudge: Callable[[list[str]], None],
        patience: Patience | None = None,
    ) -> None:
        self.database = database
        self.root = root
        self.clock = clock
        self.nudge = nudge
        self.patience = patience or Patience()
        self._reader = Reader(root)

    def received(self, file: Received) -> None:
        """A file is finished and durable at its place."""
        self._look_ahead(file.feed_id, file.path, file.blake3)
        with self.database.write() as session:
            inbox_rows.in_turn(session, file.feed_id)
            row = inbox_rows.add(
                session,
                InboxFile(
                    feed_id=file.feed_id,
                    path=file.path,
                    size=file.size,
                    blake3=file.blake3,
                    received_at=file.received_at,
                    protocol=file.protocol,
                    sure=file.sure,
                    doubt="",
                ),
            )
            made = self._came(session, row)
        self._tell(made)

    def removed(self, feed_id: str, path: str) -> None:
        """The sender removed a file, or a folder with all in it."""
        with self.database.write() as session:
            inbox_rows.in_turn(session, feed_id)
            feed = session.get_one(Feed, feed_id)
            rows = session.scalars(select(InboxFile).where(inbox_rows.under(feed_id, path))).all()
            for row in rows:
                session.delete(row)
            session.flush()
            made = [
                id_ for top in sorted(_tops(rows, feed)) for id_ in self._gone(session, feed, top)
            ]
        self._tell(made)

    def renamed(self, feed_id: str, old: str, new: str) -> None:
        """The sender renamed a file or folder; a rename can complete a batch too."""
        made: list[str] = []
        with self.database.write() as session:
            inbox_rows.in_turn(session, feed_id)
            rows = session.scalars(select(InboxFile).where(inbox_rows.under(feed_id, old))).all()
            feed = session.get_one(Feed, feed_id)
            moved = []
            for row in rows:
                moved.append(_moved(row, new + row.path[len(old) :]))
                session.delete(row)
            session.flush()
            for fresh in sorted(moved, key=lambda row: _is_word(row, feed)):
                made += self._came(session, inbox_rows.add(session, fresh))
            for top in sorted(_tops(rows, feed) - {row.top for row in moved}):
                made += self._gone(session, feed, top)
        self._tell(made)

    def turn(self, session: Session, feed: Feed, top: str, event: Event) -> list[str]:
        """Let an event happen to a whole top folder; the ids of the deliveries made."""
        view = self._named(feed, inbox_rows.load(session, feed, top))
        if event is Event.QUIET:
            view = self._known(session, view, feed)
        decision = decide(view, event, self.reader(feed.id))
        made = self._deliver(session, feed, top, decision.deliver)
        self._wait(session, feed, view, decision)
        return made

    def _came(self, session: Session, row: InboxFile) -> list[str]:
        """What follows from a file that is new at its place."""
        feed = session.get_one(Feed, row.feed_id)
        where = place(row.path, inbox_rows.row_of(feed))
        if where.kind in {Kind.ANSWER, Kind.PARTIAL}:
            return []
        changes.notice(session, row, where, self.clock())
        waiting = self._count(session, feed, row, where.top)
        if where.kind is Kind.COMPLETION:
            return self._happen(session, feed, where.top, Event.CALL)
        if where.kind is Kind.STRAY or self._gathers(session, feed, where):
            return []
        if where.folder and waiting.media["files"] > _MANY:
            view = inbox_rows.load(session, feed, where.top, where.folder)
            folder = alone(view, where.folder, Event.FILE, self.reader(feed.id))
            count = waiting.media
            made = self._deliver(session, feed, where.top, [folder] if folder else [])
            self._still(session, feed, row, count)
            return made
        return self._happen(session, feed, where.top, Event.FILE)

    def _still(self, session: Session, feed: Feed, row: InboxFile, count: dict[str, Any]) -> None:
        """Keep a row of what the rest of a large batch waits for, until the clock looks at it."""
        waiting = inbox_rows.waiting_of(session, feed.id, row.top)
        if waiting is None:
            waiting = inbox_rows.begin_waiting(session, feed, row.top, row, self.clock())
            waiting.media = count
        if waiting.phase in {"", State.GATHERING}:
            waiting.phase = State.LACKING
            waiting.waiting_for = "Sender: what the messages of the batch name"

    def _gathers(self, session: Session, feed: Feed, where: Place) -> bool:
        """Whether a file of a batch changes nothing, because nobody has completed the batch."""
        batch = where.folder or where.kind is Kind.SHARED
        return bool(batch) and not inbox_rows.called(session, feed, where.top)

    def _happen(self, session: Session, feed: Feed, top: str, event: Event) -> list[str]:
        """An event; without any patience, it is quiet at once."""
        made = self.turn(session, feed, top, event)
        if not self.patience.settle:
            made += self.turn(session, feed, top, Event.QUIET)
        return made

    def _gone(self, session: Session, feed: Feed, top: str) -> list[str]:
        waiting = inbox_rows.waiting_of(session, feed.id, top)
        if waiting is None:
            return []
        count, waiting.bytes = (
            inbox_rows.totals(session, feed.id, top) if top else inbox_rows.strays(session, feed)
        )
        waiting.media = {**waiting.media, "files": count}
        if not top and count:
            waiting.waiting_for = inbox_rows.stray(count)
        elif not count:
            inbox_rows.end_waiting(session, waiting)
        elif not top or waiting.phase == State.GATHERING:
            return []
        else:
            return self.turn(session, feed, top, Event.GONE)
        return []

    def _count(self, session: Session, feed: Feed, row: InboxFile, top: str) -> Delivery:
        """One more file in what waits."""
        now = self.clock()
        waiting = inbox_rows.waiting_of(session, feed.id, top)
        if waiting is None:
            waiting = inbox_rows.begin_waiting(session, feed, top, row, now)
            waiting.phase = State.GATHERING
            waiting.waiting_for = gathering(top, inbox_rows.row_of(feed))
        waiting.media = {**waiting.media, "files": waiting.media["files"] + 1}
        waiting.bytes = (waiting.bytes or 0) + row.size
        waiting.updated_at = now
        if not top:
            waiting.waiting_for = inbox_rows.stray(waiting.media["files"])
        return waiting

    def _deliver(
        self, session: Session, feed: Feed, top: str, folders: Iterable[Folder]
    ) -> list[str]:
        by_name = {folder.name: folder for folder in folders}
        newest = inbox_rows.newest(session, feed.id, top) if by_name else None
        if newest is None:
            return []
        waiting = inbox_rows.waiting_of(session, feed.id, top)
        known = inbox_rows.made(session, feed.id, top, by_name)
        taken = changes.taken(session, feed.id, top, by_name)
        made = []
        for folder in by_name.values():
            if (folder.name, folder.receipt) in known:
                continue
            row = inbox_rows.delivery_of(feed, top, folder, newest, self.clock())
            changes.mark(row, taken.get(folder.name, {}))
            if waiting is not None:
                inbox_rows.become(waiting, row)
                row, waiting = waiting, None
            else:
                session.add(row)
            made.append(row.id)
        session.flush()
        return made

    def _wait(self, session: Session, feed: Feed, view: Top, decision: Decision) -> None:
        """Keep, change or end the row of what the top folder waits for."""
        waiting = inbox_rows.waiting_of(session, feed.id, view.name)
        if not decision.open:
            if waiting is not None:
                inbox_rows.end_waiting(session, waiting)
            return
        newest = inbox_rows.newest(session, feed.id, view.name)
        if waiting is None and newest is not None:
            waiting = inbox_rows.begin_waiting(session, feed, view.name, newest, self.clock())
        if waiting is not None:
            waiting.phase = decision.state.value
            waiting.waiting_for = waiting_for(view, decision)
            count, waiting.bytes = inbox_rows.totals(session, feed.id, view.name)
            waiting.media = {"files": count}
            session.flush()

    def _named(self, feed: Feed, view: Top) -> Top:
        """With the folders that the manifest names and nobody ever sent."""
        done = [f for f in view.files if place(f.path, view.row).kind is Kind.COMPLETION]
        if not done:
            return view
        newest = max(done, key=lambda file: file.receipt)
        try:
            said = manifests.read(self.root / feed.id / newest.path)
        except MessageUnreadable:
            said = None  # told by the parse phase
        present = {place(file.path, view.row).folder for file in view.files}
        sent = {name for name, each in view.sent.items() if each.files}
        return replace(view, named=frozenset(manifests.missing(said, view.name, present | sent)))

    def _known(self, session: Session, view: Top, feed: Feed) -> Top:
        """With those whose message is an update of what the catalogue has."""
        found = set()
        for release in view.releases():
            xml = message_of(release)
            if xml is not None and self._is_update(session, feed, xml):
                found.add(release.folder)
        return replace(view, known=frozenset(found))

    def only_updates(self, session: Session, feed: Feed, top: str) -> bool:
        """Whether all that lies in a top folder, beside the sender's word, are messages about
        releases that the catalogue has: updates, to which no files need come."""
        view = inbox_rows.load(session, feed, top)
        folders = [release for release in view.releases() if release.files]
        if not folders or any(len(each.files) > 1 or each.shared for each in folders):
            return False
        return {each.folder for each in folders} == self._known(session, view, feed).known

    def _is_update(self, session: Session, feed: Feed, xml: Arrived) -> bool:
        try:
            message = reader.read(parse((self.root / feed.id / xml.path).read_bytes(), LIMITS))
        except (MessageUnreadable, OSError):
            return False
        release_id, _ = owners.known_as(session, message)
        return bool(release_id and session.get(Release, release_id))

    def reader(self, feed_id: str) -> Callable[[Arrived], Needs | None]:
        """What the messages of a feed need."""
        return lambda file: self._reader.of(feed_id, file.path, file.blake3)

    def _look_ahead(self, feed_id: str, path: str, digest: str) -> None:
        """Messages are read before the transaction, so that it stays short."""
        if path.lower().endswith(".xml") and counts(path) and "/" in path:
            self._reader.of(feed_id, path, digest)

    def _tell(self, made: list[str]) -> None:
        if made:
            self.nudge(made)


def _moved(row: InboxFile, path: str) -> InboxFile:
    return InboxFile(
        feed_id=row.feed_id,
        path=path,
        size=row.size,
        blake3=row.blake3,
        received_at=row.received_at,
        protocol=row.protocol,
        sure=row.sure,
        doubt=row.doubt,
    )


def _tops(rows: Iterable[InboxFile], feed: Feed) -> set[str]:
    """The top folders that files belong to; that of what is outside any batch is empty."""
    return {place(row.path, inbox_rows.row_of(feed)).top for row in rows}


def _is_word(row: InboxFile, feed: Feed) -> bool:
    """Whether it completes a batch: of several files moved at once, that is the last."""
    return place(row.path, inbox_rows.row_of(feed)).kind is Kind.COMPLETION
