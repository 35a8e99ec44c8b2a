"""Verdicts on stored releases, found by whatever identifies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from catalog.models import Feed, LoggedMessage, Recording, Release, Track
from catalog.named import named
from catalog.queries.audience import judge_of
from catalog.rights_answers import chain_rows, verdict_rows
from core.ids import isrc

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
    of_recordings = Release.id.in_([release for release, _ in recordings])
    query = (
        select(Release, Feed.policy)
        .outerjoin(Feed, Feed.id == Release.feed_id)
        .where(or_(named(name), of_recordings))
        .order_by(Release.id)
        .limit(MOST)
    )
    rows: list[Shape] = []
    for release, policy in session.execute(query):
        only = {recording for found, recording in recordings if found == release.id}
        rows += _rows(release, policy, audience, at, only)
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
    release: Release,
    policy: dict[str, Any] | None,
    audience: Audience,
    at: datetime,
    only: set[str],
) -> list[Shape]:
    judge = judge_of(release, policy)
    locked = judge.verdict("", audience, at) if judge.locked else None
    rows = verdict_rows(judge.rights, audience, at, only=only, locked=locked)
    if rows:
        rows[0]["identifier"] = rows[0]["identifier"] or release.icpn or release.identity
        rows[0]["title"] = rows[0]["title"] or release.title
    return rows


def chain(session: Session, release_id: str, audience: Audience, at: datetime) -> Shape | None:
    """`{message, verdicts}`: the message that speaks for a release, and what its deals say, by
    which clause; see `chain_rows`. None when there is no such release."""
    query = (
        select(Release, Feed.policy)
        .outerjoin(Feed, Feed.id == Release.feed_id)
        .where(Release.id == release_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    release, policy = found
    judge = judge_of(release, policy)
    locked = judge.verdict("", audience, at) if judge.locked else None
    return {
        "message": _message(session, release),
        "verdicts": chain_rows(judge.rights, audience, at, locked=locked),
    }


def _message(session: Session, release: Release) -> Shape | None:
    query = select(LoggedMessage).where(
        LoggedMessage.digest == release.message_digest, LoggedMessage.feed_id == release.feed_id
    )
    logged = session.scalars(query.order_by(LoggedMessage.arrived_at.desc()).limit(1)).first()
    if logged is None:
        return None
    return {
        "message_id": logged.message_id,
        "digest": logged.digest,
        "feed_id": logged.feed_id,
        "delivery_id": logged.delivery_id,
        "batch": logged.batch,
        "arrived_at": logged.arrived_at.isoformat(),
    }
