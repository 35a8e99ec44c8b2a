"""A track as it stood when it was heard: for plays that are told afterwards.

Deals, feed and take-downs are those that had arrived until then. Where nothing was said of the
release since, that is what the catalogue says now; else the log is walked up to the instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.log import ABOUT_RELEASES, FOLDED, Log
from catalog.models import Decision, LoggedMessage
from catalog.queries.audience import BOOK, Judge
from catalog.queries.playing import find_playable
from catalog.rights_policy import DEFAULT
from catalog.rights_terms import ReleaseTerms
from catalog.walk import recording, rows, walk

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.log import Books
    from catalog.queries.audience import Audience
    from catalog.rights import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardTrack:
    """A recording in the context of a release, whose it was, and the verdict of its time."""

    release: str
    feed: str
    recording: str
    isrc: str
    duration_ms: int
    verdict: Verdict


def find_heard(
    session: Session,
    books: Books,
    release_id: str,
    recording_id: str,
    audience: Audience,
    at: datetime,
) -> HeardTrack | None:
    """The track as it stood at `at`; None when the release had no such recording then.

    The policy of the feed is that of today: what was agreed before is not kept.

    Raises:
        KeyError: a message of the log is gone.
    """
    log = Log(session, books, until=at, keep=False)
    if _said_since(session, log, release_id, at):
        return _then(log, release_id, recording_id, audience, at)
    found = find_playable(session, release_id, recording_id, audience, at)
    if found is None:
        return None
    own = found.row.recording
    return HeardTrack(
        release=found.release.id,
        feed=found.release.feed_id,
        recording=own.id,
        isrc=own.isrc,
        duration_ms=own.duration_ms,
        verdict=found.verdict,
    )


def _said_since(session: Session, log: Log, release_id: str, at: datetime) -> bool:
    """Whether a message or a decision about the release came after the instant."""
    message = select(LoggedMessage.id).where(
        LoggedMessage.release_id.in_(sorted(log.routes.names(release_id))),
        LoggedMessage.arrived_at > at,
        LoggedMessage.outcome == "accept",
        LoggedMessage.type.in_(FOLDED),
    )
    decision = select(Decision.id).where(
        Decision.release_id == release_id,
        Decision.decided_at > at,
        Decision.kind.in_(ABOUT_RELEASES),
    )
    return any(session.scalar(query.limit(1)) is not None for query in (message, decision))


def _then(
    log: Log, release_id: str, recording_id: str, audience: Audience, at: datetime
) -> HeardTrack | None:
    known = walk(log.entries(release_id))
    owner = log.routes.owner(release_id) or (known.last.reading.owner if known.last else "")
    made = rows(release_id, owner, known, at, log.policies)
    sources = [one for one in made.sources if one["recording_id"] == recording_id]
    if made.release is None or not any(t["recording_id"] == recording_id for t in made.tracks):
        return None
    release, own = made.release, recording(sources)
    rights = BOOK.read(
        release["rights_digest"],
        log.policies.get(release["feed_id"], DEFAULT),
        lambda: ReleaseTerms.from_json(release["rights"]),
    )
    judge = Judge(rights, release["rights_digest"], locked=bool(release["locked"]))
    return HeardTrack(
        release=release_id,
        feed=release["feed_id"],
        recording=recording_id,
        isrc=own["isrc"],
        duration_ms=int(own.get("duration_ms") or 0),
        verdict=judge.verdict(recording_id, audience, at),
    )
