"""Rows of accounted usage: their columns, how they are made, and the bytes that a leaf holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server.usage.duck import copy, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from catalog.models import UsageCorrection

COLUMNS: dict[str, str] = {
    "leaf": "BIGINT",
    "play_id": "VARCHAR",
    "day": "DATE",
    "used_at": "TIMESTAMP",
    "feed_id": "VARCHAR",
    "release_id": "VARCHAR",
    "recording_id": "VARCHAR",
    "isrc": "VARCHAR",
    "deal": "VARCHAR",
    "territory": "VARCHAR",
    "tier": "VARCHAR",
    "model": "VARCHAR",
    "use": "VARCHAR",
    "pseudonym": "VARCHAR",
    "heard_ms": "INTEGER",
    "duration_ms": "INTEGER",
    "quantity": "INTEGER",
    "verdict": "VARCHAR",
    "reason": "VARCHAR",
}
"""Column -> type. `leaf`: number in the tree, NULL while the day is open. `day`: of the ledger;
`used_at`: when it was heard, UTC. `quantity`: 1, or -1 where a row is taken back. `verdict`:
counted, excluded or quarantined, with the `reason` of the latter two."""


def names() -> str:
    """The columns, for a SELECT."""
    return ", ".join(COLUMNS)


def casts() -> str:
    """The columns as NULL, for a SELECT that gives their types."""
    return ", ".join(f"NULL::{kind} AS {name}" for name, kind in COLUMNS.items())


def accounted(*, after: str | None) -> str:
    """The rows of `accounted` and `listeners`, as SQL; `after` is the last closed day."""
    return _ROWS.format(after=text(after or "0001-01-01"))


def from_accounted(connection: DuckDBPyConnection, table: str, *, after: str | None) -> None:
    """`table` with the rows of `accounted` and `listeners`; `after` is the last closed day."""
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS {accounted(after=after)}")


def from_corrections(
    connection: DuckDBPyConnection,
    table: str,
    corrections: Sequence[UsageCorrection],
    *,
    after: str | None,
) -> None:
    """Add to `table` what takes rows back, and the rows that stand for them."""
    for each in sorted(corrections, key=lambda one: (one.at, one.id)):
        add(connection, table, {**each.former, "quantity": -1}, after=after)
        if each.row:
            add(connection, table, each.row, after=after)


def add(
    connection: DuckDBPyConnection, table: str, row: Mapping[str, Any], *, after: str | None
) -> None:
    """One row of JSON values, on the day after `after` or the day it was heard."""
    marks = ", ".join(
        "greatest(CAST(? AS TIMESTAMP)::DATE, CAST(? AS DATE) + 1)" if name == "day"
        else f"CAST(? AS {kind})"
        for name, kind in COLUMNS.items()
    )  # fmt: skip
    values: list[Any] = []
    for name in COLUMNS:
        values += (
            [row["used_at"], after or "0001-01-01"]
            if name == "day"
            else [None if name == "leaf" else row[name]]
        )
    connection.execute(f"INSERT INTO {table} SELECT {marks}", values)


def write(connection: DuckDBPyConnection, query: str, path: Path, first: int) -> int:
    """The file of a closed day: rows that `query` gives, their leaves numbered from `first` in the
    order of their time; returns how many. Raises DiskFull."""
    ordered = f"SELECT * FROM ({query}) ORDER BY used_at, play_id, quantity, verdict"
    # Numbers that stream over sorted rows: a fifth less time than a window that sorts by itself.
    number = f"{int(first)} - 1 + row_number() OVER ()"
    return copy(connection, f"SELECT * REPLACE ({number} AS leaf) FROM ({ordered})", path)


def leaf(row: Mapping[str, Any]) -> bytes:
    """What the tree holds of a row of `said`: JSON of its values in the order of COLUMNS, without
    the leaf's number. Days are `YYYY-MM-DD`, instants `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    values = [row[name] for name in COLUMNS if name != "leaf"]
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()


def said() -> str:
    """The columns for a SELECT, as JSON can say them."""
    return ", ".join(_AS_TEXT.get(name, name) for name in COLUMNS)


def read(connection: DuckDBPyConnection, source: str) -> Iterator[dict[str, Any]]:
    """The rows of a table or of whatever stands behind FROM, as JSON values, by their leaves."""
    found = connection.cursor().execute(f"SELECT {said()} FROM {source} ORDER BY leaf")
    while part := found.fetchmany(_BATCH):
        for values in part:
            yield dict(zip(COLUMNS, values, strict=True))


def leaves(connection: DuckDBPyConnection, source: str) -> Iterator[bytes]:
    """What the tree holds of them."""
    return map(leaf, read(connection, source))


_BATCH = 2_000
_AS_TEXT = {
    "day": "strftime(day, '%Y-%m-%d') AS day",
    "used_at": "strftime(used_at, '%Y-%m-%dT%H:%M:%S.%fZ') AS used_at",
}
_ROWS = """
SELECT NULL::BIGINT AS leaf, play_id,
    greatest(CAST(used_at AS DATE), CAST({after} AS DATE) + 1) AS day, used_at, feed_id, release_id,
    recording_id, isrc, deal, territory, tier, model, use,
    coalesce(listeners.pseudonym, '') AS pseudonym, heard_ms, duration_ms, quantity, verdict,
    reason
FROM accounted LEFT JOIN listeners
    ON accounted.account = listeners.account
    AND strftime(accounted.used_at, '%Y-%m') = listeners.month
"""
