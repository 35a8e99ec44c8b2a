"""A sender's Atom feed (ERN part 4, choreography for web services), asked again and again: messages
that wait there, and the files that they name, are put into the feed's inbox as through every door.

    GET feed ──▶ entries, oldest first ──▶ GET message ──▶ GET its files ──▶ folder ──▶ inbox

A delivery is handed over whole or not at all: its message comes after its files, and in a batch
the completion last. Every address passes the outbound guard, and the sender's credential goes to
the feed's own origin only. Nothing is deleted at the sender's by asking: `atom_answers` does that,
where it is agreed.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import structlog
from sqlalchemy import func, select

from catalog.models import Feed, InboxFile, Watch, WatchedObject
from core.errors import Misuse, SegueError, Unavailable
from core.outbound import OutboundRefused
from ddex.choreography import atom, names
from ddex.choreography.rows import ROWS
from ddex.ern import reader
from ddex.ern.rules.files import is_web, named_files, path_of
from ddex.errors import MessageUnreadable
from ddex.xml import parse
from ingest.doors.common.files import Opening
from ingest.doors.common.paths import clean
from ingest.doors.common.ports import FeedLogin
from ingest.doors.common.refusals import Reason, Refused
from ingest.feed_terms import FeedTerms
from ingest.watchers import keys
from ingest.watchers.atom_fetch import Access, Gone, Web
from ingest.watchers.rows import State
from ingest.watchers.watch import Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.outbound import Outbound
    from ingest.doors.common.guarded import GuardedFiles
    from ingest.doors.common.views import FeedViews

_log = structlog.get_logger("segue.atom")
PAGES = 50
"""Pages of a feed that are read in one round."""
_MESSAGE = 64 << 20
_FILE = 16 << 30
_FORMAT = "%Y%m%d%H%M%S"
_FAULTS = 3
"""So many entries may fail before the round ends: then it is the sender's service."""
FOR_GOOD = frozenset({Reason.BAD_NAME, Reason.DENIED, Reason.TOO_LARGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomFeed:
    """What a feed says of its Atom feed: its address, how it wants deliveries named, where answers
    go to, whether its credential may be read on its way."""

    feed_id: str
    name: str
    url: str
    choreography: str
    largest: int
    interval_s: float
    status_url: str = ""
    plain_http: bool = False

    @classmethod
    def of(cls, feed: Feed | None) -> AtomFeed | None:
        """None when the feed has none, or is disabled."""
        if feed is None or feed.disabled or "atom" not in feed.protocols:
            return None
        terms = FeedTerms.of(feed)
        if not is_web(terms.watch.url):
            return None
        return cls(
            feed_id=feed.id,
            name=feed.name,
            url=terms.watch.url,
            choreography=feed.choreography,
            largest=terms.max_file_bytes or _FILE,
            interval_s=terms.watch.interval_s,
            status_url=terms.watch.status_url,
            plain_http=terms.watch.plain_http,
        )

    def access(self, credential: tuple[str, bytes] | None) -> Access:
        """How its service is come at."""
        agreed = (self.url, self.status_url)
        return Access(addresses=agreed, credential=credential, plain=self.plain_http)


@dataclass(slots=True, kw_only=True)
class AtomPoller:
    """Asks the Atom feeds of feeds. `credential` gives (name, secret) of a feed's credential for
    its web service: Basic with a name, Bearer without; None for none."""

    database: Database
    views: FeedViews
    clock: Clock
    outbound: Outbound
    credential: Callable[[str], tuple[str, bytes] | None]
    pause: Callable[[float], object] = time.sleep
    """Waits so many seconds: no faster than agreed, together with the feed's other ways in."""

    def round(self, feed_id: str) -> Round:
        """One look. A fault is told in the result and kept for the operator."""
        with self.database.read() as session:
            place = AtomFeed.of(session.get(Feed, feed_id))
        if place is None:
            return Round(fault="this feed has no Atom feed", lasting=True)
        look = _Look(self, place)
        fault, lasting = "", False
        try:
            look.run()
        except Refused as refused:
            fault = refused.text
        except SegueError as error:
            fault = f"{error.message}; {error.remedy}" if error.remedy else error.message
            lasting = not error.retryable
        done = Round(
            seen=look.seen,
            fetched=look.fetched,
            bytes=look.bytes,
            refused=look.refused,
            fault=fault,
            lasting=lasting,
        )
        self._note(place, done)
        return done

    def _note(self, place: AtomFeed, done: Round) -> None:
        now = self.clock()
        with self.database.write() as session:
            row = watch_of(session, place)
            row.round_at, row.seen = now, done.seen
            row.fetched += done.fetched
            row.bytes += done.bytes
            if not done.fault:
                row.good_at, row.failures, row.fault = now, 0, ""
                return
            if row.fault != done.fault:
                _log.warning("atom_failed", feed=place.feed_id, why=done.fault)
            row.failures, row.fault = row.failures + 1, done.fault


def watch_of(session: Session, place: AtomFeed) -> Watch:
    """The row of a feed's Atom feed; its `cursor` is JSON of what makes a request conditional."""
    row = session.get(Watch, place.feed_id)
    if row is None:
        row = Watch(feed_id=place.feed_id, place=place.url, cursor="", fault="")
        row.failures = row.seen = row.fetched = row.bytes = 0
        session.add(row)
    if row.place != place.url:
        row.place, row.cursor = place.url, ""
    return row


class _Look:
    """One round over one Atom feed."""

    def __init__(self, poller: AtomPoller, place: AtomFeed) -> None:
        self._poller = poller
        self._place = place
        self.seen = self.fetched = self.bytes = self.refused = 0
        self._failed: list[Unavailable] = []

    def run(self) -> None:
        poller, place = self._poller, self._place
        with poller.database.write() as session:
            cursor = watch_of(session, place).cursor
        known = json.loads(cursor) if cursor else {}
        access = place.access(poller.credential(place.feed_id))
        with Web(poller.outbound, access) as web:
            first = web.page(place.url, known)
            if first is None:
                return  # nothing has changed since all of it was taken
            for page in self._pages(web, first.data, first.url):
                for entry in page.entries:
                    self.seen += 1
                    self._take(web, entry)
        if self._failed:
            raise self._failed[0]
        with poller.database.write() as session:
            watch_of(session, place).cursor = json.dumps(first.validators)

    def _pages(self, web: Web, data: bytes, url: str) -> Iterator[atom.Page]:
        asked = set()
        for _ in range(PAGES):
            try:
                page = atom.read(data, url)
            except atom.NotAtom as wrong:
                raise Unavailable(f"{url} is no Atom feed: {wrong}") from wrong
            yield page
            asked.add(url)
            if not page.next or page.next in asked:
                return
            url = page.next
            found = web.page(url, {})
            data = found.data if found else b""

    def _take(self, web: Web, entry: atom.Entry) -> None:
        """Take an entry unless it was taken as it is now. What only fails now is tried again at
        the next round, beside the others."""
        mark = f"{entry.updated[:60]}|{keys.identity('', entry.message)}"
        row_id = keys.identity(self._place.feed_id, f"atom:{entry.id}")
        stamp = self._begin(row_id, entry, mark)
        if stamp is None:
            return
        try:
            self._fetch(web, entry, stamp)
        except (Gone, OutboundRefused, Misuse) as refused:
            self._refuse(row_id, entry, str(refused))
        except Refused as refused:
            if refused.reason in FOR_GOOD:
                self._refuse(row_id, entry, refused.text)
                return
            self._set(row_id, State.PENDING, refused.text)
            raise
        except Unavailable as fault:
            self._set(row_id, State.PENDING, fault.message)
            self._failed.append(fault)
            if len(self._failed) >= _FAULTS:
                raise
        else:
            self._set(row_id, State.TAKEN, "")
            self.fetched += 1

    def _refuse(self, row_id: str, entry: atom.Entry, why: str) -> None:
        self._set(row_id, State.REFUSED, why)
        self.refused += 1
        shown = keys.printable(entry.id)[:200]
        _log.warning("entry_refused", feed=self._place.feed_id, entry=shown, why=why)

    def _begin(self, row_id: str, entry: atom.Entry, mark: str) -> str | None:
        """The stamp of its folder, the same at every try; None when there is nothing to do."""
        now = self._poller.clock()
        with self._poller.database.write() as session:
            row = session.get(WatchedObject, row_id)
            if row is None:
                row = WatchedObject(id=row_id, feed_id=self._place.feed_id, mark="", path="")
                row.key = keys.printable(entry.id)
                row.state, row.modified, row.seen_at = State.PENDING, now, now
                session.add(row)
            row.seen_at = now
            row.delete_url = entry.delete if is_web(entry.delete) else ""
            if row.mark == mark and row.state in {State.TAKEN, State.REFUSED}:
                return None
            if row.mark != mark:
                row.path = _stamp(session, self._place.feed_id, now)
            row.top = self._top(entry, row.path)
            row.mark, row.state, row.modified = mark, State.PENDING, now
            return row.path

    def _set(self, row_id: str, state: State, note: str) -> None:
        with self._poller.database.write() as session:
            row = session.get_one(WatchedObject, row_id)
            row.state, row.note, row.taken_at = state, note[:1000], self._poller.clock()

    # one delivery

    def _top(self, entry: atom.Entry, stamp: str) -> str:
        row = ROWS[self._place.choreography]
        return row.folder(stamp, _release(entry), "N" if "N" in row.priorities else "")

    def _fetch(self, web: Web, entry: atom.Entry, stamp: str) -> None:
        message = web.document(entry.message, _MESSAGE)
        top, release = self._top(entry, stamp), _release(entry)
        batch = ROWS[self._place.choreography].style == "batch"
        inside = f"{top}/{release}" if batch else top
        xml, complete = f"{inside}/{release}.xml", f"{top}/BatchComplete_{stamp}.xml"
        if self._told(complete if batch else xml):
            return  # a process that was killed had handed it over already
        files = self._poller.views.of(FeedLogin(self._place.feed_id, self._place.name))
        for named in _named(message.data, message.url):
            if f"{inside}/{named.path}" == xml:
                continue
            try:
                pieces = web.pieces(named.url, self._place.largest)
                self._write(files, f"{inside}/{named.path}", pieces)
            except Gone:
                if not named.beside:
                    raise
        self._write(files, xml, iter([message.data]))
        if batch:
            self._write(files, complete, iter(()))

    def _told(self, path: str) -> bool:
        with self._poller.database.read() as session:
            wanted = select(InboxFile.path).where(
                InboxFile.feed_id == self._place.feed_id, InboxFile.path == path
            )
            return session.scalar(wanted) is not None

    def _write(self, files: GuardedFiles, path: str, pieces: Iterator[bytes]) -> None:
        parts = clean(path)
        files.make_folders(parts[:-1])
        upload = files.open_write(parts, Opening(truncate=True))
        offset = 0
        try:
            for piece in pieces:
                upload.take(offset, piece)
                upload.drain()
                offset += len(piece)
                self._poller.pause(files.pause(len(piece)))
            files.finish(upload, "atom")
        except BaseException:
            files.discard(upload)
            raise
        self.bytes += offset


@dataclass(frozen=True, slots=True)
class _Named:
    """A file of a message: where it is fetched, where it goes in the message's folder. One `beside`
    the message is named by a relative address; it may come by another door as well."""

    url: str
    path: PurePosixPath
    beside: bool


def _named(message: bytes, base: str) -> list[_Named]:
    """The files that a message names, each once; `base` is where the message came from. What can't
    be read, or is no path, is the pipeline's to judge."""
    try:
        found = named_files(reader.read(parse(message)))
        uris = list(dict.fromkeys(file.uri for file, _ in found))
    except MessageUnreadable:
        return []
    files = []
    for uri in uris:
        path = path_of(uri)
        if isinstance(path, PurePosixPath):
            files.append(_Named(urljoin(base, uri), path, beside=not is_web(uri)))
    return files


def _release(entry: atom.Entry) -> str:
    """What its folder is named by."""
    return entry.release_id or f"R{keys.identity('', entry.id)[:16]}"


def _stamp(session: Session, feed_id: str, now: datetime) -> str:
    """Seventeen digits, after all that were given to this feed: later entries are later news."""
    given = select(func.max(WatchedObject.path)).where(WatchedObject.feed_id == feed_id)
    last = session.scalar(given) or ""
    if last.isdecimal() and len(last) == names.STAMP_DIGITS:
        at = datetime.strptime(last[:14], _FORMAT).replace(tzinfo=UTC)
        now = max(now, at + timedelta(milliseconds=int(last[14:]) + 1))
    return f"{now.astimezone(UTC):{_FORMAT}}{now.microsecond // 1000:03}"
