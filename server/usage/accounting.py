"""Accounting: from facts of plays to accounted usage, by SQL over any number of plays.

A pure function: the same set of facts and the same policy give the same rows, whatever order the
facts stand in. Every play comes out, with a verdict (`counted`, `excluded`, `quarantined`) and the
reason of one that does not count (`server.usage.policy.REASONS`); nothing is dropped.

Most listeners never come near a cap or a loop, share no crowded address, and begin no two plays at
one instant: streams at once are all that can be wrong with plays that are right by themselves, and
one pass over few columns finds them. The few others go through all of `server.usage.rules`, and so
does everybody when plays come later than what the ledger has of their time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.usage import rules

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from server.usage.policy import Policy

FACTS = """
    play_id VARCHAR, used_at TIMESTAMP, account VARCHAR, address VARCHAR, bot BOOLEAN,
    operator BOOLEAN, preview BOOLEAN, feed_id VARCHAR, release_id VARCHAR, recording_id VARCHAR,
    isrc VARCHAR, deal VARCHAR, territory VARCHAR, tier VARCHAR, model VARCHAR, use VARCHAR,
    heard_ms INTEGER, excess_ms INTEGER, duration_ms INTEGER, fixed VARCHAR
"""
"""Columns of a table of facts, one row for each play.

`used_at` is UTC; `account` NULL is a visitor; `address` is a digest, NULL when unknown; `excess_ms`
was claimed beyond the time that had passed; `fixed` is the verdict that the ledger has, else NULL.
"""


def make_facts(connection: DuckDBPyConnection) -> None:
    """An empty table `facts`."""
    connection.execute(f"CREATE OR REPLACE TABLE facts ({FACTS})")


def account(connection: DuckDBPyConnection, policy: Policy) -> None:
    """Judge the table `facts`; makes the view `accounted`: facts that are not fixed, and
    `quantity` (1), `verdict` and `reason` (empty when it counts)."""
    connection.execute("CREATE OR REPLACE TABLE judged (row BIGINT, reason VARCHAR)")
    found = connection.execute(_LATE).fetchone()
    if found and found[0]:
        rules.judge(connection, policy, "facts", "rowid", late=True)
    else:
        _judge_timely(connection, policy)
    reason = rules.reason_of_one(policy)
    connection.execute(_ACCOUNTED.format(reason=reason, verdict=rules.verdict_of("why")))


def _judge_timely(connection: DuckDBPyConnection, policy: Policy) -> None:
    """`judged`, where all that is fixed is older than the rest: it stands as any earlier play."""
    given = {"reason": rules.reason_of_one(policy), "day": rules.day_of(policy)}
    most = min(policy.loop, policy.recording_cap, policy.day_cap)
    crowd, join = policy.accounts_per_address, policy.join_ms
    connection.execute(_MARKS.format(over=rules.over(policy), join=join, **given))
    connection.execute(_SUSPECTS.format(most=most, crowd=crowd, **given))
    connection.execute(_CONCURRENT)
    if connection.execute("SELECT 1 FROM suspects LIMIT 1").fetchone():
        connection.execute(_DOUBTFUL)
        rules.judge(connection, policy, "doubtful", "number", late=False)
        connection.execute("DROP TABLE doubtful")
    connection.execute("DROP TABLE marks; DROP TABLE suspects")


_LATE = """
SELECT max(used_at) FILTER (WHERE fixed IS NOT NULL) >= min(used_at) FILTER (WHERE fixed IS NULL)
FROM facts
"""
"""Whether something is older than what is fixed."""
_MARKS = """
CREATE OR REPLACE TEMP TABLE marks AS
SELECT row, account, fresh, same FROM (
    SELECT row, account, fresh, max(used_at) OVER earlier = used_at AS same,
        {over} > used_at + to_milliseconds({join}) AS over
    FROM (
        SELECT rowid AS row, account, tier, used_at, used_at + to_milliseconds(heard_ms) AS ends,
            fixed IS NULL AS fresh
        FROM facts WHERE account IS NOT NULL AND ({reason}) IS NULL
    )
    WINDOW earlier AS (PARTITION BY account ORDER BY used_at
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) WHERE over OR same
"""
_SUSPECTS = """
CREATE OR REPLACE TEMP TABLE suspects AS
WITH alone AS NOT MATERIALIZED (
    SELECT account, address, coalesce(account, address) AS listener, {day} AS day
    FROM facts WHERE ({reason}) IS NULL
), crowded AS (
    SELECT address, day FROM alone WHERE address IS NOT NULL AND account IS NOT NULL
    GROUP BY address, day HAVING count(DISTINCT account) > {crowd}
)
SELECT account AS listener FROM marks WHERE same
UNION SELECT listener FROM alone WHERE listener IS NOT NULL
    GROUP BY listener, day HAVING count(*) > {most}
UNION SELECT listener FROM alone SEMI JOIN crowded USING (address, day)
"""
_CONCURRENT = """
INSERT INTO judged SELECT row, 'concurrent' FROM marks
WHERE fresh AND account NOT IN (SELECT listener FROM suspects)
"""
_DOUBTFUL = """
CREATE OR REPLACE TEMP TABLE doubtful AS
SELECT *, rowid AS number FROM facts
WHERE coalesce(account, address) IN (SELECT listener FROM suspects)
"""
_ACCOUNTED = """
CREATE OR REPLACE VIEW accounted AS
SELECT * EXCLUDE (why), 1 AS quantity, {verdict} AS verdict, coalesce(why, '') AS reason
FROM (
    SELECT facts.* EXCLUDE (fixed), coalesce(judged.reason, {reason}) AS why
    FROM facts LEFT JOIN judged ON facts.rowid = judged.row
    WHERE facts.fixed IS NULL
)
"""
