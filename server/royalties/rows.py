"""The last step of the split: a share's money to its rows, in DuckDB, in whole units.

A row gets floor(units * usages / total), the rows with the largest remainders one unit more, ties
by ISRC. Integers are HUGEINT: 10^11 of a currency in units of 10^-10, times 10^12 plays, fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.royalties.money import FINE_PLACES, PLACES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_GROUP = "feed_id, territory, tier, model, cut, timely, ledger"
_MEASURES = {"net_revenue": PLACES, "revenue": PLACES, "deducted": PLACES, "top_up": FINE_PLACES}
"""Column -> decimals of its unit."""
_SHARE = "recipient, agreement, territory, tier, model, use, currency"
_ROWS = f"""
    CREATE TEMP TABLE share_rows AS
    SELECT shares.rowid AS share, feed_id, release_id, recording_id, isrc,
           sum(usage_rows.usages)::BIGINT AS usages
    FROM usage_rows JOIN resolved USING ({_GROUP})
    JOIN shares USING (recipient, agreement, territory, tier, model, use)
    WHERE verdict = 'counted'
    GROUP BY ALL
    ORDER BY isrc, recording_id, release_id, feed_id, share
"""  # noqa: S608
_WITHHELD = f"""
    CREATE TEMP TABLE withheld AS
    SELECT recipient, agreement, feed_id, territory, tier, model, use, release_id, recording_id,
           isrc, verdict, reason, sum(usages)::BIGINT AS usages
    FROM usage_rows JOIN resolved USING ({_GROUP})
    WHERE verdict <> 'counted'
    GROUP BY ALL
"""  # noqa: S608


def spread_over_rows(connection: DuckDBPyConnection) -> None:
    """Makes `allocated` from `shares`, in the order of ISRCs, and `withheld`."""
    connection.execute(_ROWS)
    connection.execute(_WITHHELD)
    split = [name for name in _MEASURES if _is_split(connection, name)]
    amounts = ", ".join(_amount(name, split) for name in _MEASURES)
    connection.execute(
        f"""
        CREATE TEMP TABLE allocated AS
        WITH floors AS (
            SELECT share_rows.rowid AS place, share_rows.*, sign(shares.usages) AS sign
                   {"".join(_floor(name, _MEASURES[name]) for name in split)}
            FROM share_rows JOIN shares ON shares.rowid = share
        ),
        counted AS (
            SELECT * {"".join(_counted(name) for name in split)} FROM floors
        ),
        amounts AS (
            SELECT place, share, feed_id, release_id, recording_id, isrc, usages, {amounts}
            FROM counted
        )
        SELECT {", ".join(f"shares.{name}" for name in _SHARE.split(", "))}, feed_id, release_id,
               recording_id, isrc, amounts.usages, rate,
               {", ".join(f"amounts.{name}::DECIMAL(38,10) AS {name}" for name in _MEASURES)},
               ((amounts.net_revenue - amounts.deducted)::DECIMAL(28,6) * rate
                + amounts.top_up)::DECIMAL(38,10) AS payment
        FROM amounts JOIN shares ON shares.rowid = share
        ORDER BY place
        """  # noqa: S608
    )
    for name in ("share_rows", "usage_rows", "resolved"):
        connection.execute(f"DROP TABLE {name}")


def _is_split(connection: DuckDBPyConnection, name: str) -> bool:
    """Whether a measure needs a split of its own: there is some, and it isn't the net revenue."""
    condition = "true" if name == "net_revenue" else f"{name} <> 0"
    if name == "revenue":
        condition = "revenue <> net_revenue"
    found = connection.execute(f"SELECT 1 FROM shares WHERE {condition} LIMIT 1").fetchone()  # noqa: S608
    return found is not None


def _floor(name: str, places: int) -> str:
    """Whole units of a row, what is left over after the floor, and the units of its share.

    A total below zero turns all signs. DuckDB's `//` cuts towards zero, so that the floor of a
    negative quotient is made from its remainder.
    """
    units = f"(shares.{name} * 1{'0' * places})::HUGEINT * sign(shares.usages)"
    product = f"({units}) * share_rows.usages * sign(shares.usages)"
    total = "nullif(abs(shares.usages), 0)::HUGEINT"
    rest = f"((({product}) % {total} + {total}) % {total})"
    return (
        f", coalesce({rest}, 0) AS rest_{name}, {units} AS units_{name}"
        f", coalesce((({product}) - {rest}) // {total}, 0) AS whole_{name}"
    )


def _counted(name: str) -> str:
    """Whole units with those that the largest remainders get."""
    return (
        f", whole_{name} + CASE WHEN row_number() OVER"
        f" (PARTITION BY share ORDER BY rest_{name} DESC, place)"
        f" <= any_value(units_{name}) OVER (PARTITION BY share)"
        f" - sum(whole_{name}) OVER (PARTITION BY share) THEN 1 ELSE 0 END AS count_{name}"
    )


def _amount(name: str, split: list[str]) -> str:
    if name in split:
        places = _MEASURES[name]
        unit = f"0.{'0' * (places - 1)}1::DECIMAL({places},{places})"
        return f"(sign * count_{name})::DECIMAL(28,0) * {unit} AS {name}"
    return "net_revenue AS revenue" if name == "revenue" else f"0::DECIMAL(38,10) AS {name}"
