"""What the search index needs of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from catalog.lifecycle import ReleaseState
from catalog.models import Event, Play, Release, Track
from core.ids import public_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

Shape = dict[str, Any]


def all_ids(session: Session) -> list[str]:
    """Every release that is shown."""
    query = select(Release.id).where(Release.state == ReleaseState.AVAILABLE)
    return list(session.scalars(query.order_by(Release.id)))


def last_event(session: Session) -> int:
    """The newest event of the outbox, 0 when there is none."""
    return session.scalar(select(func.max(Event.id))) or 0


def events(session: Session, after: int, limit: int) -> list[tuple[int, str]]:
    """`(event id, release id)` in order."""
    query = select(Event.id, Event.release_id).where(Event.id > after).order_by(Event.id)
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]


def described(session: Session, release_ids: Sequence[str]) -> Iterator[Shape]:
    """Releases with their tracks, as `search.documents` reads them; hidden ones are left out."""
    plays = _plays(session, release_ids)
    for release in _releases(session, release_ids):
        yield {
            "id": release.id,
            "title": release.title,
            "artist": release.artist,
            "artist_id": release.artist_id,
            "icpn": release.icpn,
            "label": release.label,
            "genre": release.genre,
            "tracks": [_track(release, track, plays) for track in release.tracks],
        }


def _releases(session: Session, release_ids: Sequence[str]) -> Sequence[Release]:
    query = (
        select(Release)
        .where(Release.id.in_(release_ids), Release.state == ReleaseState.AVAILABLE)
        .options(selectinload(Release.tracks).joinedload(Track.recording))
    )
    return session.scalars(query).all()


def _track(release: Release, track: Track, plays: dict[str, int]) -> Shape:
    return {
        "recording_id": track.recording_id,
        "isrc": track.recording.isrc,
        "title": track.title,
        "artist": track.artist,
        "artist_id": public_id("party", release.owner, track.artist) if track.artist else None,
        "plays": plays.get(track.recording_id, 0),
    }


def _plays(session: Session, release_ids: Sequence[str]) -> dict[str, int]:
    query = (
        select(Play.recording_id, func.count())
        .where(Play.release_id.in_(release_ids), Play.counted_at.is_not(None))
        .group_by(Play.recording_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
