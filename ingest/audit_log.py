"""The audit log: entries go to a file at once and into the database in batches.

The file survives a killed process, and a database that is away for a while; what is brought in
twice is one row. Many small files so cost few transactions.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import delete, or_, select

from catalog.models import AuditEntry
from core.database import insert_new
from core.ids import secret_id
from ingest.doors.common.audit import OK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import ColumnElement, Select

    from core.database import Database
    from ingest.doors.common.audit import Entry

_log = structlog.get_logger(__name__)
_BATCH = 500
_TRIM = 10_000
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_SUFFIX = ".jsonl"


class AuditLog:
    """Implements `ingest.doors.common.audit.Audit`; any thread. `flush` every half second or so."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._numbers = count()
        self._mark = secret_id()[:8]
        self._descriptor = -1

    def record(self, entry: Entry) -> None:
        """Write an entry down; a full disk is told in the log, not to the sender."""
        number = next(self._numbers)
        key = f"{time.time_ns():016x}-{number:08x}-{self._mark}"
        line = json.dumps({"id": key, **entry.to_json()}, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            try:
                if self._descriptor < 0:
                    self._open()
                os.write(self._descriptor, line)
            except OSError as error:
                _log.error("audit_not_written", what=entry.what, error=error.strerror)

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{time.time_ns():016x}-{self._mark}{_SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self._folder / name, flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)  # it lives: another process leaves it alone

    def flush(self) -> int:
        """Bring what was written into the database; how many entries. May raise when it is away."""
        with self._flushing:
            with self._lock:
                if self._descriptor >= 0:
                    os.close(self._descriptor)
                    self._descriptor = -1
            if not self._folder.is_dir():
                return 0
            return sum(self._bring(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}")))

    def _bring(self, path: Path) -> int:
        """One file; none that is still written, by a further entry or by another process."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return 0
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0
            entries = list(_read(file.read()))
            for start in range(0, len(entries), _BATCH):
                self._insert(entries[start : start + _BATCH])
            path.unlink(missing_ok=True)
        return len(entries)

    def _insert(self, entries: list[dict[str, Any]]) -> None:
        with self._database.write() as session:
            insert_new(session, AuditEntry, entries)

    def close(self) -> None:
        """Bring in what is left, as far as that goes."""
        try:
            self.flush()
        except Exception:  # noqa: BLE001 - it lies in the file, and the next start brings it in
            _log.exception("audit_not_flushed")

    def logins(self, since: datetime, most: int = 20_000) -> list[tuple[str, str]]:
        """Account and address of those who were let in since then, oldest first: by name at the
        doors that know one, by the feed of the key at the others."""
        query = select(AuditEntry.door, AuditEntry.username, AuditEntry.feed_id, AuditEntry.peer)
        query = query.where(
            AuditEntry.at >= since,
            AuditEntry.what.in_(("login", "upload")),
            AuditEntry.outcome == OK,
            AuditEntry.session != "",
        )
        with self._database.read() as session:
            rows = session.execute(query.order_by(AuditEntry.id.desc()).limit(most)).all()
        accounts = [(feed if door == "http" else name, peer) for door, name, feed, peer in rows]
        return list(dict.fromkeys(accounts))[::-1]

    def trim(self, now: datetime, keep: timedelta, most: int) -> int:
        """Remove entries older than `keep`, and the oldest beyond `most`; how many."""
        gone = 0
        while (found := self._trim(AuditEntry.at < now - keep)) > 0:
            gone += found
        with self._database.read() as session:
            edge = session.scalar(
                select(AuditEntry.id).order_by(AuditEntry.id.desc()).offset(most).limit(1)
            )
        while edge is not None and (found := self._trim(AuditEntry.id <= edge)) > 0:
            gone += found
        return gone

    def _trim(self, which: Any) -> int:  # noqa: ANN401 - a condition of SQLAlchemy
        with self._database.write() as session:
            old = select(AuditEntry.id).where(which).order_by(AuditEntry.id).limit(_TRIM)
            ids = list(session.scalars(old))
            for start in range(0, len(ids), _BATCH):
                some = ids[start : start + _BATCH]
                session.execute(delete(AuditEntry).where(AuditEntry.id.in_(some)))
            return len(ids)


def _read(data: bytes) -> Iterator[dict[str, Any]]:
    """The entries of a file; a last line that a crash has cut is passed over."""
    for line in data.splitlines():
        try:
            entry = json.loads(line)
            entry["at"] = datetime.fromisoformat(entry["at"])
        except (ValueError, KeyError):
            continue
        yield entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which entries; empty ones let all through. `before` and `after` are ids.

    `outcome` of `failed` means all but `ok`; `text` is looked for in paths, names and addresses.
    """

    feed_id: str = ""
    what: str = ""
    outcome: str = ""
    text: str = ""
    since: datetime | None = None
    before: str = ""
    after: str = ""

    def query(self) -> Select[AuditEntry]:
        """The newest first."""
        conditions = (
            (self.feed_id, AuditEntry.feed_id == self.feed_id),
            (self.what, AuditEntry.what == self.what),
            (self.outcome == "failed", AuditEntry.outcome != OK),
            (self.outcome not in ("", "failed"), AuditEntry.outcome == self.outcome),
            (self.text, _anywhere(self.text)),
            (self.since, AuditEntry.at >= (self.since or _EVER)),
            (self.before, AuditEntry.id < self.before),
            (self.after, AuditEntry.id > self.after),
        )
        asked = [condition for wanted, condition in conditions if wanted]
        return select(AuditEntry).where(*asked).order_by(AuditEntry.id.desc())


def _anywhere(text: str) -> ColumnElement[bool]:
    columns = (AuditEntry.path, AuditEntry.target, AuditEntry.username, AuditEntry.peer)
    return or_(*(column.contains(text, autoescape=True) for column in columns))


def to_json(row: AuditEntry) -> dict[str, Any]:
    """As commands, the API and the page show it."""
    told = {column.key: getattr(row, column.key) for column in AuditEntry.__table__.columns}
    return {**told, "at": row.at.isoformat()}
