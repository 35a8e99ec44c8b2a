"""The watcher: rounds over the places of feeds, and objects that notifications name."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from core.errors import SegueError
from ingest.doors.common.refusals import Refused
from ingest.watchers import rows
from ingest.watchers.answering import answer
from ingest.watchers.moving import move
from ingest.watchers.visit import Stopped, Visit
from ingest.watchers.watched import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.clock import Clock
    from core.database import Database
    from ingest.doors.common.views import FeedViews
    from ingest.watchers.watched import Watched
    from storage.source import Source

    Connect = Callable[[Watched], Source]

_log = structlog.get_logger("segue.watchers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one look did: objects seen in the listing, fetched, their bytes, passed over, refused;
    answers put back, objects moved away. `cursor` is not empty when the listing is not at its end.
    `fault` is empty, or what it ended by; `lasting` when no other try can help as things stand."""

    seen: int = 0
    fetched: int = 0
    bytes: int = 0
    skipped: int = 0
    refused: int = 0
    answered: int = 0
    moved: int = 0
    cursor: str = ""
    fault: str = ""
    lasting: bool = False


@dataclass(slots=True, kw_only=True)
class Watcher:
    """Looks at feeds' places. Thread-safe: one look at a feed at a time, many feeds at once.

    `connect` gives the bucket of a feed, and raises SegueError; the watcher keeps what it gave as
    long as the feed's terms stay.
    """

    database: Database
    views: FeedViews
    clock: Clock
    connect: Connect
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _turns: defaultdict[str, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock), init=False
    )

    def round(self, feed_id: str) -> Round:
        """List, fetch, answer, move. Faults are told in the result and kept for the operator."""
        return self._look(feed_id, _whole)

    def fetch(self, feed_id: str, keys: Sequence[str]) -> Round:
        """Fetch objects that a notification named: whole keys from the bucket's root.

        When the result has no fault, all of them are durably in the inbox, or refused, or gone.
        Naming one twice, or one that was polled already, does nothing.
        """

        def named(visit: Visit) -> tuple[int, int]:
            prefix = visit.watched.place.prefix
            mine = [key for key in dict.fromkeys(keys) if key.startswith(prefix)]
            visit.offer([found for key in mine if (found := visit.source.find(key))])
            visit.take_all()
            return 0, 0

        return self._look(feed_id, named)

    def answer(self, feed_id: str) -> Round:
        """Only put answers back and move what is settled; no listing."""
        return self._look(feed_id, _answered, quiet=True)

    def stop(self) -> None:
        """End looks that are under way at their next piece; later ones do nothing."""
        self._stopping.set()

    def _look(
        self, feed_id: str, what: Callable[[Visit], tuple[int, int]], *, quiet: bool = False
    ) -> Round:
        with self._turns[feed_id]:
            with self.database.read() as session:
                place = watched(session, feed_id)
            if place is None or self._stopping.is_set():
                return Round(fault="this feed watches nothing", lasting=True)
            if not quiet and not self.views.guard.terms(feed_id).open_at(self.clock()):
                done = Round(fault="this feed delivers at other hours, as its schedule says")
            else:
                done = self._visit(place, what)
            if done.fault or not quiet:
                self._note(place, done)
            return done

    def _visit(self, place: Watched, what: Callable[[Visit], tuple[int, int]]) -> Round:
        visit: Visit | None = None
        fault, lasting, counts = "", False, (0, 0)
        try:
            source = self.connect(place)
            files = self.views.of(place.login)
            visit = Visit(place, source, files, self.database, self.clock, self._stopping)
            counts = what(visit)
        except Stopped:
            fault = "the service stops"
        except Refused as refused:
            fault = refused.text
        except SegueError as error:
            fault = f"{error.message}; {error.remedy}" if error.remedy else error.message
            lasting = not error.retryable
        return Round(
            seen=visit.seen if visit else 0,
            fetched=visit.fetched if visit else 0,
            bytes=visit.bytes if visit else 0,
            skipped=visit.skipped if visit else 0,
            refused=visit.refused if visit else 0,
            cursor=visit.cursor if visit else "",
            answered=counts[0],
            moved=counts[1],
            fault=fault,
            lasting=lasting,
        )

    def _note(self, place: Watched, done: Round) -> None:
        now = self.clock()
        with self.database.write() as session:
            row = rows.watch_of(session, place)
            row.round_at = now
            row.fetched += done.fetched
            row.bytes += done.bytes
            if not done.fault:
                row.good_at, row.failures, row.fault = now, 0, ""
                return
            if row.fault != done.fault:
                _log.warning("watch_failed", feed=place.feed_id, why=done.fault)
            row.failures, row.fault = row.failures + 1, done.fault


def _whole(visit: Visit) -> tuple[int, int]:
    visit.sweep()
    visit.take_all()
    with visit.database.write() as session:
        rows.watch_of(session, visit.watched).seen = visit.seen
        rows.forget_old(session, visit.watched.feed_id, visit.clock())
    return _answered(visit)


def _answered(visit: Visit) -> tuple[int, int]:
    return answer(visit), move(visit)
