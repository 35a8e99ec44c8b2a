"""A play's numbers from its events. Pure: events may repeat and come in any order.

Each beacon adds by itself, by greatest and least alone, so that the same set of beacons gives the
same play. Nobody hears more than the time that passed; what was claimed beyond it is kept as
`excess_ms`, for accounting to judge.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.usage.policy import END_SLACK_MS

COUNTS_AFTER_MS = 30_000
SLACK = timedelta(seconds=2)  # clocks of browser and server, and the way between them
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A play so far.

    `opened_at` is when it could begin, `used_at` when it began, the earliest by its beacons.
    `rendition` is what the beacon with the highest number said.
    """

    opened_at: datetime
    duration_ms: int
    used_at: datetime | None = None
    heard_ms: int = 0
    excess_ms: int = 0
    seq: int = -1
    rendition: str = ""
    ended: bool = False
    updated_at: datetime | None = None
    counted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A beacon: what it claims, and when it reached us."""

    heard_ms: int
    seq: int
    ended: bool
    at: datetime
    rendition: str = ""


def advance(play: Heard, said: Said) -> Heard:
    """The play with a beacon more."""
    possible = max(0, int((said.at - play.opened_at + SLACK) / _MS))
    heard = min(said.heard_ms, possible)
    began = max(play.opened_at, said.at - heard * _MS)
    counted = said.at if counts(heard, play.duration_ms) else None
    return replace(
        play,
        used_at=min(play.used_at or began, began),
        heard_ms=max(play.heard_ms, heard),
        excess_ms=max(play.excess_ms, said.heard_ms - possible),
        seq=max(play.seq, said.seq),
        rendition=max((play.seq, play.rendition), (said.seq, said.rendition))[1],
        ended=play.ended or said.ended,
        updated_at=max(play.updated_at or said.at, said.at),
        counted_at=min(filter(None, (play.counted_at, counted)), default=None),
    )


def counts(heard_ms: int, duration_ms: int) -> bool:
    """30 s heard, or a shorter track heard to its end (a track of unknown length needs 30 s).

    The plain rule, for people to see at once; `server.usage.accounting` judges by the policy.
    """
    if heard_ms >= COUNTS_AFTER_MS:
        return True
    return 0 < duration_ms < COUNTS_AFTER_MS and heard_ms >= max(1, duration_ms - END_SLACK_MS)
