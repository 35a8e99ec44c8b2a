"""Verdicts on stored releases, found by whatever identifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from catalog.models import Feed, Recording, Release, Track
from catalog.queries.audience import judge_of
from catalog.rights_answers import verdict_rows
from core.ids import gtin14, isrc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.rights_release import Audience

Shape = dict[str, Any]
MOST = 100


def stored_rows(session: Session, name: str, audience: Audience, at: datetime) -> list[Shape]:
    """Verdict rows (see `verdict_rows`) of the releases with this id, ICPN, GRid, proprietary id
    or ISRC; by an ISRC only the main release and that track. Empty when there is none."""
    recordings = _recordings(session, name)
    known = [
        Release.id == name,
        Release.identity.in_({name, name.replace("-", "").upper()}),
        Release.id.in_([release for release, _ in recordings]),
    ]
    if name.isascii() and name.isdigit() and len(name) <= 14:
        known.append(Release.identity == gtin14(name))
    query = (
        select(Release, Feed.policy)
        .outerjoin(Feed, Feed.id == Release.feed_id)
        .where(or_(*known))
        .order_by(Release.id)
        .limit(MOST)
    )
    rows: list[Shape] = []
    for release, policy in session.execute(query):
        only = {recording for found, recording in recordings if found == release.id}
        rows += _rows(session, release, policy, audience, at, only)
    return rows


def _recordings(session: Session, name: str) -> Sequence[tuple[str, str]]:
    """(release id, recording id) of the tracks with this ISRC."""
    query = (
        select(Track.release_id, Recording.id)
        .join(Recording, Recording.id == Track.recording_id)
        .where(or_(Recording.isrc == isrc(name), Recording.id == name))
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _rows(
    session: Session,
    release: Release,
    policy: dict[str, Any] | None,
    audience: Audience,
    at: datetime,
    only: set[str],
) -> list[Shape]:
    tracks = session.scalars(select(Track).where(Track.release_id == release.id)).all()
    judge = judge_of(release, policy, tracks)
    locked = judge.verdict("", audience, at) if judge.locked else None
    rows = verdict_rows(judge.rights, audience, at, only=only, locked=locked)
    if rows:
        rows[0]["identifier"] = rows[0]["identifier"] or release.icpn or release.identity
        rows[0]["title"] = rows[0]["title"] or release.title
    return rows
