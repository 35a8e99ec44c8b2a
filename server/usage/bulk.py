"""Accounting of many plays at once, straight to sums: for months of facts in little memory.

The verdicts are those of `server.usage.accounting`, play by play; only the road is another. Rules
that look at other plays of a listener are asked in one pass over the few columns that they need.
Most listeners never come near a cap or a loop, and their plays never begin at one instant: what
that pass finds of streams at once stands. The few others are judged by `accounting` itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.usage import accounting
from server.usage.duck import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from server.usage.policy import Policy

PASS = 6_000_000
"""Plays whose windows are worked out at once: so many fit into 250 MB."""


def sum_up(
    connection: DuckDBPyConnection,
    facts: Path,
    policy: Policy,
    cuts: Iterable[datetime],
    *,
    at_once: int = PASS,
) -> None:
    """Make the table `summed` of a Parquet file with the columns of `accounting.FACTS`.

    A row stands for all plays that are alike in feed, release, recording, ISRC, territory, tier,
    model, use, verdict and reason, and between the same two of `cuts` (UTC). `quantity` is their
    number, `used_at` the time of the first, `day` its day. Plays that are `fixed` are left out.
    """
    source = f"read_parquet({text(str(facts))})"
    counted = connection.execute(f"SELECT count(*) FROM {source}").fetchone()
    plays = int(counted[0]) if counted else 0
    _suspect(connection, source, policy)
    _mark(connection, source, policy, passes=1 + plays // at_once)
    _judge(connection, source, policy)
    reason, verdict = accounting.reason_of_one(policy), accounting.verdict_of("why")
    connection.execute(
        _SUMMED.format(source=source, reason=reason, verdict=verdict, cut=_cut(cuts))
    )
    for what in ("VIEW accounted", *(f"TABLE {name}" for name in _TABLES)):
        connection.execute(f"DROP {what}")


def _suspect(connection: DuckDBPyConnection, source: str, policy: Policy) -> None:
    """The table `suspects`: keys that several listeners have, what the ledger has plays of, and
    who was at an address with too many accounts."""
    reason, most = accounting.reason_of_one(policy), policy.accounts_per_address
    connection.execute(_PAIRS.format(source=source, reason=reason, key=_KEY))
    connection.execute(_SUSPECTS.format(key=_KEY))
    connection.execute(_CROWDS.format(most=most))
    if connection.execute("SELECT 1 FROM crowds LIMIT 1").fetchone():
        day = accounting.day_of(policy)
        connection.execute(
            _CROWDED.format(source=source, reason=reason, most=most, key=_KEY, day=day)
        )
    connection.execute("DROP TABLE crowds; DROP TABLE pairs")


def _mark(connection: DuckDBPyConnection, source: str, policy: Policy, *, passes: int) -> None:
    """The table `marks`: plays that begin while too many others are heard, and more `suspects`:
    who comes near a cap, or has two plays that begin at one instant."""
    day, most = accounting.day_of(policy), min(policy.loop, policy.recording_cap, policy.day_cap)
    statement = _MARKS.format(
        source=source, reason=accounting.reason_of_one(policy), over=accounting.over(policy),
        join=policy.join_ms, most=int(most), key=_KEY, passes=passes, number="{number}",
        day=day, former=day.replace("used_at", "nth"),
    )  # fmt: skip
    connection.execute("CREATE TEMP TABLE marks (row BIGINT, listener UBIGINT, suspect BOOLEAN)")
    for number in range(passes):
        connection.execute(statement.format(number=number))
    connection.execute("INSERT INTO suspects SELECT DISTINCT listener FROM marks WHERE suspect")


def _judge(connection: DuckDBPyConnection, source: str, policy: Policy) -> None:
    """The table `judged_plays`: row of the file -> reason, of all that one play does not tell."""
    some = connection.execute("SELECT 1 FROM suspects LIMIT 1").fetchone()
    connection.execute(_FACTS.format(source=source, key=_KEY, some="true" if some else "false"))
    accounting.account(connection, policy)
    connection.execute(_JUDGED)


def _cut(cuts: Iterable[datetime]) -> str:
    """How many instants lie at or before `used_at`, as SQL."""
    every = sorted({at.replace(tzinfo=None) for at in cuts})
    found = [f"(used_at >= TIMESTAMP '{at.isoformat(sep=' ')}')::INTEGER" for at in every]
    return " + ".join(["0", *found])


_TABLES = ("facts", "judged", "judged_plays", "marks", "suspects")
_KEY = "hash(coalesce(account, address))"
_PAIRS = """
CREATE TEMP TABLE pairs AS
SELECT account, address, bool_or(({reason}) IS NULL) AS counts, bool_or(fixed IS NOT NULL) AS known
FROM {source} WHERE account IS NOT NULL OR address IS NOT NULL
GROUP BY account, address
"""
_SUSPECTS = """
CREATE TEMP TABLE suspects AS
SELECT {key} AS listener FROM pairs GROUP BY listener
HAVING bool_or(known) OR bool_or(account IS NULL) <> bool_and(account IS NULL)
    OR min(coalesce(account, address)) <> max(coalesce(account, address))
