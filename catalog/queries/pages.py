"""A release with its tracks, and what one viewer may play of it: three queries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from catalog.lifecycle import ReleaseState
from catalog.models import Feed, Media, Play, Recording, Release, Track
from catalog.queries.audience import Audience, Judge, judge_of
from catalog.queries.cards import card

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.rights import Verdict
    from catalog.rights_show import Shown

Shape = dict[str, Any]
SEAM_S = 0.005  # less silence than this at both edges is not heard as a pause
_TYPES = {
    "Album": "Album",
    "ClassicalAlbum": "Album",
    "Compilation": "Compilation",
    "DjMix": "DJ mix",
    "EP": "EP",
    "LiveAlbum": "Live album",
    "MaxiSingle": "Maxi single",
    "MiniAlbum": "Mini album",
    "MultimediaAlbum": "Album",
    "MultimediaSingle": "Single",
    "Single": "Single",
    "SingleResourceRelease": "Single",
}
"""Release types of DDEX in words; the others say nothing to a listener."""


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track with its recording and what was made of its master (None when none was)."""

    track: Track
    recording: Recording
    media: Media | None


def release_page(
    session: Session, release_id: str, audience: Audience, at: datetime
) -> Shape | None:
    """The release page for this audience, None when there is no such release.

    A card with `{type, label, genre, icpn, p_line, c_line, advisory, credits, feed_name, discs:
    [{number, title, tracks}], playable, reason, code, until}`; a track is `{recording_id, isrc,
    number, title, artist, seconds, advisory, plays, playable, reason, code, until, peaks,
    gapless_next, quality}`. `reason` is a sentence, `code` its stable code; both None if playable.
    """
    found = session.execute(
        select(Release, Media.facts, Feed.name, Feed.policy)
        .outerjoin(Media, Media.digest == Release.artwork)
        .outerjoin(Feed, Feed.id == Release.feed_id)
        .where(Release.id == release_id)
        .options(defer(Release.rights))  # read when its digest is new
    ).one_or_none()
    if found is None:
        return None
    release, facts, feed_name, policy = found
    rows = track_rows(session, release_id)
    judge = judge_of(release, policy)
    shown = judge.shown("", audience, at)
    if not shown.release and not judge.locked:
        return None
    rows = _listed(judge, rows, audience, at)
    plays = _plays(session, [row.recording.id for row in rows])
    tracks = [_track(judge, row, audience, at) for row in rows]
    for row, shape, following in zip(rows, tracks, [*rows[1:], None], strict=True):
        shape["plays"] = plays.get(row.recording.id, 0)
        shape["gapless_next"] = following is not None and runs_on(row, following)
    return {
        **_dressed(card(release, facts, len(rows)), shown),
        **_details(release, feed_name, rows),
        "discs": _discs(rows, tracks),
        **whole(tracks, release),
    }


def _listed(
    judge: Judge, rows: Sequence[TrackRow], audience: Audience, at: datetime
) -> list[TrackRow]:
    """The tracks that may be named already: all, or those shown or opened before the others."""
    return [
        row
        for row in rows
        if judge.locked
        or judge.shown(row.recording.id, audience, at).tracks
        or judge.verdict(row.recording.id, audience, at).allowed
    ]


def _dressed(shape: Shape, shown: Shown) -> Shape:
    """The card without a cover that may not be shown yet."""
    return shape if shown.cover else {**shape, "artwork": None}


def track_rows(session: Session, release_id: str) -> list[TrackRow]:
    """All tracks of a release in order."""
    query = (
        select(Track, Recording, Media)
        .join(Recording, Recording.id == Track.recording_id)
        .outerjoin(Media, Media.digest == Recording.master)
        .where(Track.release_id == release_id)
        .order_by(Track.position)
    )
    return [TrackRow(*row) for row in session.execute(query)]


def refusal(verdict: Verdict, media: Media | None) -> Shape:
    """`{playable, reason, code, until}` of a track: rights first, then whether there is audio."""
    if not verdict.allowed:
        return {
            "playable": False,
            "reason": verdict.reason.message,
            "code": verdict.reason.code.value,
            "until": verdict.until.isoformat() if verdict.until else None,
        }
    if media is None or media.asset is None:
        reason = "Its audio is not ready yet."
        return {"playable": False, "reason": reason, "code": "no_audio", "until": None}
    return {"playable": True, "reason": None, "code": None, "until": None}


