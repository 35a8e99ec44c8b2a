"""What a release's rights mean for its delivery's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.lifecycle import DeliveryState
from catalog.models import Feed
from catalog.queries.audience import judge_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.models import Release


def availability(
    session: Session, release: Release, wanted: Sequence[tuple[str, str]], now: datetime
) -> DeliveryState:
    """Live when somebody can play some of it somewhere now, scheduled when later, else hidden."""
    feed = session.get(Feed, release.feed_id)
    judge = judge_of(release, feed.policy if feed else None)
    found = judge.rights.anywhere(now, tuple(wanted))
    if judge.locked:
        return DeliveryState.HIDDEN
    if found.allowed:
        return DeliveryState.LIVE
    return DeliveryState.SCHEDULED if found.opens else DeliveryState.HIDDEN
