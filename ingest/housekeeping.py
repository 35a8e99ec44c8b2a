"""What time does to deliveries: street dates come, old files go."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from catalog.events import by_the_clock
from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery, InboxFile, Release
from ingest.availability import availability
from ingest.doors.common.cleanup import cleanup
from ingest.phase_11_tidy import finish_batch
from ingest.views import root_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from ingest.parts import Parts


def turn_of_the_clock(parts: Parts) -> int:
    """Releases one of whose deals has started or ended are told of, and deliveries that wait for a
    street date or have seen the last of their deals say so; returns how many changed."""
    now = parts.clock()
    changed = 0
    with parts.database.write() as session:
        told = {event.release_id for event in by_the_clock(session, now)}
        query = (
            select(Delivery, Release)
            .join(Release, Release.id == Delivery.release_id)
            .where(_waits | (_standing & Delivery.release_id.in_(told)))
        )
        for delivery, release in session.execute(query).all():
            state = availability(session, release, parts.wanted, now)
            if state != delivery.state:
                move(delivery, state)
                scheduled = state is DeliveryState.SCHEDULED
                delivery.waiting_for = "Street date" if scheduled else ""
                delivery.updated_at = now
                changed += 1
    return changed


_waits = Delivery.state == DeliveryState.SCHEDULED
_standing = Delivery.state.in_((DeliveryState.LIVE, DeliveryState.HIDDEN))


def remove_old(parts: Parts, *, partial_hours: int, refused_days: int) -> int:
    """Unfinished uploads and the files of refused deliveries go after their time.

    Returns:
        how many files and folders went.
    """
    now = parts.clock()
    kept = timedelta(hours=partial_hours)
    gone = cleanup(parts.data.root.resolve(), now, partial_kept=kept)
    return len(gone) + _remove_refused(parts, now - timedelta(days=refused_days))


def _remove_refused(parts: Parts, before: datetime) -> int:
    """The folders of refused deliveries, unless something was sent into them since."""
    query = select(Delivery).where(
        Delivery.state == DeliveryState.REFUSED, Delivery.updated_at < before
    )
    gone = 0
    with parts.database.write() as session:
        for delivery in session.scalars(query):
            folder = parts.release_folder(delivery)
            mine = _under(delivery, f"{root_of(delivery)}/")
            if delivery.files and _older(session, mine, before):
                session.execute(delete(InboxFile).where(mine))
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
            batch = _under(delivery, f"{delivery.batch}/")
            if _older(session, batch, before):
                left = finish_batch(parts.data.inbox / delivery.feed_id / delivery.batch, delivery)
                session.execute(delete(InboxFile).where(batch, InboxFile.path.in_(left)))
                gone += len(left)
    return gone


def _under(delivery: Delivery, folder: str) -> ColumnElement[bool]:
    return (InboxFile.feed_id == delivery.feed_id) & InboxFile.path.startswith(
        folder, autoescape=True
    )


def _older(session: Session, files: ColumnElement[bool], before: datetime) -> bool:
    """Whether there are such files, and all of them came before."""
    newest = session.scalar(select(func.max(InboxFile.received_at)).where(files))
    return newest is not None and newest < before
