"""Follow-ups: whoever sent a release hears what becomes of it later.

`FollowUps.round` reads the outbox of the catalogue and the answers from where it stopped: each
event of a release is told to the webhooks, and becomes one more answer about the delivery that
speaks for the release, if what it was told last is not true any more. Cursor, answers and tellings
move in one transaction; files are written from their rows afterwards, so a process that dies in
between writes them at its next start, and none twice under two names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from catalog.lifecycle import DeliveryState, EventKind
from catalog.models import Answer, Cursor, Delivery, Event, Feed, Release
from catalog.queries.audience import judge_of
from core.errors import DiskFull
from ddex.identifiers import compact
from ingest import acknowledgements, tellings
from ingest.acknowledgements import (
    ACCEPTED_OUTCOME,
    AVAILABLE,
    NOT_AVAILABLE,
    SPEAKS,
    STAGED,
    STATUS,
)
from ingest.availability import availability
from ingest.kept import message_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from ingest.parts import Parts

EVENTS = "webhooks"
"""The cursor over events; it is older than follow-ups."""
ANSWERS = "answers"
BATCH = 200
_EARLIER = {
    EventKind.TAKEN_DOWN: NOT_AVAILABLE,
    EventKind.PURGED: NOT_AVAILABLE,
    EventKind.ANNOUNCED: STAGED,
}
_log = structlog.get_logger("segue.follow_ups")


class FollowUps:
    """`operators` says whether the operators' own webhook is to be told too."""

    def __init__(self, parts: Parts, *, operators: bool) -> None:
        self._parts = parts
        self._operators = operators

    def round(self) -> int:
        """Hear what is new and write what is unwritten; returns how much was done."""
        with self._parts.database.write() as session:
            heard = self._events(session) + self._answers(session)
        return heard + self._write()

    def _events(self, session: Session) -> int:
        cursor = _cursor(session, EVENTS)
        query = select(Event).where(Event.id > cursor.position).order_by(Event.id).limit(BATCH)
        events = session.scalars(query).all()
        for event in events:
            self._hear(session, event)
            cursor.position = event.id
        return len(events)

    def _hear(self, session: Session, event: Event) -> None:
        release = session.get(Release, event.release_id)
        heads = session.scalars(
            select(Answer)
            .where(Answer.release_id == event.release_id, Answer.open)
            .order_by(Answer.id)
        ).all()
        self._tell(session, event, release, heads)
        for head in heads:
            if head.heard < event.id:
                self._follow(session, event, release, head)

    def _tell(
        self, session: Session, event: Event, release: Release | None, heads: Sequence[Answer]
    ) -> None:
        """The webhooks: the operators', and that of the feed that speaks for the release."""
        speaking = select(Delivery).where(
            Delivery.release_id == event.release_id, Delivery.state.in_(SPEAKS)
        )
        delivery = session.scalars(speaking.order_by(Delivery.receipt.desc()).limit(1)).first()
        names = {release.feed_id} if release else {head.feed_id for head in heads}
        feeds = session.scalars(select(Feed).where(Feed.id.in_(names))).all()
        tellings.of_event(session, event, release, delivery, feeds=feeds, operators=self._operators)

    def _follow(
        self, session: Session, event: Event, release: Release | None, head: Answer
    ) -> None:
        """One more answer where the status is another; a delivery that a newer message has
        replaced is told this once, and then no more, and a feed nothing of what is another's
        (that which it purged by leave of the operator, say, and which returned)."""
        if release is not None and not self._theirs(session, release, head):
            head.heard, head.open = event.id, False
            return
        delivery = session.get_one(Delivery, head.delivery_id)
        stays = delivery.state != DeliveryState.SUPERSEDED
        status = self._status(session, event, release)
        if status in {"", head.status}:
            head.heard, head.open = event.id, stays
            return
        made = acknowledgements.reserve(
            session,
            self._parts,
            delivery,
            message_of(self._parts, delivery),
            outcome=ACCEPTED_OUTCOME,
            status=status,
            event=event,
        )
        head.open, made.open = False, stays

    @staticmethod
    def _theirs(session: Session, release: Release, head: Answer) -> bool:
        feed = session.get_one(Feed, head.feed_id)
        return release.feed_id == feed.id or release.sender in map(compact, feed.dpids)

    def _status(self, session: Session, event: Event, release: Release | None) -> str:
        """What the event made of the release; empty when it can't be told from it alone.

        The release's row shows what the newest event of it left; what an earlier one did follows
        from its kind.
        """
        later = select(Event.id).where(Event.release_id == event.release_id, Event.id > event.id)
        kind = EventKind(event.kind)
        if session.scalar(later.limit(1)) is not None:
            if kind is EventKind.MADE_AVAILABLE and release is not None:
                return self._was_open(session, event, release)
            return _EARLIER.get(kind, "")
        if release is None:
            return NOT_AVAILABLE
        return STATUS[availability(session, release, self._parts.wanted, event.at)]

    def _was_open(self, session: Session, event: Event, release: Release) -> str:
        feed = session.get(Feed, release.feed_id)
        rights = judge_of(release, feed.policy if feed else None).rights
        return AVAILABLE if rights.anywhere(event.at, tuple(self._parts.wanted)).allowed else ""

    def _answers(self, session: Session) -> int:
        """New answers become posts and mails."""
        cursor = _cursor(session, ANSWERS)
        query = (
            select(Answer, Delivery, Feed, Event)
            .join(Delivery, Delivery.id == Answer.delivery_id)
            .join(Feed, Feed.id == Answer.feed_id)
            .outerjoin(Event, Event.id == Answer.event_id)
            .where(Answer.id > cursor.position)
            .order_by(Answer.id)
            .limit(BATCH)
        )
        rows = session.execute(query).all()
        for answer, delivery, feed, event in rows:
            tellings.of_answer(
                session, answer, delivery, feed, event=event, operators=self._operators
            )
            cursor.position = answer.id
        return len(rows)

    def _write(self) -> int:
        """Files that are reserved and not written, or to be written again; one that fails is tried
        again."""
        query = select(Answer.id).where(Answer.path.is_not(None), Answer.written_at.is_(None))
        with self._parts.database.read() as session:
            waiting = session.scalars(query.order_by(Answer.id).limit(BATCH)).all()
        for answer_id in waiting:
            try:
                acknowledgements.write(self._parts, answer_id)
            except (OSError, DiskFull, ValueError) as fault:
                _log.warning("answer_not_written", answer=answer_id, fault=str(fault))
        return len(waiting)


def _cursor(session: Session, name: str) -> Cursor:
    found = session.get(Cursor, name)
    if found is None:
        found = Cursor(name=name, position=0)
        session.add(found)
    return found
