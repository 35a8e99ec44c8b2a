"""Stores of senders that can't be looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Feed, Watch
from server.cli.checkup.reading import Untold, connection
from server.cli.checkup.verdict import Patient, Verdict, ok, warn

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SHOWN = 5


def watched(about: Patient) -> Verdict:
    """Buckets, containers and Atom feeds whose last look failed, as the service wrote it down."""
    try:
        with connection(about, Feed, Watch) as found:
            return _verdict(found) if found else ok("none yet")
    except Untold:
        return ok("can't be told: see `database`")


def _verdict(found: Connection) -> Verdict:
    rows = found.execute(
        select(Feed.name, Watch.place, Watch.fault, Watch.failures)
        .join(Watch, Watch.feed_id == Feed.id)
        .where(Feed.disabled.is_(False), Feed.deleted_at.is_(None))
        .order_by(Watch.failures.desc(), Feed.name)
    ).all()
    failing = [row for row in rows if row.fault]
    if not failing:
        return ok(f"{len(rows)} looked into, none fails" if rows else "none yet")
    told = "; ".join(
        f"{row.name} ({row.place}), {row.failures} times: {row.fault}" for row in failing[:_SHOWN]
    )
    more = f"; {len(failing) - _SHOWN} more" if len(failing) > _SHOWN else ""
    return warn(
        f"{len(failing)} of {len(rows)} can't be looked into: {told}{more}",
        "segue feeds show FEED says since when; it is tried again every 15 minutes at the latest, "
        "and at once when the feed or its key changes",
    )
