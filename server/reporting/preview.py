"""What a period will look like, before anybody approves it: totals, movers, holes."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Recording
from ddex.dsr.text import number
from server.reporting.rows import reach
from server.royalties.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from server.reporting.periods import Period
    from server.reporting.recipients import Recipient

_LOOK_PERCENT = 25
"""A change of a recipient's streams beyond this is worth a look."""


def of_recipient(
    connection: DuckDBPyConnection, recipient: Recipient, feeds: Sequence[str], period: Period
) -> dict[str, Any]:
    """One recipient's line; wants `report_rows` and `report_summaries`."""
    rows, usages = _one(connection, "SELECT count(*), coalesce(sum(usages), 0) FROM report_rows")
    files = connection.execute(_FILES).fetchall()
    amounts = connection.execute(_AMOUNTS).fetchall()
    (places,) = _one(connection, _PLACES)
    (before,) = _one(connection, _BEFORE.format(own=reach(recipient, feeds)), *_former(period))
    codeless, barcodeless = _one(connection, _CODES)
    change = _change(int(usages), int(before))
    return {
        "id": recipient.id,
        "name": recipient.name,
        "dpid": recipient.dpid,
        "profile": f"{recipient.profile} {recipient.version}",
        "target": recipient.target,
        "territories": int(places),
        "files": [
            {"service": tier, "territory": place, "rows": int(count), "usages": int(plays)}
            for tier, place, count, plays in files
        ],
        "rows": int(rows),
        "usages": int(usages),
        "amounts": {name: number(amount) for name, amount in amounts},
        "before": int(before),
        "change": change,
        "without_isrc": int(codeless),
        "without_icpn": int(barcodeless),
        "check": "look" if change is not None and abs(change) >= _LOOK_PERCENT else "ready",
    }


def of_service(
    connection: DuckDBPyConnection, period: Period, problems: Sequence[Problem]
) -> dict[str, Any]:
    """The whole service: plays counted and left out, money, days, what is missing."""
    first, last = period.first, period.last
    counted, left_out = _one(connection, _COUNTED, first, last)
    reasons = connection.execute(_REASONS, [first, last]).fetchall()
    (reported,) = _one(connection, "SELECT coalesce(sum(usages), 0) FROM period_rows")
    return {
        "counted": int(counted),
        "left_out": int(left_out),
        "reasons": {f"{verdict}: {reason}": int(count) for verdict, reason, count in reasons},
        "allocated_usages": int(reported),
        "money": money(connection),
        "days": _days(connection, first, last),
        "days_before": _days(connection, *_former(period)),
        "holes": [problem.to_json() for problem in problems],
    }


def unsettled(connection: DuckDBPyConnection, period: Period) -> list[Problem]:
    """Days of the period whose rows may still change, since no signed head holds them."""
    count, first = _one(connection, _UNSETTLED, period.first, period.last)
    if not count:
        return []
    return [
        Problem(
            code="days-unsettled",
            subject=str(period),
            message=f"{count} days of {period} are not closed in the ledger of usage, the first"
            f" {first}: what is approved now may not be what can be built.",
            remedy="segue usage close; the service does it three hours after the day's end",
        )
    ]


