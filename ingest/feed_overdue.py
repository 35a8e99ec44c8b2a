"""The clock of answers ran out: whoever is to hear of it is told, once for each delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Delivery, Feed
from catalog.queries import feed_statistics
from ingest import tellings
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from core.clock import Clock
    from core.database import Database

NOTICE = "overdue"


def tell(database: Database, clock: Clock, *, operators: bool = True) -> int:
    """Tell of every delivery that is overdue now; how many are. Told before, nothing happens.

    `operators`: they have an address too.
    """
    now = clock()
    with database.read() as session:
        feeds = session.scalars(select(Feed).where(Feed.deleted_at.is_(None))).all()
        agreed = {feed.id: FeedTerms.of(feed).sla_minutes for feed in feeds}
        watched = {feed_id: minutes for feed_id, minutes in agreed.items() if minutes}
        late = [
            each
            for each in feed_statistics.running(session, watched, now, list(watched))
            if each.due_at < now
        ]
    if not late:
        return 0
    named = {feed.id: feed for feed in feeds}
    with database.write() as session:
        for each in late:
            delivery = session.get_one(Delivery, each.delivery_id)
            minutes = watched[each.feed_id]
            about = {
                "delivery_id": delivery.id,
                "batch": delivery.batch,
                "message": f"No answer within {minutes} minutes of completion.",
                "due_at": each.due_at.isoformat(),
            }
            feed, key = named[each.feed_id], delivery.id
            tellings.alert(session, feed, NOTICE, about, now, key=key, operators=operators)
    return len(late)
