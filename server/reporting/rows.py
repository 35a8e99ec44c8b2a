"""Rows of a recipient's reports, in DuckDB: from allocated money to `report_rows`.

One row for each release context, recording and summary record, dated by the period's last day;
plays from before the period, told of late, have their own day, and all have it where that is agreed
(`per_day`), in the time zone of the agreement. Amounts of a row that is divided, rounded or
exchanged are taken from running totals, so that sums stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.royalties.allocate import allocate, problems_of
from server.royalties.book import FALLBACK_CURRENCY
from server.royalties.problems import Problem
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
    connection: DuckDBPyConnection,
    period: Period,
    books: Mapping[Month, Book],
    *,
    by_day: bool = False,
) -> list[Problem]:
    """`period_rows`, `period_pools` and `period_days`: the whole service's period, for all
    recipients. `by_day`: some of them get their rows by the day.

    Returns what stands in the way of paying it. A period that is not made of months has usage
    without money.
    """
    connection.execute(_EMPTY)
    if not period.whole_months:
        which = "true" if by_day else f"used_at < TIMESTAMP '{period.first}'"
        connection.execute(
            _USAGE_ONLY.format(
                first=period.first, last=period.last, currency=FALLBACK_CURRENCY, which=which
            )
        )
        return [_unpaid(period)]
    problems: list[Problem] = []
    for month in period.months:
        allocate(connection, month, books[month], by_day=by_day)
        problems += problems_of(connection)
        connection.execute(_MONTH.format(month=month.first))
    return problems


def _unpaid(period: Period) -> Problem:
    return Problem(
        code="period-unpaid",
        subject=str(period),
        message=f"Reports of {period} tell plays and no money: revenue is entered by the month.",
        remedy="nothing to do where only usage is agreed by the week; the money stands in the"
        " report of the month",
    )


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
    for name in ("chosen", "dated", "report_rows", "report_summaries", "exchanges"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    _exchanges(connection, exchanges)
    _choose(connection, reach(recipient, feeds), period, per_day=recipient.per_day)
    territory = "'multi'" if recipient.together else "territory"
    condition = _among("territory", recipient.territories)
    connection.execute(_SUMMARIES.format(key=KEY, territory=territory, where=condition))
    amounts = _amounts(recipient, exchanges)
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(_ROWS.format(amounts=amounts))
    connection.execute(_ADD_UP)


def reach(recipient: Recipient, feeds: Sequence[str]) -> str:
    """The plays that are a recipient's, as an SQL condition."""
    own = f"feed_id IN ({', '.join(map(text, feeds)) or 'NULL'})"
    chosen = (("release_id", recipient.releases), ("territory", recipient.territories))
    return " AND ".join([own, *(_among(name, values) for name, values in chosen)])


def _among(name: str, values: Sequence[str]) -> str:
    return f"{name} IN ({', '.join(map(text, values))})" if values else "true"


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
    )
    asked = "true" if per_day else f"played < DATE '{period.first}'"
    connection.execute(_PARTS.format(row=_ROW, where=where, asked=asked, last=period.last))
    if connection.execute("SELECT 1 FROM parts LIMIT 1").fetchone() is None:
        connection.execute(_UNDATED.format(last=period.last))
        return
    shares = ", ".join(_share(name) for name in _MONEY)
    connection.execute(_DATED.format(key=KEY, row=_ROW, last=period.last, shares=shares))


def _share(name: str) -> str:
    """A day's part of an amount: what the running total grows by; the first day has that of plays
    which others take back wholly."""
    grown = (
        f"round({name} * (running / total)::DECIMAL(38,18), 6)"
        f" - round({name} * ((running - part) / total)::DECIMAL(38,18), 6)"
    )
    whole = f"CASE WHEN day = first_day THEN {name} ELSE 0 END"
    return f"(CASE WHEN total = 0 THEN {whole} ELSE {grown} END)::DECIMAL(38,10) AS {name}"


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
    usages BIGINT, revenue DECIMAL(38,10), net_revenue DECIMAL(38,10));
CREATE OR REPLACE TEMP TABLE period_days (
    month DATE, feed_id VARCHAR, territory VARCHAR, tier VARCHAR, model VARCHAR, use VARCHAR,
    release_id VARCHAR, recording_id VARCHAR, isrc VARCHAR, played DATE, usages BIGINT)
"""
_MONTH = """
INSERT INTO period_rows BY NAME
SELECT DATE '{month}' AS month, territory, tier, model, use, currency, feed_id, release_id,
    recording_id, isrc, usages, revenue, net_revenue, payment FROM allocated;
INSERT INTO period_pools BY NAME
SELECT DATE '{month}' AS month, territory, tier, model, use, currency, usages, revenue, net_revenue
FROM pools;
INSERT INTO period_days BY NAME SELECT DATE '{month}' AS month, * FROM played_days
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
FROM period_rows GROUP BY ALL;
INSERT INTO period_days BY NAME
SELECT DATE '{first}' AS month, feed_id, territory, tier, model, use,
    coalesce(release_id, '') AS release_id, coalesce(recording_id, '') AS recording_id,
    coalesce(isrc, '') AS isrc, used_at::DATE AS played, sum(quantity)::BIGINT AS usages
FROM usage WHERE verdict = 'counted' AND day BETWEEN DATE '{first}' AND DATE '{last}' AND {which}
GROUP BY ALL
"""
_PARTS = """
CREATE OR REPLACE TEMP TABLE parts AS
SELECT month, territory, tier, model, use, {row}, least(played, DATE '{last}') AS day,
    sum(usages)::BIGINT AS part
FROM period_days WHERE {where} AND {asked} GROUP BY ALL HAVING sum(usages) <> 0
"""
_UNDATED = """
CREATE TEMP TABLE dated AS SELECT *, DATE '{last}' AS day FROM chosen
WHERE usages <> 0 OR payment <> 0
"""
_DATED = """
CREATE TEMP TABLE dated AS
WITH told AS (
    SELECT month, territory, tier, model, use, {row}, sum(part)::BIGINT AS told
    FROM parts GROUP BY ALL
), days AS (
    SELECT chosen.*, parts.day, part
    FROM chosen JOIN parts USING (month, territory, tier, model, use, {row})
    UNION ALL
    SELECT chosen.*, DATE '{last}' AS day, chosen.usages - coalesce(told, 0) AS part
    FROM chosen LEFT JOIN told USING (month, territory, tier, model, use, {row})
    WHERE told IS NULL OR chosen.usages <> told
), summed AS (
    SELECT month, {key}, {row}, day, usages AS total, revenue, net_revenue, payment,
        sum(part)::BIGINT AS part
    FROM days GROUP BY ALL
), stepped AS (
    SELECT *, min(day) OVER every AS first_day,
        sum(part) OVER (PARTITION BY month, {key}, {row} ORDER BY day)::BIGINT AS running
    FROM summed WINDOW every AS (PARTITION BY month, {key}, {row})
)
SELECT month, {key}, {row}, day, part AS usages, {shares} FROM stepped
WHERE part <> 0 OR payment <> 0
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
    sum(greatest(-usages, 0))::BIGINT AS returns,
    sum(t_revenue)::DECIMAL(38,10) AS t_revenue, sum(a_revenue)::DECIMAL(38,10) AS a_revenue,
    sum(t_net_revenue)::DECIMAL(38,10) AS t_net, sum(a_net_revenue)::DECIMAL(38,10) AS a_net,
    sum(t_payment)::DECIMAL(38,10) AS t_payment, sum(a_payment)::DECIMAL(38,10) AS a_payment
FROM report_rows GROUP BY ALL
"""
