"""What time does to deliveries: street dates come, old files go."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery, Event, InboxFile, Release
from ingest.availability import availability
from ingest.doors.common.cleanup import cleanup
from ingest.phase_11_tidy import finish_batch

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from ingest.parts import Parts


def open_scheduled(parts: Parts) -> int:
    """Deliveries whose first deal has begun become live; returns how many."""
    now = parts.clock()
    opened = 0
    with parts.database.write() as session:
        query = (
            select(Delivery, Release)
            .join(Release, Release.id == Delivery.release_id)
            .where(Delivery.state == DeliveryState.SCHEDULED)
        )
        for delivery, release in session.execute(query):
            if availability(release, parts.wanted, parts.territory, now) is DeliveryState.LIVE:
                move(delivery, DeliveryState.LIVE)
                delivery.waiting_for, delivery.updated_at = "", now
                session.add(Event(kind="made_available", release_id=release.id, at=now))
                opened += 1
    return opened


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
            mine = _under(delivery, f"{delivery.batch}/{delivery.release_folder}/")
            if delivery.release_folder and _older(session, mine, before):
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
