"""How the watching of a feed's store goes, for commands and pages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from catalog.models import Watch, WatchedObject
from ingest.watchers.rows import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RefusedObject:
    """An object that is not taken, and why; or one that could not be fetched yet."""

    key: str
    size: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """`seen` objects lay there in the last whole round; `fetched` and `bytes` are all ever taken.
    `pending` wait to be fetched. `fault` is empty while rounds succeed; `refused` holds at most
    fifty."""

    place: str
    round_at: datetime | None
    good_at: datetime | None
    failures: int
    fault: str
    seen: int
    fetched: int
    bytes: int
    pending: int
    refused: tuple[RefusedObject, ...]

    def to_json(self) -> dict[str, Any]:
        """Instants as ISO 8601."""
        times = {"round_at": self.round_at, "good_at": self.good_at}
        told = {name: value.isoformat() if value else None for name, value in times.items()}
        return {**asdict(self), **told, "refused": [asdict(one) for one in self.refused]}


def state_of(session: Session, feed_id: str) -> WatchState | None:
    """The state of a feed's watching; None as long as no round was made."""
    row = session.get(Watch, feed_id)
    if row is None:
        return None
    mine = WatchedObject.feed_id == feed_id
    waits = WatchedObject.state.in_((State.PENDING, State.HANDING))
    pending = select(func.count()).select_from(WatchedObject).where(mine, waits)
    return WatchState(
        place=row.place,
        round_at=row.round_at,
        good_at=row.good_at,
        failures=row.failures,
        fault=row.fault,
        seen=row.seen,
        fetched=row.fetched,
        bytes=row.bytes,
        pending=session.scalar(pending) or 0,
        refused=tuple(_refused(session, feed_id)),
    )


def _refused(session: Session, feed_id: str) -> Sequence[RefusedObject]:
    wanted = (
        select(WatchedObject)
        .where(WatchedObject.feed_id == feed_id, WatchedObject.note != "")
        .order_by(WatchedObject.seen_at.desc(), WatchedObject.key)
        .limit(_SHOWN)
    )
    return [RefusedObject(row.key, row.size, row.note) for row in session.scalars(wanted)]
