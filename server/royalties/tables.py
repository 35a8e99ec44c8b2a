"""Small tables from Python into DuckDB, all rows at once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection


def fill(
    connection: DuckDBPyConnection,
    name: str,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Make the temporary table `name` with `columns` (name -> type) and these rows, in order.

    Decimals travel as text: a DuckDB parameter would take the scale of the first one for all.
    """
    declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    connection.execute(f"CREATE TEMP TABLE {name} ({declared})")
    if not rows:
        return
    lists = [[_plain(value) for value in column] for column in zip(*rows, strict=True)]
    kinds = columns.values()
    values = ", ".join(
        f"unnest(${place}::VARCHAR[])::{kind}"
        if "DECIMAL" in kind
        else f"unnest(${place}::{kind}[])"
        for place, kind in enumerate(kinds, 1)
    )
    connection.execute(f"INSERT INTO {name} SELECT {values}", lists)


def _plain(value: object) -> object:
    return format(value, "f") if isinstance(value, Decimal) else value
