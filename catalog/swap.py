"""Put what a rebuild built in the place of what is there: what differs, in bulk, with events."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from catalog import census, events
from catalog.lifecycle import ReleaseState, happened
from catalog.log import policies
from catalog.models import Recording, Release, Source, Track
from catalog.rights_policy import DEFAULT
from catalog.standing import standing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from catalog.scratch import Scratch
    from catalog.walk import Policies

Shape = dict[str, Any]
CHUNK = 200
WHY = "the catalogue was rebuilt"


def swap(
    session: Session,
    scratch: Scratch,
    releases: list[str],
    recordings: Iterable[str],
    now: datetime,
) -> list[str]:
    """Bring these releases and recordings to what the scratch says; returns those that changed."""
    before = [_before(session, scratch, chunk) for chunk in _chunks(releases)]
    agreed = policies(session)
    changed = {key: old for one in before for key, old in one.items()}
    touched = {*recordings, *_recordings(session, scratch, list(changed))}
    for chunk in _chunks(list(changed)):
        session.execute(delete(Track).where(Track.release_id.in_(chunk)))
        session.execute(delete(Source).where(Source.release_id.in_(chunk)))
        session.execute(delete(Release).where(Release.id.in_(chunk)))
    gone = [key for chunk in _chunks(sorted(touched)) for key in _write(session, scratch, chunk)]
    for chunk in _chunks(list(changed)):
        _insert(session, [_rows(line, now, agreed) for line in map(scratch.release, chunk) if line])
    for chunk in _chunks(gone):
        session.execute(delete(Recording).where(Recording.id.in_(chunk)))
    for release_id, old in changed.items():
        _tell(session, scratch, release_id, old, now, agreed)
    return list(changed)


def _before(session: Session, scratch: Scratch, ids: list[str]) -> dict[str, ReleaseState | None]:
    """Those that differ, each with the state it had."""
    lines = dict(census.some(session, ids))
    query = select(Release.id, Release.state).where(Release.id.in_(ids))
    states = {key: ReleaseState(state) for key, state in session.execute(query)}
    return {key: states.get(key) for key in ids if lines.get(key) != scratch.release(key)}


def _recordings(session: Session, scratch: Scratch, ids: list[str]) -> Iterator[str]:
    """Recordings that these releases spoke of, or speak of now."""
    for chunk in _chunks(ids):
        query = select(Source.recording_id).where(Source.release_id.in_(chunk))
        yield from session.scalars(query.distinct())
        for release_id in chunk:
            yield from scratch.spoken_of(release_id)


def _write(session: Session, scratch: Scratch, ids: list[str]) -> list[str]:
    """Insert or update recordings; returns those that are gone."""
    known = set(session.scalars(select(Recording.id).where(Recording.id.in_(ids))))
    lines = {key: line for key in ids if (line := scratch.recording(key)) is not None}
    rows = [json.loads(line) for line in lines.values()]
    fresh = [row for row in rows if row["id"] not in known]
    if fresh:
        session.execute(insert(Recording), fresh)
    old = [{**row, "key": row["id"]} for row in rows if row["id"] in known]
    if old:
        table = Recording.__table__
        change = update(table).where(table.c.id == bindparam("key"))  # type: ignore[arg-type]
        values: Shape = {column.name: bindparam(column.name) for column in table.columns}
        session.connection().execute(change.values(values), old)
    return sorted(known - lines.keys())


def _rows(line: str, now: datetime, agreed: Policies) -> Shape:
    """What a line says, as columns; the clock's are added."""
    data: Shape = json.loads(line)
    release = data["release"]
    policy = agreed.get(release["feed_id"], DEFAULT)
    state, change = standing_of(release["rights"], release["locked"], policy, now)
    release |= {
        "published_at": datetime.fromisoformat(release["published_at"]),
        "state": state.value,
        "next_change": change,
    }
    return data


def _insert(session: Session, found: list[Shape]) -> None:
    for table, name in ((Release, "release"), (Track, "tracks"), (Source, "sources")):
        rows = [row for one in found for row in (one[name] if name != "release" else [one[name]])]
        if rows:
            session.execute(insert(table), rows)


def _tell(
    session: Session,
    scratch: Scratch,
    release_id: str,
    old: ReleaseState | None,
    now: datetime,
    agreed: Policies,
) -> None:
    line = scratch.release(release_id)
    after = (
        ReleaseState(_rows(line, now, agreed)["release"]["state"]) if line else ReleaseState.PURGED
    )
    if line or old is not None:
        events.tell(session, happened(old, after), release_id, now, WHY)


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    return (ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK))
