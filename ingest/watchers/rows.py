"""The rows of a watched place: what was seen, what waits, what was taken. Callers commit."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from catalog.models import Watch, WatchedObject
from ingest.doors.common.refusals import Refused
from ingest.watchers import keys
from storage.source import Found

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ingest.watchers.watched import Watched

_TOUCHED = timedelta(days=1)
_FORGOTTEN = timedelta(days=7)


class State(StrEnum):
    """Where an object stands. `handing`: it may or may not have been told to the inbox yet."""

    PENDING = "pending"
    HANDING = "handing"
    TAKEN = "taken"
    REFUSED = "refused"
    OURS = "ours"
    MOVED = "moved"


def watch_of(session: Session, watched: Watched) -> Watch:
    """The row of a feed's place, made when there is none."""
    row = session.get(Watch, watched.feed_id)
    if row is None:
        row = Watch(feed_id=watched.feed_id, place=watched.place.url, cursor="", fault="")
        row.failures = row.seen = row.fetched = row.bytes = 0
        session.add(row)
    if row.place != watched.place.url:
        row.place, row.cursor = watched.place.url, ""
    return row


def known(session: Session, watched: Watched, page: Sequence[Found]) -> dict[str, WatchedObject]:
    """The rows of these objects, by their ids."""
    ids = [keys.identity(watched.feed_id, found.key) for found in page]
    rows = session.scalars(select(WatchedObject).where(WatchedObject.id.in_(ids)))
    return {row.id: row for row in rows}


def news(session: Session, watched: Watched, page: Sequence[Found], now: datetime) -> list[Found]:
    """Those objects of a page whose rows have to be written: new, changed, or long not touched."""
    rows = known(session, watched, page)
    found = []
    for one in page:
        row = rows.get(keys.identity(watched.feed_id, one.key))
        if row is None or _differs(row, one) or row.seen_at < now - _TOUCHED:
            found.append(one)
    return found


def _differs(row: WatchedObject, found: Found) -> bool:
    return row.state != State.OURS and row.mark != found.mark


def offer(session: Session, watched: Watched, page: Sequence[Found], now: datetime) -> None:
    """Write down what was seen; what is new or changed is pending then, or refused."""
    rows = known(session, watched, page)
    for found in page:
        row = rows.get(keys.identity(watched.feed_id, found.key))
        if row is None:
            row = WatchedObject(id=keys.identity(watched.feed_id, found.key), mark="", state="")
            row.feed_id, row.key = watched.feed_id, keys.printable(found.key)
            session.add(row)
        row.seen_at = now
        if not row.state or _differs(row, found):
            _describe(row, found)
            _judge(session, watched, row, found)


def _describe(row: WatchedObject, found: Found) -> None:
    row.mark, row.size, row.modified = found.mark, found.size, found.modified
    row.etag, row.version = found.etag, found.version
    row.taken_at = None


def _judge(session: Session, watched: Watched, row: WatchedObject, found: Found) -> None:
    row.state, row.note, row.path, row.rank = State.PENDING, "", "", keys.FILE
    try:
        row.path = keys.path_of(found.key, watched.place.prefix)
        row.rank = keys.rank(row.path)
        if other := _namesake(session, row):
            row.state, row.path = State.REFUSED, ""
            row.note = f"the object {other!r} has the same name but for how its letters are written"
    except Refused as refused:
        row.state, row.note = State.REFUSED, refused.text


def _namesake(session: Session, row: WatchedObject) -> str | None:
    """Another key of the same path: the same letters, composed otherwise."""
    return session.scalar(
        select(WatchedObject.key).where(
            WatchedObject.feed_id == row.feed_id,
            WatchedObject.path == row.path,
            WatchedObject.id != row.id,
            WatchedObject.state.in_((State.PENDING, State.HANDING, State.TAKEN)),
        )
    )


def waiting(
    session: Session, feed_id: str, *, completions: bool, under: str = ""
) -> list[WatchedObject]:
    """Pending objects in order of their turn; `under` a path with its slash."""
    wanted = select(WatchedObject).where(
        WatchedObject.feed_id == feed_id,
        WatchedObject.state == State.PENDING,
        (WatchedObject.rank == keys.COMPLETION)
        if completions
        else (WatchedObject.rank < keys.COMPLETION),
    )
    if under:
        wanted = wanted.where(WatchedObject.path.startswith(under, autoescape=True))
    order = (WatchedObject.rank, WatchedObject.modified, WatchedObject.path)
    return list(session.scalars(wanted.order_by(*order)))


def in_state(session: Session, feed_id: str, *states: State) -> list[WatchedObject]:
    """All objects of a feed in these states."""
    wanted = select(WatchedObject).where(
        WatchedObject.feed_id == feed_id, WatchedObject.state.in_(states)
    )
    return list(session.scalars(wanted.order_by(WatchedObject.rank, WatchedObject.path)))


def set_state(
    session: Session, row_id: str, state: State, *, note: str = "", at: datetime | None = None
) -> None:
    """Move an object on; `at` is when it was handed over. Nothing when its row has gone."""
    row = session.get(WatchedObject, row_id)
    if row is not None:
        row.state, row.note, row.taken_at = state, note, at or row.taken_at


def forget(session: Session, row_id: str) -> None:
    """The object is gone."""
    session.execute(delete(WatchedObject).where(WatchedObject.id == row_id))


def forget_old(session: Session, feed_id: str, now: datetime) -> None:
    """After a whole listing: rows of objects that have not been there for a week."""
    session.execute(
        delete(WatchedObject).where(
            WatchedObject.feed_id == feed_id,
            WatchedObject.state.in_((State.TAKEN, State.REFUSED, State.MOVED)),
            WatchedObject.seen_at < now - _FORGOTTEN,
        )
    )


def found_of(row: WatchedObject) -> Found:
    """The object of a row, as it was seen."""
    return Found(
        key=row.key, size=row.size, etag=row.etag, modified=row.modified, version=row.version
    )
