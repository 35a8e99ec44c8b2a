"""All usage as one relation: closed days from Parquet files, open days from the database.

    >>> with UsageStore(database, data.usage).connect() as connection:
    ...     connection.execute("SELECT territory, sum(quantity) FROM usage GROUP BY ALL")

A closed day is `<folder>/days/YYYY-MM-DD.parquet`, written once and never changed. What is not
closed yet is accounted anew at each `connect` and stands with `leaf` NULL: it may still change.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import UsageCorrection, UsageDay
from server.usage import accounting, duck, facts, rows
from server.usage.listeners import PassingKeys
from server.usage.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from core.database import Database
    from server.usage.facts import Keys

MEMORY_MB = 250
CLOSING = ".closing"
"""Ends the name of a file whose day is about to be closed."""


class UsageStore:
    """Reads usage. `folder` is the data folder's `usage`; `keys` name the listeners of open days,
    without them their pseudonyms hold for one connection only."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        policy: Policy | None = None,
        keys: Keys | None = None,
    ) -> None:
        self._database = database
        self.folder = folder
        self.policy = policy or Policy()
        self._keys = keys

    @property
    def days(self) -> Path:
        """Where the closed days lie."""
        return self.folder / "days"

    @contextmanager
    def connect(
        self, *, memory_mb: int = MEMORY_MB, threads: int = 0, open_days: bool = True
    ) -> Iterator[DuckDBPyConnection]:
        """A connection with the view `usage` in the columns of `server.usage.rows.COLUMNS`.

        Rows count when `verdict` is `counted`; sums go over `quantity`, since a row that was taken
        back stands with -1. `open_days=False` leaves out what is not closed.
        """
        scratch = self.folder / "scratch"
        with duck.connect(scratch, memory_mb=memory_mb, threads=threads) as connection:
            with self._database.read() as session:
                _one_moment(session)
                closed = _closed_days(session)
                opened = open_days and self._bring_open(
                    connection, session, max(closed, default="")
                )
            query = self._closed(closed) + (_OPEN if opened else "")
            connection.execute(f"CREATE VIEW usage AS {query}")
            yield connection

    def finish(self) -> None:
        """Give files of closed days their name; those of days that did not come to be closed go."""
        waiting = sorted(self.days.glob(f"*{CLOSING}"))
        if not waiting:
            return
        with self._database.read() as session:
            closed = _closed_days(session)
        for path in waiting:
            if path.stem in closed:
                path.rename(path.with_suffix(".parquet"))
            else:
                path.unlink(missing_ok=True)

    def file(self, day: str) -> Path:
        """The file of a closed day, whatever its name is at the moment."""
        path = self.days / f"{day}.parquet"
        return path if path.exists() else self.days / f"{day}{CLOSING}"

    def _closed(self, closed: set[str]) -> str:
        """The files of these days, and those without a ledger: but none of a day closed since."""
        with self._database.read() as session:
            since = _closed_days(session) - closed
        found = {path.stem: path for path in self.days.glob("*.parquet")}
        found |= {day: self.file(day) for day in closed - set(found) if self.file(day).exists()}
        files = [duck.text(str(found[day].resolve())) for day in sorted(set(found) - since)]
        if not files:
            return f"SELECT {rows.casts()} WHERE false"
        return f"SELECT {rows.names()} FROM read_parquet([{', '.join(files)}])"

    def _bring_open(self, connection: DuckDBPyConnection, session: Session, after: str) -> bool:
        """The table `open_rows`; False when there are none."""
        count = facts.bring(connection, session, self.folder / "scratch", zone=self.policy.zone)
        query = select(UsageCorrection).where(UsageCorrection.day.is_(None))
        waiting = session.scalars(query).all()
        if not count and not waiting:
            return False
        facts.name_listeners(connection, self._keys or PassingKeys())
        accounting.account(connection, self.policy)
        rows.from_accounted(connection, "open_rows", after=after)
        rows.from_corrections(connection, "open_rows", waiting, after=after)
        return True


def _closed_days(session: Session) -> set[str]:
    return set(session.scalars(select(UsageDay.day)))


def _one_moment(session: Session) -> None:
    """All that the session reads is of one moment, as SQLite does it by itself."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


_OPEN = " UNION ALL BY NAME SELECT * FROM open_rows"
