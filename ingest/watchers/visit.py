"""One look at one feed's place: list, fetch what is new, in an order that makes sense.

A completion (`BatchComplete_…`) is taken when everything that the bucket held of its batch at the
time it was seen has been taken. Before an object is handed to the inbox its row says so; what a
killed process left in that state is settled at the next visit, so that nothing comes twice.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from catalog.models import InboxFile
from ingest.doors.common.files import Opening
from ingest.doors.common.paths import clean
from ingest.doors.common.refusals import Reason, Refused
from ingest.watchers import keys, rows
from ingest.watchers.fetching import Window, pull
from ingest.watchers.rows import State
from storage.source import ObjectChanged, StoreFault

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from catalog.models import WatchedObject
    from core.clock import Clock
    from core.database import Database
    from ingest.doors.common.guarded import GuardedFiles
    from ingest.watchers.watched import Watched
    from storage.source import Found, Source

_log = structlog.get_logger("segue.watchers")
_PAGE = 1000
_FAULTS = 3
"""So many objects may fail before the visit ends: then it is the store."""
_FOR_GOOD = frozenset(
    {
        Reason.BAD_NAME,
        Reason.DENIED,
        Reason.TOO_LARGE,
        Reason.TYPE,
        Reason.IS_FOLDER,
        Reason.NOT_FOLDER,
    }
)


class Stopped(Exception):
    """The service stops; what was begun starts anew at its next start."""


class Visit:
    """A look at a place, which ends between pieces when `stopping` is set. Counts what it did."""

    def __init__(
        self,
        watched: Watched,
        source: Source,
        files: GuardedFiles,
        database: Database,
        clock: Clock,
        stopping: threading.Event,
    ) -> None:
        self.watched = watched
        self.source = source
        self.files = files
        self.database = database
        self.clock = clock
        self.seen = self.fetched = self.bytes = self.skipped = self.refused = 0
        self.cursor = ""
        self._stopping = stopping
        self._failed: dict[str, StoreFault | Refused] = {}

    # what is there

    def sweep(self) -> None:
        """List the whole place; a listing that was cut goes on where it was."""
        with self.database.write() as session:
            self.cursor = rows.watch_of(session, self.watched).cursor
        for page in self.source.pages(self.watched.place.prefix, self.cursor):
            self._check()
            self.offer(page)
            if len(page) >= _PAGE:
                self._save_cursor(next((f.key for f in page[::-1] if f.key.isprintable()), ""))
        self._save_cursor("")

    def _save_cursor(self, cursor: str) -> None:
        if cursor == self.cursor:
            return
        with self.database.write() as session:
            rows.watch_of(session, self.watched).cursor = self.cursor = cursor

    def offer(self, page: Sequence[Found]) -> None:
        """Write down what of these objects is new."""
        wanted = [found for found in page if not keys.passed_over(self.watched, found)]
        self.seen += len(wanted)
        self.skipped += len(page) - len(wanted)
        now = self.clock()
        with self.database.read() as session:
            news = rows.news(session, self.watched, wanted, now)
        if news:
            with self.database.write() as session:
                rows.offer(session, self.watched, news, now)

    # taking

    def take_all(self) -> None:
        """Fetch all that waits, completions last. Raises StoreFault when the store fails."""
        self._settle()
        self._take(self._waiting())
        for completion in self._waiting(completions=True):
            batch = f"{PurePosixPath(completion.path).parts[0]}/"
            for page in self.source.pages(self.watched.place.prefix + batch):
                self.offer(page)
            self._take(self._waiting(under=batch))
            if self._waiting(under=batch):
                continue  # something of it could not be fetched now; the completion waits for it
            self._take([completion])
        if self._failed:
            raise next(iter(self._failed.values()))

    def _waiting(self, *, completions: bool = False, under: str = "") -> list[WatchedObject]:
        with self.database.read() as session:
            return rows.waiting(session, self.watched.feed_id, completions=completions, under=under)

    def _take(self, waiting: Iterable[WatchedObject]) -> None:
        pending = [(row.id, row.path, rows.found_of(row)) for row in waiting]
        if not pending:
            return
        objects = [found for _, _, found in pending]
        with Window(self.source, objects, check=self._check) as window:
            for row_id, path, found in pending:
                if row_id not in self._failed:
                    self._take_one(window, row_id, path, found)

    def _take_one(self, window: Window, row_id: str, path: str, found: Found) -> None:
        self._check()
        try:
            self._fetch(window, row_id, path, found)
        except ObjectChanged:
            self._look_again(row_id, found)
        except Refused as refused:
            if refused.reason not in _FOR_GOOD:
                raise
            self.refused += 1
            self._set(row_id, State.REFUSED, refused.text)
            _log.warning("object_refused", feed=self.watched.feed_id, key=path, why=refused.text)
        except StoreFault as fault:
            self._failing(row_id, found, fault)
        else:
            self._set(row_id, State.TAKEN)
            self.fetched += 1
            self.bytes += found.size

    def _failing(self, row_id: str, found: Found, fault: StoreFault) -> None:
        """With the least rights, stores say that what is gone is forbidden: a listing knows."""
        if not fault.retryable and self.source.find(found.key) is None:
            self._look_again(row_id, found)
            return
        self._set(row_id, State.PENDING, fault.message)
        self._failed[row_id] = fault
        if len(self._failed) >= _FAULTS:
            raise fault

    def _fetch(self, window: Window, row_id: str, path: str, found: Found) -> None:
        parts = clean(path)
        self.files.judge([(parts, found.size)])
        self.files.expect(found.size)
        self.files.make_folders(parts[:-1])
        upload = self.files.open_write(parts, Opening(truncate=True))
        try:
            pull(window, found, upload, self._came)
            self._hand(row_id)
        except BaseException:
            self.files.discard(upload)
            raise
        try:
            self.files.finish(upload, self.watched.place.protocol)
        except Refused:
            self.files.discard(upload)
            self._set(row_id, State.PENDING)
            raise

    def _came(self, size: int) -> None:
        """No faster than agreed, together with the feed's other ways in."""
        if self._stopping.wait(self.files.pause(size)):
            raise Stopped

    def _hand(self, row_id: str) -> None:
        with self.database.write() as session:
            rows.set_state(session, row_id, State.HANDING, at=self.clock())

    def _set(self, row_id: str, state: State, note: str = "") -> None:
        with self.database.write() as session:
            rows.set_state(session, row_id, state, note=note)

    def _look_again(self, row_id: str, found: Found) -> None:
        """The object was replaced or removed while it was read."""
        now = self.source.find(found.key)
        if now is None:
            with self.database.write() as session:
                rows.forget(session, row_id)
        elif now.mark == found.mark:
            self._set(row_id, State.PENDING, "the store says it changed while it was read")
        else:
            self.offer([now])

    def _settle(self) -> None:
        """What a killed process was handing over: told to the inbox, or pending again."""
        with self.database.write() as session:
            for row in rows.in_state(session, self.watched.feed_id, State.HANDING):
                row.state = State.TAKEN if self._told(session, row) else State.PENDING

    def _told(self, session: Session, row: WatchedObject) -> bool:
        """Whether the inbox heard of it: its own row says so, or it was even tidied away since."""
        told = select(InboxFile.received_at).where(
            InboxFile.feed_id == row.feed_id, InboxFile.path == row.path
        )
        received_at = session.scalar(told)
        if received_at is not None:
            return row.taken_at is not None and received_at >= row.taken_at
        parts = clean(row.path)
        trees = (self.files.partial_tree, self.files.inbox_tree)
        return all(tree.stat(parts) is None for tree in trees)

    def _check(self) -> None:
        if self._stopping.is_set():
            raise Stopped
