"""Whether a preview of a track may be played, and which part of it that is.

A preview needs less than a play: that somebody, under whatever commercial model, may use the track
in this territory now, or that its sender lets clips be heard already while its deals are yet to
begin. What no deal reaches, what has ended and what was taken down has no preview either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.models import Feed
from catalog.queries.audience import Audience, judge_of
from catalog.queries.playing import find_playable
from catalog.rights import Reason, ReasonCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.queries.audience import Judge
    from catalog.queries.playing import Playable
    from catalog.rights import Verdict

USE = "Preview"
"""Stands as use in the grant of a preview; no use type of DDEX, because none is used up."""

DEFAULT_MS = 30_000
_BEFORE = frozenset({ReasonCode.NOT_YET, ReasonCode.PRE_ORDER_ONLY})
_MOST_PAIRS = 400
_MAY = Reason(code=ReasonCode.ALLOWED, message="A preview of it may be played.")


@dataclass(frozen=True, slots=True)
class Previewable:
    """A track, and the verdict on a preview of it."""

    found: Playable
    verdict: Verdict


def find_preview(
    session: Session, release_id: str, recording_id: str, audience: Audience, at: datetime
) -> Previewable | None:
    """The track of this release with this recording, None when there is none."""
    found = find_playable(session, release_id, recording_id, audience, at)
    if found is None:
        return None
    feed = session.get(Feed, found.release.feed_id)
    policy = dict(feed.policy or {}) if feed else {}
    said = policy.get("rights")
    # what may be announced without a date may not be heard without one
    policy["rights"] = {**(said if isinstance(said, dict) else {}), "announce_undated": False}
    judge = judge_of(found.release, policy)
    return Previewable(found, preview_verdict(judge, recording_id, audience.territory, at))


def preview_verdict(judge: Judge, recording: str, territory: str, at: datetime) -> Verdict:
    """The verdict of a judge whose policy announces nothing undated."""
    pairs = {
        (model, use)
        for deal in judge.rights.terms.deals
        for model in deal.commercial_models
        for use in deal.use_types
    }
    whoever = Audience(territory=territory, tier="", wanted=tuple(sorted(pairs)[:_MOST_PAIRS]))
    verdict = judge.verdict(recording, whoever, at)
    if verdict.allowed or verdict.reason.code not in _BEFORE:
        return verdict
    shown = judge.shown(recording, whoever, at)
    changes = [each for each in (verdict.next_change, shown.next_change) if each is not None]
    until = min(changes, default=None)
    if shown.clips:
        return replace(verdict, allowed=True, reason=_MAY, next_change=until, until=until)
    return replace(verdict, next_change=until)


def part_of(
    said: Sequence[int] | None, duration_ms: int, default_ms: int = DEFAULT_MS
) -> tuple[int, int]:
    """The part that is played, [start, end) in milliseconds: what the message said, `[start, end]`
    with end 0 where it gave none, else the first `default_ms`, of a short track the first half."""
    duration_ms = max(1, duration_ms)
    start, end = (said[0], said[1]) if said else (0, 0)
    if not 0 <= start < duration_ms or 0 < end <= start:
        start, end = 0, 0
    if not end:
        end = start + max(1, min(default_ms, duration_ms // 2))
    return start, min(end, duration_ms)
