"""Phase 10: the sender is told, in an ERN-C message, through the door the delivery came in by.

The file's name, and with it the message's id and instant, is reserved in the database before the
file is written: whoever dies in between writes the very same file again.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.lifecycle import SETTLED, DeliveryState
from catalog.models import Delivery, Feed, LoggedMessage
from core.errors import Conflict
from ddex.choreography import acknowledgement, names, verdict
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ingest import faults, inbox
from ingest.acknowledgements import release_ids
from ingest.kept import message_of
from ingest.phase_06_store import keep_message
from ingest.phase_08_publish import log_entry, log_id
from ingest.steps import NEXT, editing, findings_of, reading

if TYPE_CHECKING:
    from pathlib import Path

    from ddex.ern.model import Message
    from ddex.findings import Finding
    from ingest.parts import Parts

_STATUS = {
    DeliveryState.LIVE: "ReleaseMadeAvailableToConsumers",
    DeliveryState.SCHEDULED: "ReleaseStagedForPublication",
    DeliveryState.HIDDEN: "ReleaseNotAvailable",
    DeliveryState.PURGED: "ReleaseNotAvailable",
    DeliveryState.FAILED: "ProcessingErrorAtReleaseDistributor",
}
_LOGGED = {DeliveryState.REFUSED: "reject", DeliveryState.HELD: "hold"}


def acknowledge(parts: Parts, delivery_id: str) -> str:
    """Log what was not published, then write the acknowledgement."""
    delivery = reading(parts, delivery_id)
    if DeliveryState(delivery.state) not in SETTLED:
        raise Conflict(f"delivery {delivery_id} is {delivery.state}, so there is nothing to tell")
    if _told(parts, delivery):
        return NEXT
    message = message_of(parts, delivery)
    if DeliveryState(delivery.state) in _LOGGED:
        _log(parts, delivery, message)
    path = _reserve(parts, delivery_id, message)
    _write(parts, reading(parts, delivery_id), message, path)
    return NEXT


def _told(parts: Parts, delivery: Delivery) -> bool:
    """Whether this was done before by another run, which has tidied the message away since."""
    if delivery.acknowledgement is None or parts.workspace(delivery.id).exists():
        return False
    return (parts.data.inbox / delivery.feed_id / delivery.acknowledgement).exists()


def _log(parts: Parts, delivery: Delivery, message: Message | None) -> None:
    """Refused and held messages are kept and logged too, as far as they can be read."""
    keep_message(parts, delivery.id)
    if message is None or delivery.digest is None:
        return
    with editing(parts, delivery.id, "acknowledge") as (session, row):
        if session.get(LoggedMessage, log_id(row)) is None:
            session.add(log_entry(parts, row, message, _LOGGED[DeliveryState(row.state)]))


def _reserve(parts: Parts, delivery_id: str, message: Message | None) -> str:
    """The path of the acknowledgement, one that no other delivery of the feed has."""
    with editing(parts, delivery_id, "acknowledge") as (session, delivery):
        instant = parts.clock()
        while delivery.acknowledgement is None:
            name = names.ack_name(
                message.header.message_id if message else delivery.message_id or "",
                delivery.release_folder or delivery.batch,
                names.stamp(instant),
            )
            path = f"{names.ACKNOWLEDGEMENTS}/{name}"
            taken = select(Delivery.id).where(
                Delivery.feed_id == delivery.feed_id, Delivery.acknowledgement == path
            )
            there = (parts.data.inbox / delivery.feed_id / path).exists()  # of an earlier attempt
            if session.scalar(taken) is None and not there:
                delivery.acknowledgement = path
            instant += timedelta(milliseconds=1)
        return delivery.acknowledgement


def _write(parts: Parts, delivery: Delivery, message: Message | None, path: str) -> None:
    with parts.database.read() as session:
        feed = session.get_one(Feed, delivery.feed_id)
    answer = _answer(parts, delivery, message, feed, path)
    data = acknowledgement.write(answer, feed.acknowledgement_version)
    _place(parts.data.inbox / delivery.feed_id / path, data)


def _answer(
    parts: Parts, delivery: Delivery, message: Message | None, feed: Feed, path: str
) -> acknowledgement.Acknowledgement:
    reserved = names.ack(path.rpartition("/")[2])
    created = names.instant(reserved.stamp) if reserved else None
    judged = verdict.judge(_findings(delivery), _STATUS.get(DeliveryState(delivery.state), ""))
    batch = names.folder(delivery.batch)
    return acknowledgement.Acknowledgement(
        message_id=path.rpartition("/")[2].removesuffix(".xml"),
        sender=MessagingParty(dpid=parts.party_dpid, name=parts.party_name),
        recipient=MessagingParty(dpid=feed.dpid, name=feed.name),
        created=created or parts.clock(),
        release=release_ids(message) or _folder_id(parts, delivery),
        release_status=judged.release_status,
        statuses=judged.statuses,
        acknowledged_message_id=message.header.message_id if message else delivery.message_id or "",
        batch_id=batch.batch_id if isinstance(batch, names.BatchFolder) else "",
        error_text=judged.error_text,
        proposed_action=judged.proposed_action,
        manual_check=judged.manual_check,
        isrcs=judged.isrcs,
        control_type=message.header.control_type if message else "",
    )


def _findings(delivery: Delivery) -> tuple[Finding, ...]:
    """A repeat is acknowledged as what it repeats; our own failure is said as such."""
    findings = findings_of(delivery)
    if delivery.state != DeliveryState.FAILED:
        return tuple(findings)
    ours = faults.OURS.at(
        None, "Segue could not process this delivery.", file=delivery.xml_path or ""
    )
    return (ours, *findings)


def _folder_id(parts: Parts, delivery: Delivery) -> ReleaseIds:
    name = names.reduced(delivery.release_folder) or inbox.order_stamp(delivery.batch)
    return ReleaseIds(proprietary=((parts.party_dpid, name),))


def _place(path: Path, data: bytes) -> None:
    """The sender sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
