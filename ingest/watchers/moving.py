"""What was processed moves to `processed/` or `errors/`, where the feed wants that.

An object is moved only when a delivery that it was part of is settled, and only as long as it is
the very object that was read: the store compares when it copies, and again when it deletes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.lifecycle import ACCEPTED, DeliveryState
from catalog.models import Delivery
from ingest.watchers import rows
from ingest.watchers.rows import State
from storage.source import ObjectChanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.models import WatchedObject
    from ingest.watchers.visit import Visit

_BAD = frozenset({DeliveryState.REFUSED, DeliveryState.FAILED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the files below a path that were there at an instant; `good` is None as long
    as nobody knows."""

    folder: str
    received_at: datetime
    good: bool | None


def move(visit: Visit) -> int:
    """Move what is settled; how many objects moved."""
    if not (visit.watched.processed or visit.watched.errors):
        return 0
    with visit.database.read() as session:
        taken = rows.in_state(session, visit.watched.feed_id, State.TAKEN)
        outcomes = _outcomes(session, visit.watched.feed_id) if taken else []
    moved = 0
    for row in taken:
        good = verdict(row.path, row.taken_at, outcomes)
        folder = visit.watched.processed if good else visit.watched.errors
        if good is not None and folder:
            moved += _move_one(visit, row, visit.watched.place.below(folder))
    return moved


def verdict(path: str, taken_at: datetime | None, outcomes: Iterable[Outcome]) -> bool | None:
    """Whether what this file was part of went well; None as long as that is open. Pure."""
    if taken_at is None:
        return None
    since = [o for o in outcomes if o.received_at >= taken_at and path.startswith(o.folder)]
    if not since:
        batch = f"{path.partition('/')[0]}/"
        since = [o for o in outcomes if o.received_at >= taken_at and o.folder.startswith(batch)]
    if not since or any(outcome.good is None for outcome in since):
        return None
    return all(outcome.good for outcome in since)


def _outcomes(session: Session, feed_id: str) -> Sequence[Outcome]:
    wanted = select(
        Delivery.batch, Delivery.release_folder, Delivery.received_at, Delivery.state
    ).where(Delivery.feed_id == feed_id)
    return [
        Outcome("".join(f"{part}/" for part in (batch, release) if part), at, _good(state))
        for batch, release, at, state in session.execute(wanted)
    ]


def _good(state: str) -> bool | None:
    known = DeliveryState(state)
    return True if known in ACCEPTED else False if known in _BAD else None


def _move_one(visit: Visit, row: WatchedObject, folder: str) -> bool:
    found = rows.found_of(row)
    target = folder + found.key.removeprefix(visit.watched.place.prefix)
    done = False
    with suppress(ObjectChanged):
        now = visit.source.find(found.key)
        if now is not None:
            if now.mark != found.mark:
                raise ObjectChanged(found.key)
            visit.source.copy(now, target)
            visit.source.delete(now)
            done = True
        with visit.database.write() as session:
            rows.set_state(session, row.id, State.MOVED)
    return done