def money(connection: DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Currency -> net revenue of the service, and what of it is shared and paid."""
    return {
        name: {"net_revenue": number(net), "shares": number(own), "payments": number(paid)}
        for name, net, own, paid in connection.execute(_MONEY).fetchall()
    }


def movers(
    connection: DuckDBPyConnection, session: Session, period: Period
) -> list[dict[str, Any]]:
    """The recordings whose plays changed most against the period before, by title."""
    rows = connection.execute(_MOVERS, list(_former(period))).fetchall()
    query = select(Recording.id, Recording.title, Recording.artist)
    found = session.execute(query.where(Recording.id.in_([row[0] for row in rows])))
    called = {one.id: (one.title, one.artist) for one in found}
    return [
        {
            "recording_id": name,
            "title": called.get(name, (name, ""))[0],
            "artist": called.get(name, ("", ""))[1],
            "usages": int(now),
            "before": int(before),
        }
        for name, now, before in rows
    ]


def fingerprint(found: dict[str, Any], terms: Sequence[dict[str, Any]]) -> str:
    """Digest of all that an approval is about: of a preview, or of its figures alone."""
    said = {
        "terms": list(terms),
        "money": found["service"]["money"],
        "recipients": [
            {name: line[name] for name in ("id", "files", "usages", "amounts")}
            for line in found["recipients"]
        ],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _former(period: Period) -> tuple[Any, Any]:
    """The first and last day of the period before."""
    if period.whole_months:
        months = period.months
        first = months[0]
        for _ in months:
            first = first.previous
        return first.first, months[0].previous.last
    span = period.last - period.first
    last = period.first.fromordinal(period.first.toordinal() - 1)
    return last - span, last


def _change(now: int, before: int) -> float | None:
    return round(100 * (now - before) / before, 1) if before > 0 else None


def _days(connection: DuckDBPyConnection, first: Any, last: Any) -> list[list[Any]]:  # noqa: ANN401 - days
    rows = connection.execute(_DAYS, [first, last]).fetchall()
    return [[day.isoformat(), int(count)] for day, count in rows]


def _one(connection: DuckDBPyConnection, query: str, *values: object) -> tuple[Any, ...]:
    found = connection.execute(query, list(values)).fetchone()
    return found or (Decimal(0),)


_FILES = """
SELECT tier, place, coalesce(sum(rows), 0), coalesce(sum(usages), 0) FROM (
    SELECT DISTINCT file, tier, place FROM report_summaries) LEFT JOIN (
    SELECT file, sum(rows) AS rows, sum(usages) AS usages FROM report_sums GROUP BY file)
    USING (file)
GROUP BY ALL ORDER BY ALL
"""
_AMOUNTS = """
SELECT currency, sum(t_payment) FROM report_sums JOIN report_summaries s USING (file, summary)
GROUP BY ALL ORDER BY ALL
"""
_PLACES = "SELECT count(DISTINCT territory) FROM report_summaries WHERE own_usages <> 0"
_BEFORE = """
SELECT coalesce(sum(quantity), 0) FROM usage
WHERE verdict = 'counted' AND {own} AND day BETWEEN ? AND ?
"""
_CODES = """
SELECT count(DISTINCT recording_id) FILTER (WHERE coalesce(rn.isrc, '') = ''),
    count(DISTINCT release_id) FILTER (WHERE coalesce(icpn, '') = '' AND coalesce(grid, '') = '')
FROM report_rows LEFT JOIN recording_names rn USING (recording_id)
LEFT JOIN release_names USING (release_id)
"""
_UNSETTLED = """
SELECT count(DISTINCT day), min(day) FROM usage WHERE leaf IS NULL AND day BETWEEN ? AND ?
"""
_COUNTED = """
SELECT coalesce(sum(quantity) FILTER (WHERE verdict = 'counted'), 0),
    coalesce(sum(quantity) FILTER (WHERE verdict <> 'counted'), 0)
FROM usage WHERE day BETWEEN ? AND ?
"""
_REASONS = """
SELECT verdict, reason, sum(quantity) FROM usage
WHERE verdict <> 'counted' AND day BETWEEN ? AND ? GROUP BY ALL ORDER BY ALL
"""
_MONEY = """
SELECT currency, sum(net_revenue), sum(own), sum(paid) FROM (
    SELECT currency, net_revenue, 0 AS own, 0 AS paid FROM period_pools
    UNION ALL SELECT currency, 0, net_revenue, payment FROM period_rows)
GROUP BY ALL ORDER BY ALL
"""
_MOVERS = """
WITH now AS (SELECT recording_id, sum(usages) AS plays FROM period_rows GROUP BY ALL),
former AS (
    SELECT coalesce(recording_id, '') AS recording_id, sum(quantity) AS plays FROM usage
    WHERE verdict = 'counted' AND day BETWEEN ? AND ? GROUP BY ALL
)
SELECT recording_id, coalesce(now.plays, 0) AS usages, coalesce(former.plays, 0) AS before
FROM now FULL JOIN former USING (recording_id)
WHERE EXISTS (SELECT 1 FROM former) AND usages <> before
ORDER BY abs(usages - before) DESC, recording_id LIMIT 5
"""
_DAYS = """
SELECT day, sum(quantity) FROM usage WHERE verdict = 'counted' AND day BETWEEN ? AND ?
GROUP BY ALL ORDER BY ALL
"""