def runs_on(row: TrackRow, following: TrackRow) -> bool:
    """Whether one track flows into the next: same disc, both measured, no silence between.

    `silence` of a manifest is `[start, end]` in samples at its `rate`.
    """
    if row.track.disc != following.track.disc:
        return False
    edges = (_silence(row, 1), _silence(following, 0))
    return all(seconds is not None and seconds <= SEAM_S for seconds in edges)


def _silence(row: TrackRow, edge: int) -> float | None:
    manifest = (row.media.manifest if row.media else None) or {}
    if "silence" not in manifest or not manifest.get("rate"):
        return None
    return float(manifest["silence"][edge]) / float(manifest["rate"])


def _peaks(row: TrackRow) -> list[int]:
    manifest = (row.media.manifest if row.media else None) or {}
    return list(manifest.get("peaks", []))


def _plays(session: Session, recordings: Sequence[str]) -> dict[str, int]:
    query = (
        select(Play.recording_id, func.count())
        .where(Play.recording_id.in_(recordings), Play.counted_at.is_not(None))
        .group_by(Play.recording_id)
    )
    return {recording: count for recording, count in session.execute(query)}  # noqa: C416 - rows


def _track(judge: Judge, row: TrackRow, audience: Audience, at: datetime) -> Shape:
    verdict = judge.verdict(row.recording.id, audience, at)
    return {**track_shape(row), **refusal(verdict, row.media)}


def track_shape(row: TrackRow) -> Shape:
    """What is known of a track whoever asks."""
    media, recording = row.media, row.recording
    return {
        "recording_id": recording.id,
        "isrc": recording.isrc,
        "number": row.track.number,
        "title": row.track.title or recording.title,
        "artist": row.track.artist or recording.artist,
        "seconds": recording.duration_ms / 1000,
        "advisory": recording.advisory,
        "peaks": _peaks(row),
        "quality": _quality(media),
    }


def _quality(media: Media | None) -> Shape | None:
    facts = media.facts if media else {}
    if "rate" not in facts:
        return None
    return {
        "lossless": bool(facts.get("lossless")),
        "bits": facts.get("bits", 0),
        "rate": facts["rate"],
    }


def _details(release: Release, feed_name: str | None, rows: Sequence[TrackRow]) -> Shape:
    return {
        "type": type_of(release.type, len(rows)),
        "label": release.label,
        "genre": release.genre,
        "icpn": release.icpn,
        "p_line": release.p_line,
        "c_line": release.c_line,
        "advisory": release.advisory,
        "credits": merged([release.credits, *(row.recording.credits for row in rows)]),
        "feed_name": feed_name or "",
    }


def type_of(sent: str, tracks: int) -> str:
    """What a listener calls the release: its sender's word, else one by the number of tracks."""
    if sent in _TYPES:
        return _TYPES[sent]
    return "Single" if tracks <= 3 else "EP" if tracks <= 6 else "Album"


def merged(lists: Sequence[Sequence[Shape]]) -> list[Shape]:
    """Several lists of `{role, names}` as one: each role and each name of it once, in order."""
    roles: dict[str, dict[str, None]] = {}
    for credit in (one for part in lists for one in part):
        roles.setdefault(credit["role"], {}).update(dict.fromkeys(credit["names"]))
    return [{"role": role, "names": list(names)} for role, names in roles.items()]


def _discs(rows: Sequence[TrackRow], tracks: Sequence[Shape]) -> list[Shape]:
    paired = zip(rows, tracks, strict=True)
    return [
        {"number": number, "title": "", "tracks": [shape for _, shape in group]}
        for number, group in groupby(paired, key=lambda pair: pair[0].track.disc)
    ]


def whole(tracks: Sequence[Shape], release: Release) -> Shape:
    """A release is playable when any of its tracks is; else the first track's reason stands."""
    if any(track["playable"] for track in tracks):
        return {"playable": True, "reason": None, "code": None, "until": None}
    if not tracks or release.state == ReleaseState.TAKEN_DOWN:
        reason = "It has been taken down." if tracks else "It has no tracks."
        code = "taken_down" if tracks else "no_audio"
        return {"playable": False, "reason": reason, "code": code, "until": None}
    first = tracks[0]
    return {"playable": False, **{key: first[key] for key in ("reason", "code", "until")}}
