"""What was told about a delivery, and what is true of its release now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.lifecycle import ACCEPTED, ReleaseState
from catalog.models import Answer, Release, Telling

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from catalog.models import Delivery

Shape = dict[str, Any]


def answers_of(session: Session, delivery_id: str) -> list[Shape]:
    """`[{follow_up, outcome, status, why, path, at, written_at}]`, the oldest first: `status` is
    the ReleaseStatus, `path` the file in the feed's view, None where it gets none."""
    query = select(Answer).where(Answer.delivery_id == delivery_id).order_by(Answer.id)
    return [
        {
            "follow_up": row.event_id != 0,
            "outcome": row.outcome,
            "status": row.status,
            "why": row.why,
            "path": row.path,
            "at": row.at.isoformat(),
            "written_at": row.written_at.isoformat() if row.written_at else None,
        }
        for row in session.scalars(query)
    ]


def tellings_of(session: Session, delivery_id: str) -> list[Shape]:
    """`[{id, channel, type, operators, outcome, tries, said, made_at, due_at, sent_at}]`, the
    oldest first: `operators` for their own webhook; `due_at` only while it is due."""
    query = select(Telling).where(Telling.delivery_id == delivery_id)
    return [
        {
            "id": row.id,
            "channel": row.channel,
            "type": row.type,
            "operators": row.feed_id is None,
            "outcome": row.outcome,
            "tries": row.tries,
            "said": row.said,
            "made_at": row.made_at.isoformat(),
            "due_at": row.due_at.isoformat() if row.outcome == "due" else None,
            "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        }
        for row in session.scalars(query.order_by(Telling.made_at, Telling.id))
    ]


def availability_of(session: Session, delivery: Delivery) -> str | None:
    """The state of its release now: `scheduled`, `available`, `taken_down`, or `purged` when the
    catalogue has it no more; None when it brought none, or none was published yet."""
    if delivery.release_id is None:
        return None
    found = session.scalar(select(Release.state).where(Release.id == delivery.release_id))
    return found or (ReleaseState.PURGED.value if delivery.state in ACCEPTED else None)
