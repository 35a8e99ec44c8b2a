"""Figures of a range of days, for the page of usage, the API and the command. By DuckDB.

Days are those on which plays were heard, in UTC. A listener is a pseudonym: one who listens in two
months is counted in each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from server.usage.policy import REASONS

if TYPE_CHECKING:
    from datetime import date

    from duckdb import DuckDBPyConnection

TOP = 20
MOST_DAYS = 1_100


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Days, both included; `feed` and `territory` empty means all."""

    first: date
    last: date
    feed: str = ""
    territory: str = ""

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Range:
        """As many days before."""
        length = timedelta(days=self.days)
        return Range(
            first=self.first - length,
            last=self.last - length,
            feed=self.feed,
            territory=self.territory,
        )


def figures(connection: DuckDBPyConnection, asked: Range) -> dict[str, Any]:
    """`{first, last, totals, before, days, territories, tiers, recordings, reasons}`."""
    _ranged(connection, asked.before)
    before = _rows(connection, _TOTALS)[0]
    _ranged(connection, asked)
    return {
        "first": str(asked.first),
        "last": str(asked.last),
        "totals": _rows(connection, _TOTALS)[0],
        "before": before,
        "days": _rows(connection, _DAYS, [asked.first, asked.last]),
        "territories": _rows(connection, _BY.format(name="territory")),
        "tiers": _rows(connection, _BY.format(name="tier")),
        "recordings": _rows(connection, _RECORDINGS.format(top=TOP)),
        "reasons": [
            {**row, "meaning": REASONS.get(row["reason"], ("", "decided by an operator"))[1]}
            for row in _rows(connection, _REASONS)
        ],
    }


def quarantined(
    connection: DuckDBPyConnection, asked: Range, *, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Plays that are in quarantine now, the newest first; `open` ones are not in the ledger yet."""
    values = [asked.first, asked.last, asked.feed, asked.territory, limit, offset]
    return [
        {**row, "meaning": REASONS.get(row["reason"], ("", "decided by an operator"))[1]}
        for row in _rows(connection, _QUARANTINED, values)
    ]


def _ranged(connection: DuckDBPyConnection, asked: Range) -> None:
    """The table `ranged`: the rows of the range, narrow."""
    connection.execute(_RANGED, [asked.first, asked.last, asked.feed, asked.territory])


def _rows(
    connection: DuckDBPyConnection, query: str, values: list[Any] | None = None
) -> list[dict[str, Any]]:
    found = connection.execute(query, values or [])
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


_RANGED = """
CREATE OR REPLACE TEMP TABLE ranged AS
SELECT CAST(used_at AS DATE) AS day, territory, tier, recording_id, isrc, pseudonym, quantity,
    verdict, reason, heard_ms, duration_ms, leaf IS NULL AS open
FROM usage
WHERE used_at >= $1::DATE AND used_at < $2::DATE + 1
    AND ($3 = '' OR feed_id = $3) AND ($4 = '' OR territory = $4)
"""
_PLAYS = "coalesce(sum(quantity) FILTER (verdict = 'counted'), 0)::BIGINT AS plays"
_LISTENERS = (
    "count(DISTINCT pseudonym) FILTER (verdict = 'counted' AND quantity > 0 AND pseudonym <> '')"
    " AS listeners"
)
_COMPLETION = """
    round(
        sum(quantity * least(heard_ms, duration_ms))
            FILTER (verdict = 'counted' AND duration_ms > 0)
        / nullif(sum(quantity * duration_ms)
            FILTER (verdict = 'counted' AND duration_ms > 0), 0), 4)::DOUBLE AS completion"""
_TOTALS = f"""
SELECT {_PLAYS}, {_LISTENERS},
    coalesce(sum(quantity * heard_ms) FILTER (verdict = 'counted'), 0)::BIGINT AS heard_ms,
    {_COMPLETION},
    coalesce(sum(quantity) FILTER (verdict = 'excluded'), 0)::BIGINT AS excluded,
    coalesce(sum(quantity) FILTER (verdict = 'quarantined'), 0)::BIGINT AS quarantined,
    coalesce(sum(quantity) FILTER (open AND verdict = 'counted'), 0)::BIGINT AS open
FROM ranged
"""
_DAYS = f"""
SELECT CAST(days.day AS DATE)::VARCHAR AS day, {_PLAYS}, {_LISTENERS}, {_COMPLETION}
FROM generate_series($1::DATE, $2::DATE, INTERVAL 1 DAY) AS days(day)
LEFT JOIN ranged ON ranged.day = CAST(days.day AS DATE)
GROUP BY days.day ORDER BY days.day
"""
_BY = f"""
SELECT {{name}}, {_PLAYS}, {_LISTENERS},
    round(plays / nullif(sum(plays) OVER (), 0), 4)::DOUBLE AS share
FROM ranged GROUP BY {{name}} HAVING plays > 0 ORDER BY plays DESC, {{name}}
"""
_RECORDINGS = f"""
SELECT recording_id, any_value(isrc) AS isrc, {_PLAYS}, {_LISTENERS}, {_COMPLETION}
FROM ranged GROUP BY recording_id HAVING plays > 0
ORDER BY plays DESC, recording_id LIMIT {{top}}
"""
_REASONS = """
SELECT verdict, reason, sum(quantity)::BIGINT AS plays FROM ranged
WHERE verdict <> 'counted' GROUP BY ALL HAVING sum(quantity) <> 0 ORDER BY plays DESC, reason
"""
_QUARANTINED = """
SELECT play_id, strftime(used_at, '%Y-%m-%d %H:%M:%S') AS used_at, feed_id, recording_id, isrc,
    territory, tier, pseudonym, heard_ms, any_value(reason) AS reason,
    bool_and(leaf IS NULL) AS open
FROM usage
WHERE verdict = 'quarantined' AND used_at >= $1::DATE AND used_at < $2::DATE + 1
    AND ($3 = '' OR feed_id = $3) AND ($4 = '' OR territory = $4)
GROUP BY ALL HAVING sum(quantity) > 0 ORDER BY used_at DESC, play_id LIMIT $5 OFFSET $6
"""
