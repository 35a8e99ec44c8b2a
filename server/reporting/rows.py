"""Rows of a recipient's reports, in DuckDB: from allocated money to `report_rows`.

One row for each release context, recording and summary record, dated by the period's last day; a
row for each day where that is agreed, and for plays that were told of late. Amounts of a row that
is divided, rounded or exchanged are taken from running totals, so that sums stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.royalties.allocate import allocate, problems_of
from server.royalties.book import FALLBACK_CURRENCY
from server.royalties.tables import fill
from server.usage.duck import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from duckdb import DuckDBPyConnection

    from server.reporting.periods import Month, Period
    from server.reporting.recipients import Recipient
    from server.royalties.book import Book
    from server.royalties.problems import Problem

KEY = "territory, tier, model, use, currency"
_MONEY = ("revenue", "net_revenue", "payment")
_ROW = "release_id, recording_id, isrc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """From a currency of transaction into that of accounting."""

    currency: str
    rate: Decimal
    source: str
    day: date


def prepare(
    connection: DuckDBPyConnection, period: Period, books: Mapping[Month, Book]
) -> list[Problem]:
    """`period_rows` and `period_pools`: the whole service's period, for all recipients.

    Returns what stands in the way of paying it. A period that is not made of months has usage
    without money.
    """
    connection.execute(_EMPTY)
    if not period.whole_months:
        connection.execute(
            _USAGE_ONLY.format(first=period.first, last=period.last, currency=FALLBACK_CURRENCY)
        )
        return []
    problems: list[Problem] = []
    for month in period.months:
        allocate(connection, month, books[month])
        problems += problems_of(connection)
        connection.execute(_MONTH.format(month=month.first))
    return problems


def make_rows(
    connection: DuckDBPyConnection,
    recipient: Recipient,
    feeds: Sequence[str],
    period: Period,
    exchanges: Mapping[str, Exchange],
) -> None:
    """`report_rows` and `report_summaries` of one recipient; wants `prepare`.

    `exchanges`: currency of transaction -> currency of accounting.
    """
    where = [f"feed_id IN ({', '.join(map(text, feeds)) or 'NULL'})"]
    places = f"territory IN ({', '.join(map(text, recipient.territories))})"
    where += [places] if recipient.territories else []
    for name in ("chosen", "dated", "report_rows", "report_summaries", "exchanges"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    _exchanges(connection, exchanges)
    _choose(connection, " AND ".join(where), period, per_day=recipient.per_day)
    territory = "'multi'" if recipient.together else "territory"
    condition = places if recipient.territories else "true"
    connection.execute(_SUMMARIES.format(key=KEY, territory=territory, where=condition))
    amounts = _amounts(recipient, exchanges)
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(_ROWS.format(amounts=amounts))
    connection.execute(_ADD_UP)


def _exchanges(connection: DuckDBPyConnection, exchanges: Mapping[str, Exchange]) -> None:
    columns = {"currency": "VARCHAR", "accounting": "VARCHAR", "rate": "DECIMAL(20,10)"}
    rows = [(name, one.currency, one.rate) for name, one in sorted(exchanges.items())]
    fill(connection, "exchanges", columns, rows)


def _choose(connection: DuckDBPyConnection, where: str, period: Period, *, per_day: bool) -> None:
    """`dated`: the recipient's rows with the day that stands for each."""
    sums = ", ".join(f"sum({name})::DECIMAL(38,10) AS {name}" for name in _MONEY)
    connection.execute(
        f"CREATE TEMP TABLE chosen AS SELECT month, {KEY}, {_ROW}, sum(usages)::BIGINT AS usages,"  # noqa: S608
        f" {sums} FROM period_rows WHERE {where} GROUP BY ALL"
        " HAVING sum(usages) <> 0 OR sum(payment) <> 0"
    )
    late = f"used_at < TIMESTAMP '{period.first}'"
    label = "used_at::DATE" if per_day else f"CASE WHEN {late} THEN used_at::DATE END"
    asked = "true" if per_day else late
    days = connection.execute(
        f"SELECT 1 FROM usage WHERE verdict = 'counted' AND {where} AND {asked}"  # noqa: S608
        f" AND day BETWEEN DATE '{period.first}' AND DATE '{period.last}' + 1 LIMIT 1"
    ).fetchone()
    if days is None:
        connection.execute(
            f"CREATE TEMP TABLE dated AS SELECT *, DATE '{period.last}' AS day FROM chosen"  # noqa: S608
        )
        return
    connection.execute(
        _DATED.format(
            key=KEY, row=_ROW, where=where, label=label, first=period.first, last=period.last,
            shares=", ".join(_share(name) for name in _MONEY),
        )
    )  # fmt: skip


