"""Phase 10: the sender is told, in an ERN-C message, through the door the delivery came in by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.lifecycle import SETTLED, DeliveryState
from catalog.models import LoggedMessage
from core.errors import Conflict
from ingest import acknowledgements
from ingest.kept import message_of
from ingest.phase_06_store import keep_message
from ingest.phase_08_publish import log_entry, log_id
from ingest.steps import NEXT, editing, reading

if TYPE_CHECKING:
    from catalog.models import Answer, Delivery
    from ddex.ern.model import Message
    from ingest.parts import Parts

_LOGGED = {DeliveryState.REFUSED: "reject", DeliveryState.HELD: "hold"}


def acknowledge(parts: Parts, delivery_id: str) -> str:
    """Log what was not published, then write the acknowledgement."""
    delivery = reading(parts, delivery_id)
    if DeliveryState(delivery.state) not in SETTLED:
        raise Conflict(f"delivery {delivery_id} is {delivery.state}, so there is nothing to tell")
    message = message_of(parts, delivery)
    if DeliveryState(delivery.state) in _LOGGED:
        _log(parts, delivery, message)
    with editing(parts, delivery_id, "acknowledge") as (session, row):
        answer = acknowledgements.first(session, parts, row, message)
    if not _told(parts, answer):
        acknowledgements.write(parts, answer.id)
    return NEXT


def _told(parts: Parts, answer: Answer) -> bool:
    """Whether this was done before by another run."""
    there = answer.path and (parts.data.inbox / answer.feed_id / answer.path).exists()
    return answer.written_at is not None and bool(there)


def _log(parts: Parts, delivery: Delivery, message: Message | None) -> None:
    """Refused and held messages are kept and logged too, as far as they can be read."""
    keep_message(parts, delivery.id)
    if message is None or delivery.digest is None:
        return
    with editing(parts, delivery.id, "acknowledge") as (session, row):
        if session.get(LoggedMessage, log_id(row)) is None:
            session.add(log_entry(parts, row, message, _LOGGED[DeliveryState(row.state)]))
