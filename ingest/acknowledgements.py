"""Answers to senders: what is told about a delivery, reserved in the database, then written.

Name, instant and status of an answer are decided in one transaction; its file follows from them, so
whoever dies before it is written writes the very same file again.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog.events import alone
from catalog.lifecycle import ACCEPTED, DeliveryState
from catalog.models import Answer, Delivery, Event, Feed, Release
from ddex.choreography import acknowledgement, names, rows, verdict
from ddex.choreography.parts import MessagingParty, ReleaseIds
from ingest import faults, feed_clock, inbox
from ingest.availability import availability
from ingest.kept import message_of
from ingest.steps import findings_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from ddex.choreography.rows import Choreography
    from ddex.ern.model import Message
    from ddex.findings import Finding
    from ingest.parts import Parts

AVAILABLE = "ReleaseMadeAvailableToConsumers"
STAGED = "ReleaseStagedForPublication"
NOT_AVAILABLE = "ReleaseNotAvailable"
STATUS = {
    DeliveryState.LIVE: AVAILABLE,
    DeliveryState.SCHEDULED: STAGED,
    DeliveryState.HIDDEN: NOT_AVAILABLE,
    DeliveryState.PURGED: NOT_AVAILABLE,
    DeliveryState.FAILED: "ProcessingErrorAtReleaseDistributor",
}
"""The ReleaseStatus of ERN-C 1.8 (SupplyChainStatus) of each state that has one of its own."""
SPEAKS = frozenset(
    {DeliveryState.LIVE, DeliveryState.SCHEDULED, DeliveryState.HIDDEN, DeliveryState.PURGED}
)
"""States of the delivery whose message is the newest of its release."""
ACCEPTED_OUTCOME = "accepted"
_NEWS = {
    AVAILABLE: "The release is available to consumers.",
    STAGED: "The release is not available yet; a later date is set.",
    NOT_AVAILABLE: "The release is not available to consumers.",
}


def first(session: Session, parts: Parts, delivery: Delivery, message: Message | None) -> Answer:
    """The acknowledgement of this attempt, reserved once."""
    alone(session)
    state = DeliveryState(delivery.state)
    outcome = ACCEPTED_OUTCOME if state in ACCEPTED else state.value
    query = select(Answer).where(
        Answer.delivery_id == delivery.id,
        Answer.attempt == delivery.attempt,
        Answer.outcome == outcome,
        Answer.event_id == 0,
    )
    found = session.scalars(query).first()
    if found is None:
        status = _status(session, parts, delivery)
        judged = verdict.judge(_findings(delivery), status)
        found = reserve(
            session, parts, delivery, message, outcome=outcome, status=judged.release_status
        )
        found.heard = session.scalar(select(func.max(Event.id))) or 0
        found.open = state in SPEAKS
    delivery.acknowledgement = found.path
    feed_clock.stop(delivery, found.at)
    return found


def reserve(
    session: Session,
    parts: Parts,
    delivery: Delivery,
    message: Message | None,
    *,
    outcome: str,
    status: str,
    event: Event | None = None,
) -> Answer:
    """A new answer with a name that no other of the feed has."""
    feed = session.get_one(Feed, delivery.feed_id)
    row = choreography(feed)
    path, instant = None, parts.clock()
    if feed.acknowledgements != "none" and (event is None or follows(feed, row)):
        path, instant = _free(session, parts, delivery, message, row)
    made = Answer(
        delivery_id=delivery.id,
        feed_id=feed.id,
        release_id=delivery.release_id,
        attempt=delivery.attempt,
        outcome=outcome,
        event_id=event.id if event else 0,
        heard=event.id if event else 0,
        status=status,
        why=event.why if event else "",
        path=path,
        version=feed.acknowledgements if path else "",
        at=instant,
    )
    session.add(made)
    session.flush()
    return made


def choreography(feed: Feed) -> Choreography:
    """The feed's row; the default one for a key that no version of ours knows."""
    return rows.ROWS.get(feed.choreography or "") or rows.row("")


def follows(feed: Feed, row: Choreography) -> bool:
    """Whether later states can be told in files: 1.6 has only the status of a file."""
    return row.follow_ups and feed.acknowledgements == "18"