def _share(name: str) -> str:
    """A day's part of an amount: what the running total grows by."""
    return (
        f"(round({name} * (running / total)::DECIMAL(38,18), 6)"
        f" - round({name} * ((running - part) / total)::DECIMAL(38,18), 6))::DECIMAL(38,10)"
        f" AS {name}"
    )


def _amounts(recipient: Recipient, exchanges: Mapping[str, Exchange]) -> str:
    """Amounts in both currencies, `t_…` and `a_…`."""
    places = recipient.decimals
    same = all(one.rate == 1 for one in exchanges.values())
    found = []
    for name in _MONEY:
        own = name if places is None else _rounded(name, places)
        found.append(f"{own}::DECIMAL(38,10) AS t_{name}")
        if same and places is None:
            found.append(f"{name} AS a_{name}")
        else:
            digits = 6 if places is None else places
            found.append(f"{_rounded(f'{name}::DECIMAL(25,10) * rate', digits)} AS a_{name}")
    return ", ".join(found)


def _rounded(amount: str, places: int) -> str:
    """Rounded so that rows add up to the rounded sum of their summary record."""
    running = f"sum({amount}) OVER running"
    return f"(round({running}, {places}) - round({running} - ({amount}), {places}))::DECIMAL(38,10)"


_EMPTY = """
CREATE OR REPLACE TEMP TABLE period_rows (
    month DATE, territory VARCHAR, tier VARCHAR, model VARCHAR, use VARCHAR, currency VARCHAR,
    feed_id VARCHAR, release_id VARCHAR, recording_id VARCHAR, isrc VARCHAR, usages BIGINT,
    revenue DECIMAL(38,10), net_revenue DECIMAL(38,10), payment DECIMAL(38,10));
CREATE OR REPLACE TEMP TABLE period_pools (
    month DATE, territory VARCHAR, tier VARCHAR, model VARCHAR, use VARCHAR, currency VARCHAR,
    usages BIGINT, revenue DECIMAL(38,10), net_revenue DECIMAL(38,10))
"""
_MONTH = """
INSERT INTO period_rows BY NAME
SELECT DATE '{month}' AS month, territory, tier, model, use, currency, feed_id, release_id,
    recording_id, isrc, usages, revenue, net_revenue, payment FROM allocated;
INSERT INTO period_pools BY NAME
SELECT DATE '{month}' AS month, territory, tier, model, use, currency, usages, revenue, net_revenue
FROM pools
"""
_USAGE_ONLY = """
INSERT INTO period_rows BY NAME
SELECT DATE '{first}' AS month, territory, tier, model, use, '{currency}' AS currency, feed_id,
    coalesce(release_id, '') AS release_id, coalesce(recording_id, '') AS recording_id,
    coalesce(isrc, '') AS isrc, sum(quantity)::BIGINT AS usages, 0 AS revenue, 0 AS net_revenue,
    0 AS payment
FROM usage WHERE verdict = 'counted' AND day BETWEEN DATE '{first}' AND DATE '{last}' GROUP BY ALL;
INSERT INTO period_pools BY NAME
SELECT month, territory, tier, model, use, currency, sum(usages)::BIGINT AS usages, 0 AS revenue,
    0 AS net_revenue
FROM period_rows GROUP BY ALL
"""
_DATED = """
CREATE TEMP TABLE dated AS
WITH days AS (
    SELECT territory, tier, model, use, coalesce(release_id, '') AS release_id,
        coalesce(recording_id, '') AS recording_id, coalesce(isrc, '') AS isrc,
        coalesce({label}, DATE '{last}') AS day, sum(quantity)::BIGINT AS part
    FROM usage
    WHERE verdict = 'counted' AND {where} AND day BETWEEN DATE '{first}' AND DATE '{last}'
    GROUP BY ALL HAVING sum(quantity) > 0
), parts AS (
    SELECT *, sum(part) OVER (PARTITION BY {row}, territory, tier, model, use ORDER BY day)::BIGINT
            AS running,
        sum(part) OVER (PARTITION BY {row}, territory, tier, model, use)::BIGINT AS total
    FROM days
), fitting AS (
    SELECT chosen.month, {key}, {row}, parts.day, coalesce(part, usages) AS usages,
        coalesce(part, usages) AS part, coalesce(running, usages) AS running,
        coalesce(total, usages) AS total, revenue, net_revenue, payment
    FROM chosen LEFT JOIN parts USING (territory, tier, model, use, {row})
    WHERE total IS NULL OR total = chosen.usages
    UNION ALL
    SELECT chosen.month, {key}, {row}, NULL, usages, 1, 1, 1, revenue, net_revenue, payment
    FROM chosen JOIN (SELECT DISTINCT territory, tier, model, use, {row}, total FROM parts)
        USING (territory, tier, model, use, {row})
    WHERE total <> chosen.usages
)
SELECT month, {key}, {row}, coalesce(day, DATE '{last}') AS day, usages, {shares}
FROM fitting WHERE total <> 0
"""
_SUMMARIES = """
CREATE TEMP TABLE report_summaries AS
WITH own AS (
    SELECT month, {key}, sum(usages)::BIGINT AS own_usages FROM dated GROUP BY ALL
), every AS (
    SELECT period_pools.*, coalesce(own_usages, 0) AS own_usages, {territory} AS place
    FROM period_pools LEFT JOIN own USING (month, {key})
    WHERE {where}
), wanted AS (
    SELECT place, tier, sum(own_usages) AS plays FROM every GROUP BY ALL
), files AS (
    SELECT place, tier, row_number() OVER (ORDER BY tier, place)::INTEGER AS file
    FROM wanted
    WHERE plays <> 0 OR (SELECT sum(abs(own_usages)) FROM every) = 0
)
SELECT file, (row_number() OVER (
        PARTITION BY file ORDER BY month, territory, model, use, currency))::INTEGER AS summary,
    place, every.*  EXCLUDE (place)
FROM every JOIN files USING (place, tier)
ORDER BY file, summary
"""
_ROWS = """
CREATE TEMP TABLE report_rows AS
SELECT file, summary, row_number() OVER of_file AS place, release_id, recording_id, isrc, day,
    usages, {amounts}
FROM dated
JOIN (SELECT file, summary, month, territory, tier, model, use, currency FROM report_summaries)
    USING (month, territory, tier, model, use, currency)
JOIN exchanges USING (currency)
WINDOW of_file AS (PARTITION BY file ORDER BY summary, isrc, recording_id, release_id, day),
    running AS (PARTITION BY file, summary ORDER BY isrc, recording_id, release_id, day
                ROWS UNBOUNDED PRECEDING)
ORDER BY file, place
"""
_ADD_UP = """
CREATE OR REPLACE TEMP TABLE report_sums AS
SELECT file, summary, count(*) AS rows, sum(usages)::BIGINT AS usages,
    sum(t_revenue)::DECIMAL(38,10) AS t_revenue, sum(a_revenue)::DECIMAL(38,10) AS a_revenue,
    sum(t_net_revenue)::DECIMAL(38,10) AS t_net, sum(a_net_revenue)::DECIMAL(38,10) AS a_net,
    sum(t_payment)::DECIMAL(38,10) AS t_payment, sum(a_payment)::DECIMAL(38,10) AS a_payment
FROM report_rows GROUP BY ALL
"""
