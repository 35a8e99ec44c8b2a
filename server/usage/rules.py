"""The rules of accounting as SQL: of one play, and of plays beside each other.

Rules of one play are asked first, then those of addresses and loops, then, among what is left,
streams at once, and last the caps, in the order of time. `fixed` facts stand in the ledger already:
they have their verdict, and what counted among them goes before others at caps and overlaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.usage.duck import text
from server.usage.policy import ANY, END_SLACK_MS, REASONS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from server.usage.policy import Policy


def judge(
    connection: DuckDBPyConnection, policy: Policy, source: str, row: str, *, late: bool
) -> None:
    """Add to the table `judged` (row, reason) what does not count of the table `source`, whose rows
    `row` tells apart. `late`: whether some of them are older than what is fixed."""
    for statement in _statements(policy, source, row, late=late):
        connection.execute(statement)


def _statements(policy: Policy, source: str, row: str, *, late: bool) -> list[str]:
    after = _AFTER.format(join=policy.join_ms) if late else "false"
    return [
        _ALONE.format(day=day_of(policy), reason=reason_of_one(policy), source=source, row=row),
        _CROWDED.format(most=policy.accounts_per_address),
        _REPEATED.format(least=min(policy.loop, policy.recording_cap)),
        _MARKED.format(loop=policy.loop),
        _AT_ONCE.format(join=policy.join_ms, over=over(policy), after=after),
        _FULL_DAYS.format(most=policy.day_cap),
        _CAPPED.format(recording=policy.recording_cap, day=policy.day_cap),
        _JUDGED,
        *(f"DROP TABLE {name}" for name in _STEPS),
    ]


def reason_of_one(policy: Policy) -> str:
    """What the rules of one play say of a fact, as SQL: NULL or a reason."""
    return _OF_ONE.format(least=_least(policy), slack=END_SLACK_MS, speed=policy.speed_ms)


def day_of(policy: Policy) -> str:
    """The day of `used_at` that caps stand for, as SQL."""
    if policy.zone == "UTC":
        return "CAST(used_at AS DATE)"
    return f"CAST(timezone({text(policy.zone)}, timezone('UTC', used_at)) AS DATE)"


def _least(policy: Policy) -> str:
    """The threshold as an expression of territory and feed."""
    rows = sorted(policy.markets, key=lambda row: (row.territory == ANY, row.feed_id == ANY))
    cases = []
    for row in rows:
        tests = [
            f"{name} = {text(value)}"
            for name, value in (("territory", row.territory), ("feed_id", row.feed_id))
            if value != ANY
        ]
        cases.append(f"WHEN {' AND '.join(tests) or 'true'} THEN {int(row.least_ms)}")
    return f"CASE {' '.join(cases)} ELSE 30000 END"


def over(policy: Policy) -> str:
    """When so few earlier plays are left to hear that this one is none too many, as SQL.

    `ends` is the window of the ends of earlier plays of the account.
    """
    cases = [
        f"WHEN {text(tier)} THEN {_nth(streams)}"
        for tier, streams in sorted(policy.streams.items())
    ]
    default = _nth(policy.default_streams)
    return f"CASE tier {' '.join(cases)} ELSE {default} END" if cases else default


def _nth(streams: int) -> str:
    """The end of the earlier play that must be over: of the `streams` latest the first to end."""
    if streams <= 1:
        return "max(ends) OVER earlier"
    return f"(max(ends, {int(streams)}) OVER earlier)[{int(streams)}]"


def verdict_of(reason: str) -> str:
    """The verdict of an expression of a reason, as SQL."""
    cases = " ".join(f"WHEN {text(name)} THEN {text(REASONS[name][0])}" for name in REASONS)
    return f"CASE {reason} {cases} ELSE 'counted' END"


_STEPS = ("alone", "crowded", "repeated", "marked", "at_once", "full_days", "capped")
_ALONE = """
CREATE OR REPLACE TEMP TABLE alone AS
SELECT {row} AS row, account, coalesce(account, address) AS listener, address, recording_id, tier,
    {day} AS day, used_at, used_at + to_milliseconds(heard_ms) AS ends,
    md5_number_lower(play_id) AS tie, fixed IS NOT NULL AS fixed,
    {reason} AS reason