def _status(session: Session, parts: Parts, delivery: Delivery) -> str:
    """What is true of the release now, which an operator may have decided meanwhile."""
    state = DeliveryState(delivery.state)
    release = session.get(Release, delivery.release_id) if delivery.release_id else None
    if state in SPEAKS and release is not None:
        return STATUS[availability(session, release, parts.wanted, parts.clock())]
    return STATUS.get(state, "")


def _free(
    session: Session,
    parts: Parts,
    delivery: Delivery,
    message: Message | None,
    row: Choreography,
) -> tuple[str, datetime]:
    """A path that is free, and the instant in its name."""
    instant = parts.clock()
    place = row.ack_place(delivery.batch)
    while True:
        name = names.ack_name(
            message.header.message_id if message else delivery.message_id or "",
            delivery.release_folder or delivery.batch,
            names.stamp(instant),
            stamp_first=row.stamp_first,
        )
        path = f"{place}/{name}"
        taken = select(Answer.id).where(Answer.feed_id == delivery.feed_id, Answer.path == path)
        there = (parts.data.inbox / delivery.feed_id / path).exists()  # of an earlier attempt
        if session.scalar(taken) is None and not there:
            return path, instant
        instant += timedelta(milliseconds=1)


def write(parts: Parts, answer_id: int) -> None:
    """Write the file of an answer, whole or not at all; an answer without one needs nothing."""
    with parts.database.read() as session:
        answer = session.get_one(Answer, answer_id)
        delivery = session.get_one(Delivery, answer.delivery_id)
        feed = session.get_one(Feed, answer.feed_id)
    if answer.path is None:
        return
    message = message_of(parts, delivery)
    data = acknowledgement.write(_content(parts, answer, delivery, feed, message), answer.version)
    _place(parts.data.inbox / feed.id / answer.path, data)
    with parts.database.write() as session:
        session.get_one(Answer, answer_id).written_at = parts.clock()


def _content(
    parts: Parts, answer: Answer, delivery: Delivery, feed: Feed, message: Message | None
) -> acknowledgement.Acknowledgement:
    name = (answer.path or "").rpartition("/")[2]
    reserved = names.ack(name)
    created = names.instant(reserved.stamp) if reserved else None
    judged = _judged(answer, delivery)
    batch = names.folder(delivery.batch)
    return acknowledgement.Acknowledgement(
        message_id=name.removesuffix(".xml"),
        sender=MessagingParty(dpid=parts.party_dpid, name=parts.party_name),
        recipient=MessagingParty(dpid=feed.dpid, name=feed.name),
        created=created or answer.at,
        release=release_ids(message) or _folder_id(parts, delivery),
        release_status=judged.release_status,
        statuses=judged.statuses,
        acknowledged_message_id=message.header.message_id if message else delivery.message_id or "",
        acknowledged_message_type=message.type if message else "NewReleaseMessage",
        batch_id=batch.batch_id if isinstance(batch, names.BatchFolder) else "",
        error_text=judged.error_text,
        proposed_action=judged.proposed_action,
        manual_check=judged.manual_check,
        isrcs=judged.isrcs,
        control_type=message.header.control_type if message else "",
    )


def _judged(answer: Answer, delivery: Delivery) -> verdict.Verdict:
    if not answer.event_id:
        return verdict.judge(_findings(delivery), answer.status)
    told = _NEWS.get(answer.status, "") + (f" Reason: {answer.why}" if answer.why else "")
    status = acknowledgement.Status(status=acknowledgement.FILE_OK, information=told)
    return verdict.Verdict(statuses=(status,), release_status=answer.status)


def _findings(delivery: Delivery) -> tuple[Finding, ...]:
    """A repeat is acknowledged as what it repeats; our own failure is said as such."""
    findings = findings_of(delivery)
    if delivery.state != DeliveryState.FAILED:
        return tuple(findings)
    ours = faults.OURS.at(
        None, "Segue could not process this delivery.", file=delivery.xml_path or ""
    )
    return (ours, *findings)


def release_ids(message: Message | None) -> ReleaseIds | None:
    """The identifiers of the main release, None when it has none."""
    main = message.main_release if message else None
    if main is None:
        return None
    found = ReleaseIds(
        icpn=main.identifier("ICPN"),
        grid=main.identifier("GRid"),
        proprietary=tuple(
            (i.namespace, i.value) for i in main.identifiers if i.kind == "ProprietaryId"
        ),
    )
    return found if found.all else None


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
