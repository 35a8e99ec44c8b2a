"""Release cards: one query for a page of them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import defer, object_session

from catalog.lifecycle import SHOWN
from catalog.models import Feed, Media, Play, Release, Track
from catalog.queries.audience import Sight, read_rights
from core.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Row
    from sqlalchemy.orm import Session


Shape = dict[str, Any]

_TRACKS = (
    select(func.count())
    .select_from(Track)
    .where(Track.release_id == Release.id)
    .correlate(Release)
    .scalar_subquery()
)
_SHOWN = Release.state.in_(SHOWN)


def _cards() -> Select[Release, Any, int, Any]:
    facts = Media.facts.label("facts")
    return (
        select(Release, facts, _TRACKS, Feed.policy)
        .outerjoin(Media, Media.digest == Release.artwork)
        .outerjoin(Feed, Feed.id == Release.feed_id)
        .where(_SHOWN)
        .options(defer(Release.rights))  # read when its digest is new
    )


def card(release: Release, facts: Shape | None, tracks: int) -> Shape:
    """`{id, title, artist, artist_id, artwork, hue, chroma, date, tracks, seconds}`.

    `artwork` is a path that a size and suffix follow, or None; hue 0-360, chroma 0-.12.
    """
    facts = facts or {}
    return {
        "id": release.id,
        "title": release.title,
        "artist": release.artist,
        "artwork": f"/art/{release.artwork}" if release.artwork else None,
        "hue": facts.get("hue", 0.0),
        "chroma": facts.get("chroma", 0.0),
        "date": release.release_date or release.original_release_date,
        "tracks": tracks,
        "seconds": release.duration_ms / 1000,
    }


def count_releases(session: Session) -> int:
    """How many releases are shown."""
    return session.scalar(select(func.count()).select_from(Release).where(_SHOWN)) or 0


def newest(session: Session, sight: Sight, *, offset: int, limit: int) -> list[Shape]:
    """Cards by the time they were first published, newest first; those that may be shown."""
    query = _cards().order_by(Release.published_at.desc(), Release.id)
    return _shapes(session.execute(query.offset(offset).limit(limit)).all(), sight)


def newest_after(
    session: Session, sight: Sight, *, cursor: str | None, limit: int
) -> tuple[list[Shape], str | None]:
    """A page of cards and the cursor of the next one; stable while releases arrive.

    Raises:
        Misuse: the cursor is not one of ours.
    """
    query = _cards().order_by(Release.published_at.desc(), Release.id)
    if cursor is not None:
        query = query.where(_beyond(cursor))
    rows = session.execute(query.limit(limit + 1)).all()
    page = rows[:limit]
    more = _cursor(page[-1][0]) if len(rows) > limit else None
    return _shapes(page, sight), more


def by_ids(session: Session, sight: Sight, ids: Sequence[str]) -> dict[str, Shape]:
    """Cards of these releases, as far as they are shown."""
    query = _cards().where(Release.id.in_(ids))
    return {shape["id"]: shape for shape in _shapes(session.execute(query).all(), sight)}


def most_played(session: Session, sight: Sight, *, since: datetime, limit: int) -> list[Shape]:
    """Cards of the releases with most counted plays since then."""
    heard = (
        select(Play.release_id, func.count().label("plays"))
        .where(Play.counted_at >= since)
        .group_by(Play.release_id)
        .subquery()
    )
    query = _cards().join(heard, heard.c.release_id == Release.id)
    query = query.order_by(heard.c.plays.desc(), Release.id).limit(limit)
    return _shapes(session.execute(query).all(), sight)


def _shapes(rows: Sequence[Row[Release, Any, int, Any]], sight: Sight) -> list[Shape]:
    """Cards of those that may be shown; a cover that may not be shown yet is left out."""
    session = object_session(rows[0][0]) if rows else None
    if session:
        read_rights(session, [(row[0], row[3]) for row in rows])
    found = []
    for release, facts, tracks, policy in rows:
        shown = sight.of(release, policy)
        if shown.release:
            shape = card(release, facts, tracks)
            found.append(shape if shown.cover else {**shape, "artwork": None})
    return found


def _cursor(last: Release) -> str:
    return urlsafe_b64encode(f"{last.published_at.isoformat()}|{last.id}".encode()).decode()


def _beyond(cursor: str) -> ColumnElement[bool]:
    try:
        text = urlsafe_b64decode(cursor.encode()).decode()
        at_text, _, last = text.partition("|")
        at = datetime.fromisoformat(at_text).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:  # binascii.Error is a ValueError
        raise Misuse("this cursor is not one of ours", remedy="start without a cursor") from wrong
    return or_(Release.published_at < at, and_(Release.published_at == at, Release.id > last))
