"""One track as a play needs it, and what the gate asks: events, and the deals of a track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from catalog.models import Event, Feed, Media, Recording, Release, Track
from catalog.queries.audience import Audience, judge_of
from catalog.queries.pages import TrackRow, track_shape

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.rights import Verdict


@dataclass(frozen=True, slots=True)
class Playable:
    """A track in the context of a release, with the verdict on it."""

    release: Release
    row: TrackRow
    verdict: Verdict

    @property
    def shape(self) -> dict[str, Any]:
        """The recording as an API answer shows it."""
        return {**track_shape(self.row), "release_id": self.release.id}


def find_playable(
    session: Session, release_id: str, recording_id: str, audience: Audience, at: datetime
) -> Playable | None:
    """The track of this release with this recording, None when there is none. One query."""
    query = (
        select(Release, Track, Recording, Media, Feed.policy)
        .join(Track, Track.release_id == Release.id)
        .join(Recording, Recording.id == Track.recording_id)
        .outerjoin(Media, Media.digest == Recording.master)
        .outerjoin(Feed, Feed.id == Release.feed_id)
        .where(Release.id == release_id, Track.recording_id == recording_id)
        .order_by(Track.position)
        .limit(1)
        .options(defer(Release.rights))  # read when its digest is new
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    release, track, recording, media, policy = found
    verdict = judge_of(release, policy).verdict(recording.id, audience, at)
    return Playable(release, TrackRow(track, recording, media), verdict)


def events_after(session: Session, last: int | None) -> tuple[int, list[str]]:
    """Newest event id, and the releases named after `last` (none of them when it is None).

    A hundred older events are named again: on a server with many writers, ids become visible
    out of order.
    """
    newest = session.scalar(select(func.max(Event.id))) or 0
    if last is None:
        return newest, []
    query = select(Event.release_id).where(Event.id > last - 100).distinct()
    return newest, list(session.scalars(query))
