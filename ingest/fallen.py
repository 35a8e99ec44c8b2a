"""Work that fell down without being able to say so, or by what may pass, is picked up again."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery
from core.errors import Conflict
from ingest import pipeline, redrive

if TYPE_CHECKING:
    from core.clock import Clock
    from core.database import Database
    from core.work import WorkStatus

UNDER_WAY = frozenset({DeliveryState.CHECKING, DeliveryState.TRANSCODING})
FALLEN = frozenset({"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
OFTEN = 5
"""Attempts after which a delivery whose work fell down waits for the operator."""
QUIET = timedelta(minutes=5)
"""Without a word from a delivery, before anybody asks whether its work fell down."""
LATER = timedelta(minutes=10)
"""After the first failure by what may pass, until the next try; doubled after each further one."""


class Stands(Protocol):
    """How a piece of work stands: `core.work.Work`."""

    def status(self, key: str) -> WorkStatus | None: ...


def pick_up(database: Database, clock: Clock, work: Stands) -> int:
    """Run deliveries again whose work ended without being able to say so, as when the database was
    away for longer than a step is tried, and those that failed by what may pass; returns how many
    were looked after."""
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
                with suppress(Conflict):  # its files have gone: the operator sees it as failed
                    redrive.again(session, clock, delivery_id)
    return len(fallen) + _try_later(database, clock)


def _try_later(database: Database, clock: Clock) -> int:
    """Run deliveries again that failed by what may pass; the last try leaves it to the operator."""
    now, begun = clock(), 0
    query = select(Delivery).where(
        Delivery.state == DeliveryState.FAILED, Delivery.waiting_for == pipeline.LATER
    )
    with database.write() as session:
        for delivery in session.scalars(query).all():
            if delivery.attempt >= OFTEN:
                delivery.waiting_for = pipeline.OPERATOR
            elif now >= delivery.updated_at + LATER * 2 ** (delivery.attempt - 1):
                try:
                    redrive.again(session, clock, delivery.id)
                    begun += 1
                except Conflict:  # its files have gone
                    delivery.waiting_for = pipeline.OPERATOR
    return begun


def _fallen(status: WorkStatus | None) -> bool:
    return status is not None and status.state in FALLEN
