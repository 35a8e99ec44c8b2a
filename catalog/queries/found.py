"""Several releases with their tracks at once, for hits of a search: two queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import defer

from catalog.models import Feed, Media, Recording, Release, Track
from catalog.queries.audience import Audience, Judge, judge_of, read_rights
from catalog.queries.pages import TrackRow, refusal, whole
from core.ids import public_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.rights import Verdict


@dataclass(frozen=True, slots=True)
class Shelf:
    """A release, its tracks in order, and for whom and when they are judged."""

    release: Release
    rows: tuple[TrackRow, ...]
    judge: Judge
    audience: Audience
    at: datetime

    def verdict(self, row: TrackRow) -> Verdict:
        """Rights of one track."""
        return self.judge.verdict(row.recording.id, self.audience, self.at)

    def names(self, row: TrackRow) -> bool:
        """Whether this track may be named already."""
        shown = self.judge.shown(row.recording.id, self.audience, self.at)
        return shown.tracks or self.verdict(row).allowed

    def track(self, recording_id: str) -> TrackRow | None:
        """The track with this recording."""
        return next((row for row in self.rows if row.recording.id == recording_id), None)

    def party(self, party_id: str) -> str | None:
        """The name of a display artist of the release or of a track of it."""
        names = [self.release.artist, *(row.track.artist for row in self.rows)]
        owner = self.release.owner
        return next((n for n in names if n and public_id("party", owner, n) == party_id), None)

    def whole(self) -> dict[str, Any]:
        """`{playable, reason, code, until}` of the release."""
        said = [refusal(self.verdict(row), row.media) for row in self.rows]
        return whole(said, self.release)


def shelf_of(
    session: Session, ids: Sequence[str], audience: Audience, at: datetime
) -> dict[str, Shelf]:
    """These releases by id, as far as they exist."""
    releases = session.execute(
        select(Release, Feed.policy)
        .outerjoin(Feed, Feed.id == Release.feed_id)
        .where(Release.id.in_(ids))
        .options(defer(Release.rights))  # read when its digest is new
    ).all()
    read_rights(session, [(row[0], row[1]) for row in releases])
    query = (
        select(Track, Recording, Media)
        .join(Recording, Recording.id == Track.recording_id)
        .outerjoin(Media, Media.digest == Recording.master)
        .where(Track.release_id.in_(ids))
        .order_by(Track.release_id, Track.position)
        .options(defer(Media.manifest))  # large, and only asked for by release pages
    )
    rows: dict[str, list[TrackRow]] = {}
    for found in session.execute(query):
        rows.setdefault(found[0].release_id, []).append(TrackRow(*found))
    return {
        release.id: _shelf(release, policy, rows.get(release.id, []), audience, at)
        for release, policy in releases
    }


def _shelf(
    release: Release,
    policy: dict[str, Any] | None,
    rows: list[TrackRow],
    audience: Audience,
    at: datetime,
) -> Shelf:
    judge = judge_of(release, policy)
    return Shelf(release, tuple(rows), judge, audience, at)
