"""Everything that was told about a delivery, told once more by hand: the same files, posts and
mails, under the same names and ids, so that a receiver knows what it has already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Answer, Delivery, Telling
from core.errors import Conflict, NotFound
from ingest.tellings import ATOM, MAIL, WEBHOOK

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

ACKNOWLEDGEMENT = "acknowledgement"
CHANNELS = (ACKNOWLEDGEMENT, WEBHOOK, MAIL, ATOM)


def tell_again(
    session: Session, delivery_id: str, channels: Collection[str], now: datetime
) -> dict[str, list[str]]:
    """Make all that was told by these channels (by all, when none is named) due once more; the
    service does it within seconds. Returns paths of files and ids of posts and mails by channel.

    Raises:
        NotFound: no such delivery.
        Conflict: nothing was told by one of the channels that are named, or by any.
    """
    if session.get(Delivery, delivery_id) is None:
        raise NotFound(f"no delivery {delivery_id}", remedy="list them: segue deliveries list")
    found = {name: _again(session, delivery_id, name, now) for name in channels or CHANNELS}
    silent = [name for name, told in found.items() if not told]
    if silent and (channels or len(silent) == len(found)):
        raise Conflict(
            f"nothing was told about delivery {delivery_id} by {' or '.join(silent)}",
            remedy="it is not settled yet, or its feed is not told that way: segue feeds show",
        )
    return found


def _again(session: Session, delivery_id: str, channel: str, now: datetime) -> list[str]:
    if channel == ACKNOWLEDGEMENT:
        return _files(session, delivery_id)
    query = select(Telling).where(Telling.delivery_id == delivery_id, Telling.channel == channel)
    rows = session.scalars(query.order_by(Telling.made_at, Telling.id)).all()
    for row in rows:
        row.outcome, row.tries, row.due_at, row.said = "due", 0, now, ""
    return [row.id for row in rows]


def _files(session: Session, delivery_id: str) -> list[str]:
    """The acknowledgement of the last attempt and all follow-ups; earlier attempts were about
    other findings."""
    query = select(Answer).where(Answer.delivery_id == delivery_id).order_by(Answer.id)
    told = session.scalars(query).all()
    newest = next((each.id for each in reversed(told) if not each.event_id), 0)
    found = [each for each in told if each.path and each.id >= newest]
    for row in found:
        row.written_at = None
    return [row.path or "" for row in found]
