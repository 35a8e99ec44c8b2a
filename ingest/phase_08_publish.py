"""Phase 8: the message enters the log and, by the fold, the catalogue: one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog import decisions, fold, owners
from catalog.events import alone
from catalog.lifecycle import DecisionKind, DeliveryState, move
from catalog.log import routes
from catalog.models import Delivery, LoggedMessage, Release
from ddex.ern.rules.header import OTHER_BYTES
from ddex.findings import clip
from ingest import purges, rulings
from ingest.availability import availability
from ingest.decisions import was_released
from ingest.inbox import order_stamp
from ingest.kept import StoredBooks
from ingest.steps import ANSWER, NEXT, add_findings, editing, reading

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.models import Event
    from ddex.ern.model import Message
    from ingest.parts import Parts

_STANDING = (
    DeliveryState.SCHEDULED,
    DeliveryState.LIVE,
    DeliveryState.HIDDEN,
    DeliveryState.PURGED,
)
TEST_MANIFEST = "ERN-0310"
"""The manifest of the batch says IsTestFlag."""


def publish(parts: Parts, delivery_id: str) -> str:
    """Log the message and let it speak; done before, nothing happens."""
    before = reading(parts, delivery_id)
    message = parts.message(before)
    if is_test(before, message):
        return _test(parts, delivery_id, message)
    with editing(parts, delivery_id, "publish") as (session, delivery):
        if session.get(LoggedMessage, log_id(delivery)) is not None:
            return NEXT
        alone(session)
        if claimed(session, delivery, message):
            return ANSWER
        logged = log_entry(parts, delivery, message, "accept")
        logged.release_id = owners.meant(session, delivery.feed_id, message)
        session.add(logged)
        session.flush()
        books = StoredBooks(parts.store)
        event = fold.apply(session, logged, message, parts.clock(), books)
        release_id = routes(session).of(delivery.feed_id, logged.release_id or "", logged.order_key)
        if message.type == purges.PURGE and event is None:
            event, release_id = _approved(parts, session, delivery, message, release_id)
        delivery.release_id = release_id
        delivery.waiting_for = ""
        _settle(parts, session, delivery, speaks=event is not None)
    return NEXT


def is_test(delivery: Delivery, message: Message) -> bool:
    """Whether message or manifest say that it is a test: such a delivery never goes live."""
    told = any(one["code"] == TEST_MANIFEST for one in delivery.findings)
    return told or message.header.control_type == "TestMessage"


def _test(parts: Parts, delivery_id: str, message: Message) -> str:
    """Kept in the log and answered; the catalogue never hears of it."""
    with editing(parts, delivery_id, "publish") as (session, delivery):
        if session.get(LoggedMessage, log_id(delivery)) is None:
            session.add(log_entry(parts, delivery, message, "test"))
            move(delivery, DeliveryState.TESTED)
            delivery.release_id, delivery.waiting_for = None, ""
    return ANSWER


def _approved(
    parts: Parts, session: Session, delivery: Delivery, message: Message, release_id: str
) -> tuple[Event | None, str]:
    """A purge by another sender than that of the deals, which the operator let pass."""
    released = was_released(session, delivery, rulings.NOT_YOURS.code)
    target = owners.purged_by(session, delivery.feed_id, message) if released else None
    if target is None:
        return None, release_id
    by = next(one for one in decisions.of_delivery(session, delivery.id) if one.kind == "release")
    return (
        decisions.rule(
            session,
            DecisionKind.PURGE,
            target[0].id,
            by=by.decided_by,
            reason=by.reason,
            at=parts.clock(),
            books=StoredBooks(parts.store),
        ),
        target[0].id,
    )


def _settle(parts: Parts, session: Session, delivery: Delivery, *, speaks: bool) -> None:
    """What became of the release is what became of the delivery."""
    release = session.get(Release, delivery.release_id)
    if release is None:
        move(delivery, DeliveryState.PURGED)
    elif not speaks:
        move(delivery, DeliveryState.SUPERSEDED)
        return
    else:
        move(delivery, availability(session, release, parts.wanted, parts.clock()))
        if delivery.state == DeliveryState.SCHEDULED:
            delivery.waiting_for = "Street date"
    if speaks:
        _supersede(session, delivery)


def claimed(session: Session, delivery: Delivery, message: Message) -> bool:
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
        Delivery.state.in_(_STANDING),
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
    logged = LoggedMessage(
        id=log_id(delivery),
        delivery_id=delivery.id,
        feed_id=delivery.feed_id,
        digest=delivery.digest or "",
        owner=fold.owner_of(message),
        sender=message.header.sender_dpid,
        type=message.type,
        message_id=message.header.message_id[:255],
        claimed_id=message.header.message_id[:255] if outcome == "accept" else None,
        batch=delivery.batch,
        order_stamp=order_stamp(delivery.batch, delivery.received_at),
        created_at=_utc(message.header.created),
        arrived_at=parts.clock(),
        outcome=outcome,
        findings=delivery.findings,
        media={reference: entry["blake3"] for reference, entry in delivery.media.items()},
        release_id=fold.release_id_of(message),
    )
    logged.order_key = fold.order_key(logged)
    return logged