"""
_CROWDS = """
CREATE TEMP TABLE crowds AS
SELECT address FROM pairs WHERE counts AND address IS NOT NULL AND account IS NOT NULL
GROUP BY address HAVING count(*) > {most}
"""
_CROWDED = """
INSERT INTO suspects
WITH there AS (
    SELECT {key} AS listener, account, address, {day} AS day
    FROM {source} SEMI JOIN crowds USING (address)
    WHERE ({reason}) IS NULL
), crowded AS (
    SELECT address, day FROM there WHERE account IS NOT NULL
    GROUP BY address, day HAVING count(DISTINCT account) > {most}
)
SELECT DISTINCT listener FROM there SEMI JOIN crowded USING (address, day)
"""
_MARKS = """
INSERT INTO marks
SELECT row, listener, coalesce(before = used_at OR {former} = {day}, false) AS suspect
FROM (
    SELECT row, listener, used_at, lag(used_at) OVER everything AS before,
        lag(used_at, {most}) OVER everything AS nth,
        known AND {over} > used_at + to_milliseconds({join}) AS over
    FROM (
        SELECT file_row_number AS row, {key} AS listener, account IS NOT NULL AS known, tier,
            used_at, used_at + to_milliseconds(heard_ms) AS ends
        FROM {source}
        WHERE ({reason}) IS NULL AND coalesce(account, address) IS NOT NULL
            AND {key} % {passes} = {number}
    )
    WINDOW everything AS (PARTITION BY listener ORDER BY used_at),
        earlier AS (PARTITION BY listener ORDER BY used_at
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
WHERE over OR before = used_at OR {former} = {day}
"""
_FACTS = """
CREATE OR REPLACE TABLE facts AS
SELECT *, file_row_number AS number FROM {source}
WHERE {some} AND {key} IN (SELECT listener FROM suspects)
"""
_JUDGED = """
CREATE TEMP TABLE judged_plays AS
SELECT number AS row, judged.reason FROM judged JOIN facts ON facts.rowid = judged.row
UNION ALL
SELECT row, 'concurrent' FROM marks WHERE listener NOT IN (SELECT listener FROM suspects)
"""
_SUMMED = """
CREATE OR REPLACE TABLE summed AS
SELECT feed_id, release_id, recording_id, isrc, territory, tier, model, use,
    min(used_at) AS used_at, min(used_at)::DATE AS day, count(*)::INTEGER AS quantity,
    {verdict} AS verdict, coalesce(why, '') AS reason
FROM (
    SELECT plays.*, coalesce({reason}, judged_plays.reason) AS why, {cut} AS cut
    FROM {source} AS plays LEFT JOIN judged_plays ON file_row_number = judged_plays.row
    WHERE fixed IS NULL
)
GROUP BY feed_id, release_id, recording_id, isrc, territory, tier, model, use, cut, why
"""
