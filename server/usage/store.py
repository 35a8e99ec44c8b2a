"""All usage as one relation: closed days from Parquet files, open days from the database.

    >>> with UsageStore(database, data.usage).connect() as connection:
    ...     connection.execute("SELECT territory, sum(quantity) FROM usage GROUP BY ALL")

A closed day is `<folder>/days/YYYY-MM-DD.parquet`, written once and never changed. What is not
closed yet is accounted anew at each `connect` and stands with `leaf` NULL: it may still change.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.models import UsageCorrection, UsageDay
from server.usage import accounting, duck, facts, rows
from server.usage.listeners import PassingKeys
from server.usage.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.database import Database
    from server.usage.facts import Keys

MEMORY_MB = 250


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
        with duck.connect(
            self.folder / "scratch", memory_mb=memory_mb, threads=threads
        ) as connection:
            closed = self._closed()
            opened = _OPEN if open_days and self._bring_open(connection) else ""
            connection.execute(f"CREATE VIEW usage AS {closed} {opened}")
            yield connection

    def _closed(self) -> str:
        if not any(self.days.glob("*.parquet")):
            return f"SELECT {rows.casts()} WHERE false"
        pattern = duck.text(str(self.days.resolve() / "*.parquet"))
        return f"SELECT {rows.names()} FROM read_parquet({pattern})"

    def _bring_open(self, connection: DuckDBPyConnection) -> bool:
        """The table `open_rows`; False when there are none."""
        with self._database.read() as session:
            count = facts.bring(connection, session, self.folder / "scratch")
            closed = session.scalar(select(func.max(UsageDay.day)))
            waiting = session.scalars(
                select(UsageCorrection).where(UsageCorrection.day.is_(None))
            ).all()
        if not count and not waiting:
            return False
        facts.name_listeners(connection, self._keys or PassingKeys())
        accounting.account(connection, self.policy)
        rows.from_accounted(connection, "open_rows", after=closed)
        rows.from_corrections(connection, "open_rows", waiting, after=closed)
        return True


_OPEN = "UNION ALL BY NAME SELECT * FROM open_rows"
