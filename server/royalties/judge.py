"""What else stands in the way of closing a month, beside what its allocation found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import ClosedMonth
from server.royalties.problems import Problem
from server.royalties.versions import timelines

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection
    from sqlalchemy.orm import Session

    from server.royalties.book import Book
    from server.royalties.periods import Month

_NAMED = 5
_WITHOUT = """
    SELECT count(DISTINCT recording_id) FILTER (isrc = '' OR contains(isrc, '::')),
           count(DISTINCT release_id) FILTER (icpn = ''),
           list(DISTINCT recording_id ORDER BY recording_id) FILTER (isrc = ''
                OR contains(isrc, '::')),
           list(DISTINCT release_id ORDER BY release_id) FILTER (icpn = '')
    FROM named
"""


def judge(
    connection: DuckDBPyConnection, session: Session, book: Book, month: Month, now: datetime
) -> list[Problem]:
    """Open period, recipients without feed, rows without identifiers, earlier months open."""
    return [
        *(_open(book, month, now) or _days_open(connection, month)),
        *_unknown(book, month),
        *_unidentified(connection),
        *_earlier(connection, session, month),
    ]


def _open(book: Book, month: Month, now: datetime) -> list[Problem]:
    if not book.is_open(month, now):
        return []
    ends = max(month.bounds(zone)[1] for zone in {"UTC", *(a.zone for a in book.agreements)})
    return [
        Problem(
            code="period-open",
            subject=str(month),
            message=f"Plays can still fall into {month}: it ends at {ends:%Y-%m-%d %H:%M} UTC.",
            remedy="close it after that; segue royalties preview shows how it stands",
        )
    ]


def _days_open(connection: DuckDBPyConnection, month: Month) -> list[Problem]:
    """Days whose rows may still change, since no signed head holds them."""
    rows = connection.execute(
        "SELECT DISTINCT day FROM usage WHERE leaf IS NULL AND used_at >= ? AND used_at < ?"
        " AND day <= ? ORDER BY 1",
        [month.start.replace(tzinfo=None), month.end.replace(tzinfo=None), month.last],
    ).fetchall()
    if not rows:
        return []
    return [
        Problem(
            code="days-open",
            subject=str(month),
            message=f"{len(rows)} days of {month} are not closed in the ledger of usage,"
            f" the first {rows[0][0]}.",
            remedy="segue usage close",
        )
    ]


def _unknown(book: Book, month: Month) -> list[Problem]:
    known = set(book.recipients.values())
    start, end = month.bounds()
    holding = [
        one.agreement
        for one in timelines(book.agreements)
        if one.start < end and (one.end is None or one.end > start)
    ]
    return [
        Problem(
            code="recipient-unknown",
            subject=one.recipient,
            message=f"{one.ref} is with {one.recipient}, and no feed has this DPID.",
            remedy=f"create its feed (segue feeds create), or segue agreements end {one.name}",
        )
        for one in holding
        if one.recipient not in known
    ]


def _unidentified(connection: DuckDBPyConnection) -> list[Problem]:
    recordings, releases, which, these = connection.execute(_WITHOUT).fetchall()[0]
    found = []
    for count, ids, what, code in (
        (recordings, which, "recordings", "ISRC"),
        (releases, these, "releases", "ICPN"),
    ):
        if count:
            told = ", ".join(ids[:_NAMED]) + (" …" if count > _NAMED else "")
            found.append(
                Problem(
                    code="identifier-missing",
                    subject=code,
                    message=f"{count} {what} that were played have no {code}: {told}.",
                    remedy="they are paid and reported under our own id; ask their sender for an"
                    f" update with the {code}",
                )
            )
    return found


def _earlier(connection: DuckDBPyConnection, session: Session, month: Month) -> list[Problem]:
    """The month before, when something was played in it and nobody closed it."""
    before = month.previous
    query = select(ClosedMonth.id).where(ClosedMonth.period == str(before)).limit(1)
    if session.scalar(query) is not None:
        return []
    played = connection.execute(
        "SELECT 1 FROM usage WHERE day BETWEEN ? AND ? LIMIT 1", [before.first, before.last]
    ).fetchone()
    if played is None:
        return []
    return [
        Problem(
            code="earlier-open",
            subject=str(before),
            message=f"{before} was played and never closed: advances are recouped without it.",
            remedy=f"segue royalties close --period {before}",
        )
    ]
