"""Phase 8: the message enters the log and, by the fold, the catalogue: one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog import fold
from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery, LoggedMessage, Release
from ddex.ern.rules.header import OTHER_BYTES
from ddex.findings import clip
from ingest.availability import availability
from ingest.inbox import order_stamp
from ingest.steps import ANSWER, NEXT, add_findings, editing, reading

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ddex.ern.model import Message
    from ingest.parts import Parts


def publish(parts: Parts, delivery_id: str) -> str:
    """Log the message and let it speak; done before, nothing happens."""
    message = parts.message(reading(parts, delivery_id))
    with editing(parts, delivery_id, "publish") as (session, delivery):
        if session.get(LoggedMessage, log_id(delivery)) is not None:
            return NEXT
        if _claimed(session, delivery, message):
            return ANSWER
        logged = log_entry(parts, delivery, message, "accept")
        session.add(logged)
        session.flush()
        event = fold.apply(session, logged, message, parts.clock())
        delivery.release_id = logged.release_id
        delivery.waiting_for = ""
        if event is None:
            move(delivery, DeliveryState.SUPERSEDED)
        else:
            release = session.get_one(Release, logged.release_id)
            state = availability(release, parts.wanted, parts.territory, parts.clock())
            move(delivery, state)
            if delivery.state == DeliveryState.SCHEDULED:
                delivery.waiting_for = "Street date"
            _supersede(session, delivery)
    return NEXT


def _claimed(session: Session, delivery: Delivery, message: Message) -> bool:
    """Whether another delivery's message took this MessageId since the check: two of one batch."""
    query = select(LoggedMessage.digest).where(
        LoggedMessage.feed_id == delivery.feed_id,
        LoggedMessage.claimed_id == message.header.message_id[:255],
    )
    digest = session.scalar(query)
    if digest is None:
        return False
    if digest == delivery.digest:
        move(delivery, DeliveryState.REPEATED)
        delivery.waiting_for = ""
        return True
    text = f"The MessageId {clip(message.header.message_id)!r} is that of another message."
    finding = OTHER_BYTES.at(message.header.place, text, value=message.header.message_id)
    add_findings(delivery, [replace(finding, file=delivery.xml_path or "")])
    move(delivery, DeliveryState.REFUSED)
    delivery.waiting_for = "Sender: a corrected delivery"
    return True


def _supersede(session: Session, delivery: Delivery) -> None:
    """Earlier deliveries of the release count no more, whatever they still showed."""
    query = select(Delivery).where(
        Delivery.release_id == delivery.release_id,
        Delivery.state.in_([DeliveryState.SCHEDULED, DeliveryState.LIVE, DeliveryState.HIDDEN]),
        Delivery.id != delivery.id,
    )
    for earlier in session.scalars(query):
        move(earlier, DeliveryState.SUPERSEDED)
        earlier.waiting_for = ""


def _utc(instant: datetime | None) -> datetime | None:
    """In UTC; None for what no calendar of ours can say there (year 1 east of Greenwich)."""
    try:
        return instant.astimezone(UTC) if instant else None
    except OverflowError:
        return None


def log_id(delivery: Delivery) -> str:
    """Each attempt of a delivery has its own entry in the log."""
    return f"{delivery.id}:{delivery.attempt}"


def log_entry(parts: Parts, delivery: Delivery, message: Message, outcome: str) -> LoggedMessage:
    """The log entry of a message; a refused one claims no MessageId."""
    return LoggedMessage(
        id=log_id(delivery),
        delivery_id=delivery.id,
        feed_id=delivery.feed_id,
        digest=delivery.digest or "",
        owner=fold.owner_of(message),
        sender=message.header.sender_dpid,
        message_id=message.header.message_id[:255],
        claimed_id=message.header.message_id[:255] if outcome == "accept" else None,
        batch=delivery.batch,
        order_stamp=order_stamp(delivery.batch),
        created_at=_utc(message.header.created),
        arrived_at=parts.clock(),
        outcome=outcome,
        findings=delivery.findings,
        media={reference: entry["blake3"] for reference, entry in delivery.media.items()},
        release_id=fold.release_id_of(message),
    )
