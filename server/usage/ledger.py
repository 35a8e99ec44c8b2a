"""Closes days: accounted rows become leaves of the tree, a Parquet file and a signed head.

The order makes it safe to die at any point: hashes and file first, which nobody reads yet, then one
transaction that makes the day closed, then the file gets its name. A day that was closed never
changes: what comes late stands in the next one with its own time, what was wrong is taken back by a
row of quantity -1.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import file_digest
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from catalog.models import Play, UsageCorrection, UsageDay
from core.errors import Conflict, Misuse
from server.usage import accounting, duck, facts, heads, merkle, rows
from server.usage.store import CLOSING, MEMORY_MB
from server.usage.tree import TreeFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from server.usage.facts import Keys
    from server.usage.signing import Signer
    from server.usage.store import UsageStore

GRACE = timedelta(hours=3)
"""After midnight UTC: plays that go over it, and beacons on their way, are waited for."""
SETTLED = timedelta(minutes=30)
"""A play that has not ended is over when nothing was heard of it for so long."""
_BATCH = 2_000
_CHUNK = 100_000


class Ledger:
    """The book of accounted usage."""

    def __init__(
        self, database: Database, store: UsageStore, signer: Signer, keys: Keys, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._signer = signer
        self._keys = keys
        self._clock = clock
        self.tree = TreeFiles(store.folder / "tree")

    def close_due(self) -> list[UsageDay]:
        """Close every day that is over and was not closed, oldest first; those it closed."""
        closed = []
        while (day := self._next()) and self._over(day):
            closed.append(self.close(day))
        return closed

    def close(self, day: date) -> UsageDay:
        """Close one day. Raises Misuse (not over, or not the next one), Conflict, DiskFull."""
        if self._clock() < _midnight(day) + timedelta(days=1):
            raise Misuse(f"{day} is not over yet", remedy="days are days in UTC")
        with self._alone():
            last = self.last()
            if last is not None and day <= date.fromisoformat(last.day):
                raise Misuse(f"{day} is closed already, up to {last.day}")
            return self._close(day, last)

    def last(self) -> UsageDay | None:
        """The newest closed day."""
        with self._database.read() as session:
            return session.scalars(select(UsageDay).order_by(UsageDay.day.desc())).first()

    def _next(self) -> date | None:
        """The day to close next: the one after the last, or the first that has a play."""
        last = self.last()
        if last is not None:
            return date.fromisoformat(last.day) + timedelta(days=1)
        with self._database.read() as session:
            first = session.scalar(select(func.min(facts.USED_AT)).where(Play.day.is_(None)))
        return first.astimezone(UTC).date() if first else None

    def _over(self, day: date) -> bool:
        return self._clock() >= _midnight(day) + timedelta(days=1) + GRACE

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._store.folder.mkdir(parents=True, exist_ok=True)
        with (self._store.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict("another process is closing a day", remedy="wait for it") from None
            yield

    def _close(self, day: date, last: UsageDay | None) -> UsageDay:
        self._store.finish()
        with duck.connect(self._store.folder / "scratch", memory_mb=MEMORY_MB) as connection:
            waiting, query = self._gather(connection, day)
            digest = self._write(connection, day, query, (last.size if last else 0) + 1)
            row = self._grow(connection, day, last, digest)
            with self._database.write() as session:
                session.add(row)
                _mark(session, connection, day)
                for each in waiting:
                    session.merge(each).day = str(day)
        self._store.finish()
        return row

    def _gather(
        self, connection: DuckDBPyConnection, day: date
    ) -> tuple[list[UsageCorrection], str]:
        """What the day gets, as SQL, and the corrections in it."""
        now, end = self._clock(), _midnight(day) + timedelta(days=1)
        settled = or_(Play.ended, Play.updated_at < now - SETTLED)
        with self._database.read() as session:
            scratch = self._store.folder / "scratch"
            zone = self._store.policy.zone
            facts.bring(connection, session, scratch, end > facts.USED_AT, settled, zone=zone)
            waiting = list(
                session.scalars(select(UsageCorrection).where(UsageCorrection.day.is_(None)))
            )
        facts.name_listeners(connection, self._keys)
        accounting.account(connection, self._store.policy)
        after = str(day - timedelta(days=1))
        if not waiting:
            return [], rows.accounted(after=after)
        rows.from_accounted(connection, "corrected", after=after)
        rows.from_corrections(connection, "corrected", waiting, after=after)
        return waiting, "FROM corrected"

    def _write(self, connection: DuckDBPyConnection, day: date, query: str, first: int) -> str:
        """The file, under a name that nobody reads, and the view `day_rows` of it; its SHA-256."""
        self._store.days.mkdir(parents=True, exist_ok=True)
        path = self._store.days / f"{day}{CLOSING}"
        rows.write(connection, query, path, first)
        source = duck.text(str(path))
        connection.execute(f"CREATE VIEW day_rows AS FROM read_parquet({source})")
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def _grow(
        self, connection: DuckDBPyConnection, day: date, last: UsageDay | None, digest: str
    ) -> UsageDay:
        """Let the tree grow by the day, and sign its head."""
        first, now = last.size if last else 0, self._clock()
        peaks = merkle.peaks_of(first, self.tree.node)
        frontier = tuple(peaks.hashes)
        leaves = chain([heads.opening(day, last)], rows.leaves(connection, "day_rows"))
        while part := [merkle.leaf_hash(each) for each in islice(leaves, _CHUNK)]:
            self.tree.append(peaks.size, part)
            for each in part:
                peaks.add(each)
        proof = merkle.consistency(first, peaks.size, self.tree.node) if first else []
        head = heads.make(
            day=day, last=last, size=peaks.size, root=peaks.root(), file=digest, closed_at=now
        )
        return UsageDay(
            day=str(day),
            first=first,
            size=peaks.size,
            root=peaks.root().hex(),
            head=heads.document(self._signer, head, frontier, proof),
            counts=_counts(connection),
            file=digest,
            closed_at=now,
        )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _counts(connection: DuckDBPyConnection) -> dict[str, Any]:
    found = connection.execute(
        "SELECT verdict, reason, sum(quantity)::BIGINT FROM day_rows GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {f"{verdict}/{reason}".rstrip("/"): count for verdict, reason, count in found}


def _mark(session: Session, connection: DuckDBPyConnection, day: date) -> None:
    """Tell the plays that they are in the ledger, and how."""
    found = connection.cursor().execute("SELECT play_id, verdict, reason FROM accounted")
    told = {"day": str(day), "verdict": bindparam("said"), "reason": bindparam("why")}
    statement = update(Play).where(Play.id == bindparam("play")).values(told)
    while part := found.fetchmany(_BATCH):
        values = [{"play": play, "said": said, "why": why} for play, said, why in part]
        session.connection().execute(statement, values)
