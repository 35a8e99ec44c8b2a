"""What people and machines are told beside acknowledgements: webhook posts and mails, and what goes
back to a sender's web service, as rows.

A row is written in the transaction of what it tells of, and stays until its receiver has it;
`ingest.messengers` sends. The operators' webhook hears everything, a feed's own webhook and mail
addresses hear what their terms name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from catalog.lifecycle import EventKind
from catalog.models import Feed, Telling, WatchedObject
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.models import Answer, Delivery, Event, Release

Shape = dict[str, Any]

WEBHOOK = "webhook"
MAIL = "mail"
ATOM = "atom"
"""The channel back to a sender's web service, named as the protocol its deliveries come by."""
STATUS, DELETE = "atom.status", "atom.delete"
DELETE_SUFFIX = "_delete"
"""What the id of a deletion has beyond that of the status that goes before it."""
_UNHEARD = timedelta(days=7)
"""By then a status is posted, which makes its deletion due at once, or given up."""
NOTICE = {
    EventKind.ANNOUNCED: "staged",
    EventKind.MADE_AVAILABLE: "live",
    EventKind.CHANGED: "changed",
    EventKind.TAKEN_DOWN: "taken_down",
    EventKind.PURGED: "purged",
}
"""How a feed's terms name the events of a release."""
TYPES = (
    *(f"delivery.{name}" for name in ("accepted", "held", "refused", "failed")),
    *("delivery.attention", "delivery.overdue"),
    *(f"release.{kind.value}" for kind in EventKind),
)
"""Types of everything that is told."""


def of_event(
    session: Session,
    event: Event,
    release: Release | None,
    delivery: Delivery | None,
    *,
    feeds: Sequence[Feed],
    operators: bool,
) -> None:
    """A release changed. `delivery` is the last that spoke for it, where one is known."""
    kind = EventKind(event.kind)
    body = _body(f"release.{kind.value}", event.at, _of_release(event, release, delivery))
    about = delivery.id if delivery else None
    if operators:
        _add(session, f"evt_{event.id}", WEBHOOK, body, event.at, delivery_id=about)
    for feed in feeds:
        if _wants(feed, WEBHOOK, NOTICE[kind]):
            number = f"evt_{event.id}_{feed.id}"
            _add(session, number, WEBHOOK, body, event.at, feed=feed, delivery_id=about)


def of_answer(
    session: Session,
    answer: Answer,
    delivery: Delivery,
    feed: Feed,
    *,
    event: Event | None,
    operators: bool,
) -> None:
    """A delivery ended, or (with `event`) what it brought changed: the latter goes by mail only,
    since webhooks hear of the event itself."""
    notice, kind = answer.outcome, f"delivery.{answer.outcome}"
    if event is not None:
        notice, kind = NOTICE[EventKind(event.kind)], f"release.{event.kind}"
    body = _body(kind, answer.at, _of_delivery(answer, delivery, feed))
    about = delivery.id
    number = f"ans_{answer.id}"
    if event is None and operators:
        _add(session, number, WEBHOOK, body, answer.at, delivery_id=about)
    if event is None and _wants(feed, WEBHOOK, notice):
        _add(session, f"{number}_{feed.id}", WEBHOOK, body, answer.at, feed=feed, delivery_id=about)
    if _wants(feed, MAIL, notice):
        _add(session, f"{number}_mail", MAIL, body, answer.at, feed=feed, delivery_id=about)
    if delivery.protocol == ATOM:
        _to_web_service(session, answer, delivery, feed)


def _to_web_service(session: Session, answer: Answer, delivery: Delivery, feed: Feed) -> None:
    """The acknowledgement is posted to the service that the message came from; then, when it was
    accepted, the message is taken off its list."""
    agreed, number = FeedTerms.of(feed).watch, f"ans_{answer.id}_{ATOM}"
    due = answer.at
    if agreed.status_url and answer.path:
        body = _body(STATUS, answer.at, _of_delivery(answer, delivery, feed))
        _add(session, number, ATOM, body, answer.at, feed=feed, delivery_id=delivery.id)
        due += _UNHEARD
    if not agreed.delete_taken or answer.event_id or answer.outcome != "accepted":
        return
    entries = select(WatchedObject.delete_url).where(
        WatchedObject.feed_id == feed.id, WatchedObject.top == delivery.batch
    )
    url = session.scalar(entries.order_by(WatchedObject.path.desc()).limit(1))
    if url:
        data = {"delivery_id": delivery.id, "feed": feed.id, "batch": delivery.batch, "url": url}
        body = _body(DELETE, answer.at, data)
        number += DELETE_SUFFIX
        _add(session, number, ATOM, body, due, feed=feed, delivery_id=delivery.id)