FROM {source}
"""
_OF_ONE = """
    CASE
        WHEN fixed IS NOT NULL THEN CASE WHEN fixed = 'counted' THEN NULL ELSE 'fixed' END
        WHEN preview THEN 'preview'
        WHEN operator THEN 'operator'
        WHEN bot THEN 'bot'
        WHEN excess_ms > {speed} THEN 'speed'
        WHEN heard_ms >= {least} THEN NULL
        WHEN duration_ms > 0 AND duration_ms < {least}
            AND heard_ms >= greatest(1, duration_ms - {slack}) THEN NULL
        ELSE 'too_short'
    END
"""
_CROWDED = """
CREATE OR REPLACE TEMP TABLE crowded AS
SELECT address, day FROM alone
WHERE reason IS NULL AND address IS NOT NULL AND account IS NOT NULL
GROUP BY address, day HAVING count(DISTINCT account) > {most}
"""
_REPEATED = """
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT listener, recording_id, day, count(*) AS plays FROM alone
WHERE reason IS NULL AND listener IS NOT NULL
GROUP BY listener, recording_id, day HAVING count(*) > {least}
"""
_MARKED = """
CREATE OR REPLACE TEMP TABLE marked AS
SELECT alone.* REPLACE (CASE
        WHEN reason IS NOT NULL OR fixed THEN reason
        WHEN crowded.address IS NOT NULL THEN 'address'
        WHEN repeated.plays > {loop} THEN 'loop'
    END AS reason),
    repeated.plays IS NOT NULL AS often
FROM alone
LEFT JOIN crowded ON alone.address = crowded.address AND alone.day = crowded.day
LEFT JOIN repeated ON alone.listener = repeated.listener
    AND alone.recording_id = repeated.recording_id AND alone.day = repeated.day
"""
_AFTER = "min(CASE WHEN fixed THEN used_at END) OVER later + to_milliseconds({join}) < ends"
"""Whether a play that is in the ledger already begins before this one is over."""
_AT_ONCE = """
CREATE OR REPLACE TEMP TABLE at_once AS
SELECT row FROM (
    SELECT row, fixed, {over} > used_at + to_milliseconds({join}) AS before, {after} AS after
    FROM marked
    WHERE reason IS NULL AND account IS NOT NULL
    WINDOW earlier AS (PARTITION BY account ORDER BY used_at, tie
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           later AS (PARTITION BY account ORDER BY used_at, tie
                     ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
) WHERE NOT fixed AND (before OR after)
"""
_FULL_DAYS = """
CREATE OR REPLACE TEMP TABLE full_days AS
SELECT account, day FROM marked
WHERE reason IS NULL AND account IS NOT NULL
GROUP BY account, day HAVING count(*) > {most}
"""
_CAPPED = """
CREATE OR REPLACE TEMP TABLE capped AS
SELECT row, CASE
        WHEN NOT fixed AND of_recording > {recording} THEN 'recording_cap'
        WHEN NOT fixed AND row_number() OVER (
            PARTITION BY account, day, of_recording > {recording}
            ORDER BY fixed DESC, used_at, tie
        ) > {day} THEN 'day_cap'
    END AS reason
FROM (
    SELECT marked.*, row_number() OVER (
        PARTITION BY account, recording_id, day ORDER BY fixed DESC, used_at, tie
    ) AS of_recording
    FROM marked
    WHERE reason IS NULL AND account IS NOT NULL
        AND (often OR (account, day) IN (SELECT (account, day) FROM full_days))
        AND row NOT IN (SELECT row FROM at_once)
)
"""
_JUDGED = """
INSERT INTO judged
SELECT row, reason FROM marked WHERE reason IS NOT NULL
UNION ALL SELECT row, 'concurrent' FROM at_once
UNION ALL SELECT row, reason FROM capped WHERE reason IS NOT NULL
"""
