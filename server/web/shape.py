"""The shape of an album: the peaks of its tracks side by side, a space where silence is. Pure."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STEP = 3.5
GAP = 7.0
FLOOR = 0.08
QUIETEST = 64


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place from the start and its height, both in px of a `height` px strip."""

    x: float
    height: float


def album_shape(tracks: Sequence[Mapping[str, Any]], *, width: float, height: float) -> list[Bar]:
    """Bars for a strip of `width` x `height` px; tracks that run on touch each other."""
    shown = [track for track in tracks if track.get("peaks")]
    total = sum(float(track["seconds"]) for track in shown)
    if not shown or total <= 0:
        return []
    gaps = sum(1 for track in shown[:-1] if not track["gapless_next"])
    room = max(STEP, width - gaps * GAP)
    bars: list[Bar] = []
    loudest = max(QUIETEST, *(max(track["peaks"]) for track in shown))
    x = 0.0
    for track in shown:
        count = max(1, round(room * float(track["seconds"]) / total / STEP))
        bars += [
            Bar(x + i * STEP, level * height)
            for i, level in enumerate(_levels(track, count, loudest))
        ]
        x += count * STEP + (0 if track["gapless_next"] else GAP)
    return [bar for bar in bars if bar.x < width]


def _levels(track: Mapping[str, Any], count: int, loudest: int) -> list[float]:
    """The peaks of one track reduced to `count` levels between FLOOR and 1 (the loudest)."""
    peaks = track["peaks"]
    cuts = [i * len(peaks) // count for i in range(count + 1)]
    parts = [peaks[a : max(b, a + 1)] or peaks[-1:] for a, b in itertools.pairwise(cuts)]
    return [max(FLOOR, sum(part) / len(part) / loudest) for part in parts]
