"""Phase 8: the message enters the log and, by the fold, the catalogue: one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import fold
from catalog.lifecycle import DeliveryState, move
from catalog.models import LoggedMessage, Release
from ingest.availability import availability
from ingest.inbox import order_stamp
from ingest.steps import NEXT, editing, reading

if TYPE_CHECKING:
    from catalog.models import Delivery
    from ddex.ern.model import Message
    from ingest.parts import Parts


def publish(parts: Parts, delivery_id: str) -> str:
    """Log the message and let it speak; done before, nothing happens."""
    message = parts.message(reading(parts, delivery_id))
    with editing(parts, delivery_id, "publish") as (session, delivery):
        if session.get(LoggedMessage, log_id(delivery)) is not None:
            return NEXT
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
    return NEXT


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
        created_at=message.header.created,
        arrived_at=parts.clock(),
        outcome=outcome,
        findings=delivery.findings,
        media={reference: entry["blake3"] for reference, entry in delivery.media.items()},
        release_id=fold.release_id_of(message),
    )
