"""Moves the spool into `plays`, exactly once: rows and file offset commit together."""

from __future__ import annotations

import fcntl
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, select

from catalog.models import Play, SpoolOffset
from server.usage.events import Opened, Progressed, decode
from server.usage.folding import Heard, advance
from server.usage.spool import SUFFIX

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database

BATCH_BYTES = 128 * 1024  # about 500 events
PATIENCE = timedelta(seconds=60)  # how long a beacon waits for its play from another file


class Loader:
    """Reads all spool files of the folder; several loaders may run, each line is taken once."""

    def __init__(self, database: Database, folder: Path, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self._log = structlog.get_logger("segue.usage")

    def run_once(self) -> int:
        """Load everything there is now; returns the number of events taken."""
        taken = 0
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
            done = self._apply(session, lines)
            if not done:
                return 0
            offset += sum(len(line) for line in lines[:done])
            session.merge(SpoolOffset(file=path.name, offset=offset))
            return done

    def _apply(self, session: Session, lines: list[bytes]) -> int:
        """Take the lines in order; returns how many, fewer when a beacon waits for its play."""
        events = [decode(line) for line in lines]
        plays = _known(session, {event.play for event in events if event})
        for index, event in enumerate(events):
            if isinstance(event, Opened):
                if event.play not in plays:
                    plays[event.play] = _row(event)
                    session.add(plays[event.play])
            elif event is None:
                self._log.warning("usage_line_unreadable", line=lines[index][:80])
            elif event.play in plays:
                _update(plays[event.play], event)
            elif self._clock() - event.at < PATIENCE:
                return index
            else:
                self._log.warning("usage_play_unknown", play=event.play)
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


def _whole_lines(path: Path, offset: int) -> list[bytes]:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read(BATCH_BYTES)
    except FileNotFoundError:
        return []
    end = chunk.rfind(b"\n") + 1
    return chunk[:end].splitlines(keepends=True)


def _known(session: Session, ids: set[str]) -> dict[str, Play]:
    found: dict[str, Play] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        chunk = wanted[start : start + 500]
        found.update({p.id: p for p in session.scalars(select(Play).where(Play.id.in_(chunk)))})
    return found


def _row(event: Opened) -> Play:
    return Play(
        id=event.play,
        account_id=event.account,
        release_id=event.release,
        recording_id=event.recording,
        feed_id=event.feed,
        deal=event.deal,
        territory=event.territory,
        tier=event.tier,
        model=event.model,
        use=event.use,
        duration_ms=event.duration_ms,
        heard_ms=0,
        seq=0,
        ended=False,
        opened_at=event.at,
        updated_at=event.at,
        counted_at=None,
    )


def _update(play: Play, event: Progressed) -> None:
    before = Heard(
        opened_at=play.opened_at,
        duration_ms=play.duration_ms,
        heard_ms=play.heard_ms,
        seq=play.seq,
        ended=play.ended,
        counted_at=play.counted_at,
    )
    after = advance(
        before,
        heard_ms=event.heard_ms,
        seq=event.seq,
        ended=event.event == "end",
        at=event.at,
    )
    play.heard_ms, play.seq, play.ended = after.heard_ms, after.seq, after.ended
    play.counted_at = after.counted_at
    play.updated_at = max(play.updated_at, event.at)