def alert(
    session: Session,
    feed: Feed,
    notice: str,
    about: Shape,
    at: datetime,
    *,
    key: str,
    operators: bool = True,
) -> None:
    """Tell of something that is no answer: `attention` (an incomplete batch) or `overdue` (the
    clock of a delivery ran out). `about` is told as it is and should hold `batch`, `message` and,
    if there is one, `delivery_id`; `key` makes it once only. `operators`: they have an address."""
    body = _body(f"delivery.{notice}", at, {"feed": feed.id, "feed_name": feed.name, **about})
    given = about.get("delivery_id")
    if operators:
        _add(session, f"{notice}_{key}", WEBHOOK, body, at, delivery_id=given)
    for channel in (WEBHOOK, MAIL):
        if _wants(feed, channel, notice):
            number = f"{notice}_{key}_{feed.id if channel == WEBHOOK else 'mail'}"
            _add(session, number, channel, body, at, feed=feed, delivery_id=given)


def _wants(feed: Feed, channel: str, notice: str) -> bool:
    notify = FeedTerms.of(feed).notify
    address = notify.webhook if channel == WEBHOOK else notify.mail
    return bool(address) and (not notify.events or notice in notify.events)


def _add(
    session: Session,
    number: str,
    channel: str,
    body: Shape,
    at: datetime,
    *,
    feed: Feed | None = None,
    delivery_id: str | None = None,
) -> None:
    if session.get(Telling, number) is None:
        session.add(
            Telling(
                id=number,
                channel=channel,
                feed_id=feed.id if feed else None,
                delivery_id=delivery_id,
                type=body["type"],
                body=body,
                made_at=at,
                due_at=at,
                outcome="due",
                tries=0,
            )
        )


def _body(kind: str, at: datetime, data: Shape) -> Shape:
    """`{type, timestamp, data}`, as Standard Webhooks ask for."""
    return {"type": kind, "timestamp": at.isoformat(), "data": data}


def _of_release(event: Event, release: Release | None, delivery: Delivery | None) -> Shape:
    """A purged release has no row; its last delivery still says what it was."""
    known = release or delivery
    data: Shape = {
        "event": event.id,
        "release_id": event.release_id,
        "kind": event.kind,
        "why": event.why,
    }
    if known is not None:
        data |= {
            "title": known.title,
            "artist": known.artist,
            "icpn": known.icpn,
            "feed": known.feed_id,
        }
    if release is not None:
        data["state"] = release.state
    if delivery is not None:
        data["delivery_id"] = delivery.id
    return data


def _of_delivery(answer: Answer, delivery: Delivery, feed: Feed) -> Shape:
    return {
        "delivery_id": delivery.id,
        "feed": feed.id,
        "feed_name": feed.name,
        "batch": delivery.batch,
        "release_folder": delivery.release_folder,
        "outcome": answer.outcome,
        "state": delivery.state,
        "release_status": answer.status,
        "why": answer.why,
        "message_id": delivery.message_id,
        "release_id": delivery.release_id,
        "title": delivery.title,
        "artist": delivery.artist,
        "icpn": delivery.icpn,
        "acknowledgement": answer.path,
        "findings": delivery.findings[:_MOST] if not answer.event_id else [],
        "more_findings": max(len(delivery.findings) - _MOST, 0) if not answer.event_id else 0,
    }


_MOST = 50
"""Findings in one message; the status resource has all."""


def forget(session: Session, before: datetime) -> int:
    """Drop what was sent, or given up, before this instant; how many went."""
    old = delete(Telling).where(Telling.outcome != "due", Telling.due_at < before)
    return session.execute(old).rowcount  # type: ignore[attr-defined,no-any-return]
