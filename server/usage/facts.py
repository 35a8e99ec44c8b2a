"""Brings plays that are not in the ledger yet from the database into DuckDB, as facts.

With them come those plays of the same accounts, a day around, that the ledger has: caps and
overlaps know them. Where caps stand for the ledger's own days and nothing came late, only what may
still be heard when the day begins is brought of the day before.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from catalog.models import Play, UsageDay
from core.ids import secret_id
from server.usage import accounting
from server.usage.duck import text
from server.usage.listeners import pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO, Protocol

    from duckdb import DuckDBPyConnection
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    Condition = ColumnElement[bool]

    class Keys(Protocol):
        """Gives each account its secret key."""

        def keys(self, accounts: Iterable[str]) -> dict[str, bytes]:
            """Account -> key."""
            ...


AROUND = timedelta(days=1)
LONG = timedelta(hours=1)
"""Nearly all plays are over after it; those that were heard for longer are known by that."""
_MS = timedelta(milliseconds=1)
_BATCH = 5_000
USED_AT = func.coalesce(Play.used_at, Play.opened_at)
_FRESH = Play.day.is_(None)


def bring(
    connection: DuckDBPyConnection,
    session: Session,
    scratch: Path,
    *only: Condition,
    zone: str = "UTC",
) -> int:
    """Fill the table `facts`; returns how many plays are new to the ledger.

    `only`: conditions on those, in columns of `Play` and `USED_AT`. `zone`: of the days of caps.
    """
    accounting.make_facts(connection)
    fresh = [_FRESH, *only]
    path = scratch / f"{secret_id('facts-')}.ndjson"
    try:
        with path.open("w", encoding="utf-8") as file:
            count = _write(file, session, fresh)
            for known in _known(session, fresh, zone) if count else ():
                _write(file, session, known)
        if count:
            connection.execute(_INSERT.format(file=text(str(path)), columns=_columns()))
    finally:
        path.unlink(missing_ok=True)
    return count


def _known(session: Session, fresh: list[Condition], zone: str) -> Iterator[list[Condition]]:
    """Plays that are in the ledger: the last day before the fresh ones, and what late ones meet."""
    closed = session.scalar(select(func.max(UsageDay.day)))
    if closed is None:
        return
    turn = datetime.fromisoformat(closed).replace(tzinfo=UTC) + AROUND
    earliest = session.scalar(select(func.min(USED_AT)).where(*fresh))
    accounts = select(Play.account_id).where(*fresh)
    known = [Play.day.is_not(None), turn - AROUND <= USED_AT, Play.account_id.in_(accounts)]
    if earliest is None or earliest >= turn:
        running = or_(turn - LONG <= USED_AT, Play.heard_ms >= LONG / _MS)
        yield [*known, running] if zone == "UTC" else known
        return
    yield known
    late = accounts.where(turn > USED_AT)
    span = [turn - AROUND > USED_AT, earliest - AROUND <= USED_AT]
    yield [Play.day.is_not(None), *span, Play.account_id.in_(late)]


def name_listeners(connection: DuckDBPyConnection, keys: Keys) -> None:
    """The table `listeners(account, month, pseudonym)` of all accounts in `facts`."""
    connection.execute(
        "CREATE OR REPLACE TABLE listeners (account VARCHAR, month VARCHAR, pseudonym VARCHAR)"
    )
    pairs = connection.execute(
        "SELECT DISTINCT account, strftime(used_at, '%Y-%m') FROM facts WHERE account IS NOT NULL"
    ).fetchall()
    found = keys.keys(account for account, _ in pairs)
    rows = [(account, month, pseudonym(found[account], month)) for account, month in pairs]
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        values = [each for row in part for each in row]
        marks = ", ".join(["(?, ?, ?)"] * len(part))
        connection.execute(f"INSERT INTO listeners VALUES {marks}", values)


def _write(file: IO[str], session: Session, conditions: list[Condition]) -> int:
    query = select(*(getattr(Play, name) for name in (*_SAME, *_OTHER))).where(*conditions)
    count = 0
    for row in session.execute(query.execution_options(yield_per=_BATCH)).mappings():
        used = (row["used_at"] or row["opened_at"]).astimezone(UTC).replace(tzinfo=None)
        fact = {
            **{name: row[name] for name in _SAME},
            "play_id": row["id"],
            "used_at": used.isoformat(),
            "account": row["account_id"],
            "address": row["address"] or None,
            "bot": row["client"] == "bot",
            "fixed": (row["verdict"] or "excluded") if row["day"] else None,
        }
        file.write(json.dumps(fact) + "\n")
        count += 1
    return count


_SAME = (
    "operator", "preview", "feed_id", "release_id", "recording_id", "isrc", "deal", "territory",
    "tier", "model", "use", "heard_ms", "excess_ms", "duration_ms",
)  # fmt: skip
_OTHER = (
    "id", "used_at", "opened_at", "account_id", "address", "client", "day", "verdict",
)  # fmt: skip


def _columns() -> str:
    pairs = (each.split() for each in accounting.FACTS.replace("\n", " ").split(","))
    return ", ".join(f"{name}: '{kind}'" for name, kind in pairs)


_INSERT = """
INSERT INTO facts BY NAME
SELECT * FROM read_json({file}, format = 'newline_delimited', columns = {{{columns}}})
"""
