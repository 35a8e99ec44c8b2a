"""Which encoding of a track is played: the one made with its neighbours on this very release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from catalog.models import Recording, Track
from catalog.models.media import AlbumSound, Encoding

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Subquery
    from sqlalchemy.orm import Session

    from catalog.queries.playing import Playable


@dataclass(frozen=True, slots=True)
class Sound:
    """Folder of the playlists and segments, None when nothing was made yet; and its manifest, with
    the release's loudness as `album_loudness` where it is known."""

    asset: str | None
    manifest: dict[str, Any]


NO_SOUND = Sound(None, {})


def sound_of(session: Session, found: Playable) -> Sound:
    """The newest encoding of a track between its neighbours; until there is one, any of it."""
    media = found.row.media
    if media is None or media.asset is None:
        return NO_SOUND
    previous, following = neighbours(session, found.release.id, found.row.track.position)
    made = session.scalars(
        select(Encoding)
        .where(
            Encoding.digest == media.digest,
            Encoding.previous == previous,
            Encoding.next == following,
            Encoding.going.is_(False),
        )
        .order_by(Encoding.made_at.desc())
        .limit(1)
    ).one_or_none()
    asset, manifest = (made.asset, made.manifest) if made else (media.asset, media.manifest or {})
    album = session.get(AlbumSound, found.release.id)
    return Sound(asset, {**manifest, "album_loudness": album.loudness} if album else manifest)


def neighbours(session: Session, release_id: str, position: int) -> tuple[str, str]:
    """Masters of the tracks before and after this position, empty where there is none."""
    query = (
        select(Track.position, Recording.master)
        .join(Recording, Recording.id == Track.recording_id)
        .where(Track.release_id == release_id, Track.position.in_((position - 1, position + 1)))
    )
    masters = {at: master or "" for at, master in session.execute(query)}
    return masters.get(position - 1, ""), masters.get(position + 1, "")


def masters(session: Session, release_id: str) -> list[str]:
    """Masters of a release's tracks in order; of a track without one, empty."""
    query = (
        select(Recording.master)
        .join(Track, Track.recording_id == Recording.id)
        .where(Track.release_id == release_id)
        .order_by(Track.position)
    )
    return [master or "" for master in session.scalars(query)]


def places(masters: Collection[str] | None = None) -> Subquery:
    """Every track with a master: `release_id, digest, previous, next`, as `neighbours` says; those
    of releases that these masters stand on, where they are given."""
    before = func.lag(Recording.master).over(partition_by=Track.release_id, order_by=Track.position)
    after = func.lead(Recording.master).over(partition_by=Track.release_id, order_by=Track.position)
    query = select(
        Track.release_id,
        Recording.master.label("digest"),
        func.coalesce(before, "").label("previous"),
        func.coalesce(after, "").label("next"),
    ).join(Recording, Recording.id == Track.recording_id)
    if masters is not None:
        theirs = select(Track.release_id).join(Recording, Recording.id == Track.recording_id)
        query = query.where(Track.release_id.in_(theirs.where(Recording.master.in_(masters))))
    track = query.subquery()
    return select(track).where(track.c.digest.is_not(None)).subquery("places")
