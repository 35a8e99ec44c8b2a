"""Deliveries and feeds as operators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from catalog import decisions
from catalog.lifecycle import DeliveryState
from catalog.models import Delivery, DeliveryReport, Feed, InboxFile
from catalog.queries import answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

Shape = dict[str, Any]
_SHOWN = 1_000
"""Files of an incomplete delivery that are listed."""
_FOUND_BY = (
    Delivery.title, Delivery.artist, Delivery.icpn, Delivery.batch, Delivery.message_id,
    Delivery.release_folder, Delivery.id,
)  # fmt: skip


def delivery_json(delivery: Delivery, feed_name: str) -> Shape:
    """A delivery; `feed` is the feed's id, `files` their number, `file_list` `[{path, size,
    blake3}]`, times in UTC; tests never go live and are in no figures."""
    return {
        "id": delivery.id,
        "feed": delivery.feed_id,
        "feed_name": feed_name,
        "batch": delivery.batch,
        "release_folder": delivery.release_folder,
        "state": delivery.state,
        "protocol": delivery.protocol,
        "files": delivery.media["files"] if _waits(delivery) else len(delivery.files),
        "file_list": delivery.files,
        "bytes": delivery.bytes,
        "schema": delivery.schema or "absent",
        "skipped": delivery.skipped,
        "policy": delivery.policy,
        "findings": delivery.findings,
        "acknowledgement": delivery.acknowledgement,
        "message_id": delivery.message_id,
        "release_id": delivery.release_id,
        "title": delivery.title,
        "artist": delivery.artist,
        "icpn": delivery.icpn,
        "artwork": f"/art/{delivery.artwork}" if delivery.artwork else None,
        "received_at": delivery.received_at.isoformat(),
        "updated_at": delivery.updated_at.isoformat(),
        "waiting_for": delivery.waiting_for,
        "attention_at": delivery.attention_at.isoformat() if delivery.attention_at else None,
        "fault": delivery.fault,
        "is_test": delivery.is_test,
    }


def _waits(delivery: Delivery) -> bool:
    return delivery.state == DeliveryState.INCOMPLETE


def _here(session: Session, delivery: Delivery) -> list[Shape]:
    """The files of an incomplete delivery so far, newest first."""
    query = select(InboxFile).where(
        InboxFile.feed_id == delivery.feed_id, InboxFile.top == delivery.batch
    )
    rows = session.scalars(query.order_by(InboxFile.receipt.desc()).limit(_SHOWN))
    return [{"path": row.path, "size": row.size, "blake3": row.blake3} for row in rows]


def list_deliveries(
    session: Session,
    *,
    offset: int,
    limit: int,
    state: str = "",
    states: Sequence[str] = (),
    feed_id: str = "",
    text: str = "",
) -> tuple[int, list[Shape]]:
    """How many there are (in these states, of this feed, with this text in title, artist, code,
    batch or message id, if named), and a page of them, newest first."""
    wanted = [state] if state else list(states)
    query = select(Delivery, Feed.name).join(Feed, Feed.id == Delivery.feed_id)
    count = select(func.count()).select_from(Delivery)
    where = [
        *([Delivery.state.in_(wanted)] if wanted else []),
        *([Delivery.feed_id == feed_id] if feed_id else []),
        *([or_(*(one.icontains(text, autoescape=True) for one in _FOUND_BY))] if text else []),
    ]
    query, count = query.where(*where), count.where(*where)
    query = query.order_by(Delivery.received_at.desc(), Delivery.id).offset(offset).limit(limit)
    rows = session.execute(query).all()
    return session.scalar(count) or 0, [delivery_json(row, name) for row, name in rows]


def count_states(session: Session, feed_id: str = "") -> dict[str, int]:
    """How many deliveries (of this feed, if named) are in each state."""
    query = select(Delivery.state, func.count()).group_by(Delivery.state)
    if feed_id:
        query = query.where(Delivery.feed_id == feed_id)
    return {state: count for state, count in session.execute(query)}  # noqa: C416 - rows


def count_in(session: Session, states: Sequence[str]) -> int:
    """How many deliveries are in these states."""
    query = select(func.count()).select_from(Delivery).where(Delivery.state.in_(states))
    return session.scalar(query) or 0


def find_delivery(session: Session, delivery_id: str) -> Shape | None:
    """One delivery, with `decisions`: what operators decided about it, oldest first; and `report`,
    what a message that changes no release shows (else None); `availability` of its release now;
    `answers` and `tellings`, what was told about it."""
    query = select(Delivery, Feed.name).join(Feed, Feed.id == Delivery.feed_id)
    found = session.execute(query.where(Delivery.id == delivery_id)).one_or_none()
    if found is None:
        return None
    decided = [decisions.to_json(one) for one in decisions.of_delivery(session, delivery_id)]
    kept = session.get(DeliveryReport, delivery_id)
    report = kept.report if kept else None
    here = {"file_list": _here(session, found[0])} if _waits(found[0]) else {}
    return {
        **delivery_json(found[0], found[1]),
        **here,
        "decisions": decided,
        "report": report,
        "availability": answers.availability_of(session, found[0]),
        "answers": answers.answers_of(session, delivery_id),
        "tellings": answers.tellings_of(session, delivery_id),
    }


def of_batch(session: Session, feed_id: str, batch: str) -> str | None:
    """The id of the newest delivery that a feed's batch made, None when it made none."""
    query = select(Delivery.id).where(Delivery.feed_id == feed_id, Delivery.batch == batch)
    return session.scalar(query.order_by(Delivery.receipt.desc()).limit(1))


def message_digest(session: Session, delivery_id: str) -> str | None:
    """BLAKE3 of the delivery's XML as it came, None when it is not known."""
    return session.scalar(select(Delivery.digest).where(Delivery.id == delivery_id))


def list_feeds(session: Session) -> list[Shape]:
    """All feeds, without anything secret."""
    alive = select(Feed).where(Feed.deleted_at.is_(None)).order_by(Feed.created_at, Feed.id)
    return [
        {
            "id": feed.id,
            "name": feed.name,
            "dpid": feed.dpid,
            "protocol": feed.protocol,
            "username": feed.username,
            "policy": feed.policy,
            "disabled": feed.disabled,
            "created_at": feed.created_at.isoformat(),
        }
        for feed in session.scalars(alive)
    ]
