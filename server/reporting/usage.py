"""Accounted usage as reports need it: counted plays of one month, grouped by the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from catalog.models import Feed, Play, Recording, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from server.reporting.periods import Month


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """A part of the service's usage: the smallest that money is entered or reported for."""

    territory: str
    tier: str
    model: str
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Plays of one recording from one release in one slice, and what both are called."""

    part: Slice
    plays: int
    release_id: str
    recording_id: str
    icpn: str = ""
    grid: str = ""
    release_ids: tuple[str, ...] = ()  # namespace::value
    release_type: str = ""
    release_title: str = ""
    release_artist: str = ""
    isrc: str = ""
    title: str = ""
    artist: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A month of the whole service by slice and recipient, and one recipient's rows."""

    plays: dict[Slice, dict[str, int]] = field(default_factory=dict)
    listeners: dict[Slice, int] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()


def read_usage(session: Session, month: Month, recipient: str) -> Usage:
    """The month as counted so far. Returns rows of `recipient` (a DPID) in a fixed order."""
    plays: dict[Slice, dict[str, int]] = {}
    for part, dpid, count in _by_recipient(session, month):
        plays.setdefault(part, {})[dpid] = count
    listeners = dict(_listeners(session, month))
    return Usage(plays=plays, listeners=listeners, rows=tuple(_rows(session, month, recipient)))


_PART = (Play.territory, Play.tier, Play.model, Play.use)


def _counted(month: Month) -> tuple[ColumnElement[bool], ...]:
    return Play.counted_at >= month.start, Play.counted_at < month.end


def _by_recipient(session: Session, month: Month) -> Iterator[tuple[Slice, str, int]]:
    query = (
        select(*_PART, Feed.dpid, func.count())
        .join(Feed, Feed.id == Play.feed_id)
        .where(*_counted(month))
        .group_by(*_PART, Feed.dpid)
    )
    for territory, tier, model, use, dpid, count in session.execute(query):
        yield Slice(territory, tier, model, use), dpid, count


def _listeners(session: Session, month: Month) -> Iterator[tuple[Slice, int]]:
    query = (
        select(*_PART, func.count(Play.account_id.distinct()))
        .where(*_counted(month))
        .group_by(*_PART)
    )
    for territory, tier, model, use, count in session.execute(query):
        yield Slice(territory, tier, model, use), count


def _rows(session: Session, month: Month, recipient: str) -> Iterator[Row]:
    counted = (
        select(*_PART, Play.release_id, Play.recording_id, func.count().label("plays"))
        .join(Feed, Feed.id == Play.feed_id)
        .where(*_counted(month), Feed.dpid == recipient)
        .group_by(*_PART, Play.release_id, Play.recording_id)
        .subquery()
    )
    query = (
        select(counted, Release, Recording)
        .outerjoin(Release, Release.id == counted.c.release_id)
        .outerjoin(Recording, Recording.id == counted.c.recording_id)
        .order_by(*list(counted.c)[:6])
    )
    for *part, release_id, recording_id, plays, release, recording in session.execute(query):
        yield Row(
            part=Slice(*part),
            plays=plays,
            release_id=release_id,
            recording_id=recording_id,
            **_of_release(release),
            **_of_recording(recording),
        )


def _of_release(release: Release | None) -> dict[str, Any]:
    """What the catalogue still says of a release; a purged one has its id alone."""
    if release is None:
        return {}
    return {
        "icpn": release.icpn or "",
        "grid": release.grid or "",
        "release_ids": tuple(release.proprietary_ids),
        "release_type": release.type,
        "release_title": release.title,
        "release_artist": release.artist,
    }


def _of_recording(recording: Recording | None) -> dict[str, Any]:
    if recording is None:
        return {}
    return {"isrc": recording.isrc, "title": recording.title, "artist": recording.artist}
