"""The outbox: what became of a release, told in the transaction that made it so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, text

from catalog.lifecycle import ReleaseState, happened
from catalog.log import policies
from catalog.models import Event, Release
from catalog.rights_policy import DEFAULT
from catalog.standing import standing_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.lifecycle import EventKind

_ONE_WRITER = 0x5E60F
"""Any number that nobody else locks in this database."""


def alone(session: Session) -> None:
    """Let one transaction at a time write the catalogue, as SQLite does by itself: what a fold
    reads stays true until it has written, and ids of events become visible in their order."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_WRITER})


def tell(session: Session, kind: EventKind, release_id: str, at: datetime, why: str = "") -> Event:
    """Write an event; call `alone` first."""
    event = Event(kind=kind.value, release_id=release_id, at=at, why=why)
    session.add(event)
    session.flush()
    return event


def by_the_clock(session: Session, now: datetime, limit: int = 500) -> list[Event]:
    """Events of releases one of whose deals has started or ended since somebody last looked."""
    alone(session)
    query = select(Release).where(Release.next_change <= now).order_by(Release.next_change)
    told, agreed = [], policies(session)
    for release in session.scalars(query.limit(limit)):
        before = ReleaseState(release.state)
        after, change = standing_of(
            release.rights, release.locked, agreed.get(release.feed_id, DEFAULT), now
        )
        release.state, release.next_change = after.value, change
        if (before, after) != (ReleaseState.TAKEN_DOWN, ReleaseState.TAKEN_DOWN):
            told.append(tell(session, happened(before, after), release.id, now, "the clock"))
    session.flush()
    return told
