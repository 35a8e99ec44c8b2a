"""The catalogue as a fold over the message log: the only writer of releases, recordings, tracks.

Whenever an entry is added, all entries of its release are walked in their order (`catalog.walk`),
and what comes out replaces the release's rows. So any order of arrival gives the same catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from catalog import events, reading as readings
from catalog.identity import (
    Placed,
    identity_of,
    order_key,
    owner_of,
    placed,
    recording_id_of,
    recording_key,
    release_id_of,
)
from catalog.lifecycle import ReleaseState, happened
from catalog.log import Log, keep
from catalog.models import Recording, Release, Source, Track
from catalog.walk import recording, rows, walk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.log import Books
    from catalog.models import Event, LoggedMessage
    from catalog.walk import Known, Rows
    from ddex.ern.model import Message

__all__ = [
    "Applied",
    "Placed",
    "apply",
    "identity_of",
    "order_key",
    "owner_of",
    "placed",
    "recording_id_of",
    "recording_key",
    "refold",
    "release_id_of",
]

_CLOCKED = {"state", "next_change"}
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Applied:
    """What a walk changed: the event, None when nothing did, and what is known now."""

    event: Event | None
    known: Known
    release_id: str


def apply(
    session: Session,
    logged: LoggedMessage,
    message: Message,
    now: datetime,
    books: Books | None = None,
) -> Event | None:
    """Let one accepted message of the log speak. Returns the event that it caused, None when it is
    not what counts: a newer one of the release was there, or it was not its sender's to say."""
    if message.main_release is None:
        return None
    logged.order_key = order_key(logged)
    keep(session, logged.digest, readings.read(message))
    session.flush()
    log = Log(session, books)
    release_id = log.routes.of(logged.feed_id, logged.release_id or "", logged.order_key)
    applied = refold(session, release_id, now, log)
    return applied.event if applied.known.counts(logged.id) else None


def refold(session: Session, release_id: str, now: datetime, log: Log, why: str = "") -> Applied:
    """Walk all entries of a release and write what comes out."""
    events.alone(session)
    known = walk(log.entries(release_id))
    owner = log.routes.owner(release_id) or (known.last.reading.owner if known.last else "")
    found = rows(release_id, owner, known, now, log.policies)
    old = session.get(Release, release_id)
    before = ReleaseState(old.state) if old is not None else None
    changed = write(session, release_id, found, before_known=old is not None)
    if found.release is None:
        after = ReleaseState.PURGED if old is not None else None
    else:
        after = ReleaseState(found.release["state"])
    event = None
    if changed and after is not None:
        event = events.tell(session, happened(before, after), release_id, now, why)
    return Applied(event, known, release_id)


def write(session: Session, release_id: str, found: Rows, *, before_known: bool) -> bool:
    """Replace the rows of a release; returns whether anything that is not the clock's differs."""
    old = stored(session, release_id) if before_known else None
    had = _sources(session, release_id)
    if old == _plain(found) and had == _by_id(found.sources):
        return False
    session.execute(delete(Track).where(Track.release_id == release_id))
    _write_release(session, release_id, found)
    session.execute(delete(Source).where(Source.release_id == release_id))
    if found.sources:
        session.execute(insert(Source), found.sources)
    affected = sorted({*had, *(one["recording_id"] for one in found.sources)})
    _write_recordings(session, affected)
    if found.tracks:
        session.execute(insert(Track), found.tracks)
    return True


def stored(session: Session, release_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """The columns of a release and of its tracks as they are in the catalogue."""
    release = (
        session.execute(select(Release.__table__).where(Release.id == release_id))
        .mappings()
        .one_or_none()
    )
    if release is None:
        return None
    tracks = session.execute(
        select(Track.__table__).where(Track.release_id == release_id).order_by(Track.position)
    ).mappings()
    return _unclocked(release), [dict(track) for track in tracks]


def _plain(found: Rows) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    return None if found.release is None else (_unclocked(found.release), found.tracks)


def _unclocked(release: Any) -> dict[str, Any]:  # noqa: ANN401 - a row's mapping or a dict
    return {name: value for name, value in release.items() if name not in _CLOCKED}


def _write_release(session: Session, release_id: str, found: Rows) -> None:
    if found.release is None:
        session.execute(delete(Release).where(Release.id == release_id))
        return
    row = session.get(Release, release_id) or Release(id=release_id)
    for name, value in found.release.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()


def _sources(session: Session, release_id: str) -> dict[str, dict[str, Any]]:
    query = select(Source.__table__).where(Source.release_id == release_id)
    return {row["recording_id"]: dict(row) for row in session.execute(query).mappings()}


def _by_id(sources: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["recording_id"]: one for one in sources}


def _write_recordings(session: Session, ids: list[str]) -> None:
    """Say anew what these recordings are; one without any source is gone."""
    for chunk in (ids[i : i + _CHUNK] for i in range(0, len(ids), _CHUNK)):
        by_id: dict[str, list[dict[str, Any]]] = {}
        query = select(Source.__table__).where(Source.recording_id.in_(chunk))
        ordered = query.order_by(Source.recording_id, Source.release_id)
        for source in session.execute(ordered).mappings():
            by_id.setdefault(source["recording_id"], []).append(dict(source))
        known = set(session.scalars(select(Recording.id).where(Recording.id.in_(chunk))))
        gone = known - by_id.keys()
        if gone:
            session.execute(delete(Recording).where(Recording.id.in_(gone)))
        for recording_id, sources in by_id.items():
            row = session.get(Recording, recording_id) or Recording(id=recording_id)
            for name, value in recording(sources).items():
                setattr(row, name, value)
            session.add(row)
        session.flush()
