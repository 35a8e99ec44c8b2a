"""Moves the spool into `plays`, exactly once: rows and file offset commit together."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import bindparam, delete, insert, select, update

from catalog.models import Play, SpoolOffset
from server.usage.events import Opened, Progressed, decode
from server.usage.folding import Heard, Said, advance
from server.usage.spool import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database

BATCH = 500
MOST_BYTES = 1024 * 1024
PATIENCE = timedelta(seconds=60)  # how long a beacon waits for its play from another file


class Loader:
    """Reads all spool files of the folder; several loaders may run, in several processes: one at
    a time, the others wait, so that each line is taken once and nobody's file goes away."""

    def __init__(self, database: Database, folder: Path, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self._log = structlog.get_logger("segue.usage")

    def run_once(self) -> int:
        """Load everything there is now; returns the number of events taken."""
        taken = 0
        with _alone(self._folder):
            for path in sorted(self._folder.glob(f"*{SUFFIX}")):
                while count := self._load_batch(path):
                    taken += count
                self._remove_finished(path)
        return taken

    def _load_batch(self, path: Path) -> int:
        with self._database.write() as session:
            mark = session.get(SpoolOffset, path.name, with_for_update=True)
            offset = mark.offset if mark else 0
            lines = _whole_lines(path, offset)
            others = any(each != path for each in self._folder.glob(f"*{SUFFIX}"))
            done = self._apply(session, lines, others=others)
            if not done:
                return 0
            offset += sum(len(line) for line in lines[:done])
            session.merge(SpoolOffset(file=path.name, offset=offset))
            return done

    def _apply(self, session: Session, lines: list[bytes], *, others: bool) -> int:
        """Take the lines in order; returns how many, fewer when a beacon waits for its play, which
        may stand in another file. Previews have none: their beacons end here."""
        events = [decode(line) for line in lines]
        batch = _Batch(session, {event.play for event in events if event})
        for index, event in enumerate(events):
            if isinstance(event, Opened):
                batch.open(event)
            elif event is None:
                self._log.warning("usage_line_unreadable", line=lines[index][:80])
            elif event.play in batch.closed:
                self._log.info("usage_beacon_after_its_day", play=event.play)
            elif batch.progress(event):
                pass
            elif others and self._clock() - event.at < PATIENCE:
                batch.write(session)
                return index
            else:
                self._log.info("usage_play_unknown", play=event.play)
        batch.write(session)
        return len(lines)

    def _remove_finished(self, path: Path) -> None:
        """Delete a file that nobody writes any more and that has been taken whole."""
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            with self._database.read() as session:
                mark = session.get(SpoolOffset, path.name)
            rest = _whole_lines(path, mark.offset if mark else 0)
        if rest:
            return
        path.unlink(missing_ok=True)
        with self._database.write() as session:
            session.execute(delete(SpoolOffset).where(SpoolOffset.file == path.name))


class _Batch:
    """The plays that a batch speaks of: those that stand, and those that it opens."""

    def __init__(self, session: Session, ids: set[str]) -> None:
        self.plays: dict[str, Heard] = {}
        self.closed: set[str] = set()
        self._fresh: dict[str, Opened] = {}
        self._changed: set[str] = set()
        columns = [getattr(Play, name) for name in ("id", "day", "sent_at", *_NUMBERS)]
        query = select(*columns).where(Play.id.in_(sorted(ids)))
        for row in session.execute(query).mappings():
            if row["day"]:
                self.closed.add(row["id"])
            numbers = {name: row[name] for name in _NUMBERS}
            if row["sent_at"]:  # heard without us: its time is its own
                numbers["opened_at"] = row["used_at"]
            self.plays[row["id"]] = Heard(**numbers)

    def open(self, event: Opened) -> None:
        """A play that we may know already."""
        if event.play not in self.plays:
            self._fresh[event.play] = event
            start = event.used_at or event.at
            self.plays[event.play] = Heard(
                opened_at=start, duration_ms=event.duration_ms, used_at=event.used_at
            )

    def progress(self, event: Progressed) -> bool:
        """False when there is no such play yet."""
        play = self.plays.get(event.play)
        if play is None:
            return False
        said = Said(
            heard_ms=event.heard_ms,
            seq=event.seq,
            ended=event.event == "end",
            at=event.at,
            rendition=event.rendition,
        )
        self.plays[event.play] = advance(play, said)
        self._changed.add(event.play)
        return True

    def write(self, session: Session) -> None:
        """Rows of what is new, and the numbers of what has changed."""
        fresh = [_row(event, self.plays[play]) for play, event in self._fresh.items()]
        if fresh:
            session.execute(insert(Play), fresh)
        changed = [
            {"play": play, **{f"n_{name}": value for name, value in _numbers(heard).items()}}
            for play, heard in self.plays.items()
            if play in self._changed and play not in self._fresh
        ]
        if changed:
            session.connection().execute(_UPDATE, changed)


_NUMBERS = (
    "opened_at", "duration_ms", "used_at", "heard_ms", "excess_ms", "seq", "rendition", "ended",
    "updated_at", "counted_at",
)  # fmt: skip
_WRITTEN = [name for name in _NUMBERS if name not in {"opened_at", "duration_ms"}]
_UPDATE = (
    update(Play)
    .where(Play.id == bindparam("play"), Play.day.is_(None))
    .values({name: bindparam(f"n_{name}") for name in _WRITTEN})
)


def _numbers(heard: Heard) -> dict[str, Any]:
    return {name: getattr(heard, name) for name in _WRITTEN}


def _row(event: Opened, heard: Heard) -> dict[str, Any]:
    return {
        **{name: getattr(event, name) for name in _SAME},
        **_numbers(heard),
        "id": event.play,
        "account_id": event.account,
        "release_id": event.release,
        "recording_id": event.recording,
        "feed_id": event.feed,
        "opened_at": event.at,
        "updated_at": heard.updated_at or event.at,
        "sent_at": event.at if event.used_at else None,
    }


_SAME = (
    "isrc", "deal", "territory", "tier", "model", "use", "duration_ms", "operator", "preview",
    "address", "client",
)  # fmt: skip


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Waits for other loaders of the folder. The system frees the lock of one that was killed."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:  # nothing was ever heard
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _whole_lines(path: Path, offset: int) -> list[bytes]:
    """The next lines that end, at most a batch of them."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read(MOST_BYTES)
    except FileNotFoundError:
        return []
    end = chunk.rfind(b"\n") + 1
    return list(islice(chunk[:end].splitlines(keepends=True), BATCH))
