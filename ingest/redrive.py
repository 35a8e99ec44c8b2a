"""Run a delivery again: what was refused or failed, with the files as they are now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery, InboxFile
from core.errors import Conflict, NotFound
from ingest import pipeline

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.work import WorkStatus

AGAIN = frozenset({DeliveryState.HELD, DeliveryState.REFUSED, DeliveryState.FAILED})
UNDER_WAY = frozenset({DeliveryState.CHECKING, DeliveryState.TRANSCODING})
FALLEN = frozenset({"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
OFTEN = 5
"""Attempts after which a delivery whose work fell down waits for the operator."""
QUIET = timedelta(minutes=5)
"""Without a word from a delivery, before anybody asks whether its work fell down."""


class Stands(Protocol):
    """How a piece of work stands: `core.work.Work`."""

    def status(self, key: str) -> WorkStatus | None: ...


def pick_up(database: Database, clock: Clock, work: Stands) -> int:
    """Run deliveries again whose work ended without being able to say so, as when the database was
    away for longer than a step is tried; returns how many were looked after."""
    query = select(Delivery).where(
        Delivery.state.in_(UNDER_WAY), Delivery.updated_at < clock() - QUIET
    )
    with database.read() as session:
        quiet = session.scalars(query).all()
    fallen = [row.id for row in quiet if _fallen(work.status(pipeline.key_of(row)))]
    for delivery_id in fallen:
        with database.write() as session:
            delivery = session.get_one(Delivery, delivery_id)
            move(delivery, DeliveryState.FAILED)
            delivery.fault = "its work ended without a word; the log says why"
            if delivery.attempt < OFTEN:
                again(session, clock, delivery_id)
    return len(fallen)


def _fallen(status: WorkStatus | None) -> bool:
    return status is not None and status.state in FALLEN


def again(session: Session, clock: Clock, delivery_id: str) -> Delivery:
    """Put a settled delivery back to `received`, under a new attempt.

    Raises:
        NotFound: no such delivery.
        Conflict: its state does not allow it.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound(f"no delivery {delivery_id}", remedy="list them: segue deliveries list")
    if delivery.state not in AGAIN:
        raise Conflict(
            f"delivery {delivery_id} is {delivery.state}, so there is nothing to run again",
            remedy=f"only {', '.join(sorted(AGAIN))} deliveries can be run again",
        )
    move(delivery, DeliveryState.RECEIVED)
    delivery.attempt += 1
    delivery.acknowledgement = None
    delivery.waiting_for = "Segue: a free worker"
    delivery.updated_at = clock()
    root = f"{delivery.batch}/{delivery.release_folder}/"
    files = session.scalars(
        select(InboxFile)
        .where(
            InboxFile.feed_id == delivery.feed_id, InboxFile.path.startswith(root, autoescape=True)
        )
        .order_by(InboxFile.path)
    ).all()
    delivery.files = [
        {"path": f.path.removeprefix(root), "size": f.size, "blake3": f.blake3} for f in files
    ]
    delivery.bytes = sum(f.size for f in files)
    delivery.xml_path = _message(delivery)
    return delivery


def _message(delivery: Delivery) -> str | None:
    found = [f["path"] for f in delivery.files if "/" not in f["path"]]
    found = [path for path in found if path.lower().endswith(".xml")]
    named = f"{delivery.release_folder}.xml"
    return named if named in found else (found[0] if len(found) == 1 else None)
