"""What counts as a play. Pure: a play's numbers so far and one beacon in, the new numbers out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

COUNTS_AFTER_MS = 30_000
SLACK = timedelta(seconds=2)  # clocks of browser and server, and the way between them
END_SLACK_MS = 500  # a track heard to its end reports a few frames less than its length


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A play's numbers: milliseconds really heard, highest beacon number, when it counted."""

    opened_at: datetime
    duration_ms: int
    heard_ms: int = 0
    seq: int = 0
    ended: bool = False
    counted_at: datetime | None = None


def advance(play: Heard, *, heard_ms: int, seq: int, ended: bool, at: datetime) -> Heard:
    """The play after a beacon that reached us at `at`.

    Beacons may repeat or overtake each other: everything only grows, and `counted_at` is set
    once. Nobody hears more than the time that passed since the play was opened.
    """
    possible = (at - play.opened_at + SLACK) / timedelta(milliseconds=1)
    heard = max(play.heard_ms, min(heard_ms, int(max(possible, 0))))
    counted = play.counted_at or (at if counts(heard, play.duration_ms) else None)
    return replace(
        play,
        heard_ms=heard,
        seq=max(play.seq, seq),
        ended=play.ended or ended,
        counted_at=counted,
    )


def counts(heard_ms: int, duration_ms: int) -> bool:
    """30 s heard, or a shorter track heard to its end (a track of unknown length needs 30 s)."""
    if heard_ms >= COUNTS_AFTER_MS:
        return True
    return 0 < duration_ms < COUNTS_AFTER_MS and heard_ms >= max(1, duration_ms - END_SLACK_MS)
