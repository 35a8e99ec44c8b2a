"""A part of a track on the segment grid, with exact edges: what a preview plays.

An edge is the same instant in all renditions: a whole number of samples on the coarsest grid that
they share. Before the first sample lies at least one access unit, so that an AAC decoder is settled
when the window opens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transcode.manifest import Rendition

PREROLL = 1024
"""Samples of one AAC access unit."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A part of the music, in milliseconds from its first sample: [start_ms, end_ms)."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What of one rendition is played. Counts are samples per channel at its rate.

    Attributes:
        first, last: indexes of the first and the last segment that is needed.
        start, end: edges of the music in the rendition's decode time.
        decode_time: decode time of the first segment.
    """

    first: int
    last: int
    start: int
    end: int
    decode_time: int


def whole(rendition: Rendition) -> Cut:
    """All of the music."""
    return Cut(
        first=0,
        last=len(rendition.segments) - 1,
        start=rendition.delay,
        end=rendition.delay + rendition.samples,
        decode_time=0,
    )


def cut(renditions: Sequence[Rendition], clip: Clip) -> tuple[Cut, ...]:
    """The same part of all renditions, at least one sample of each."""
    grid = math.gcd(*(one.rate for one in renditions))
    total = max(1, min(one.samples * grid // one.rate for one in renditions))
    begins = min(clip.start_ms * grid // 1000, total - 1)
    ends = max(clip.end_ms * grid // 1000, begins + 1)
    edges = []
    for one in renditions:
        step = one.rate // grid
        end = ends * step if ends < total else one.samples
        edges.append((one.delay + begins * step, one.delay + end))
    firsts, lasts = [], []
    for one, (start, end) in zip(renditions, edges, strict=True):
        firsts.append(_index(one, start - PREROLL))
        lasts.append(_index(one, end - 1))
    first, last = min(firsts), max(lasts)
    return tuple(
        Cut(
            first=first,
            last=min(last, len(one.segments) - 1),
            start=start,
            end=end,
            decode_time=sum(segment.samples for segment in one.segments[:first]),
        )
        for one, (start, end) in zip(renditions, edges, strict=True)
    )


def _index(rendition: Rendition, sample: int) -> int:
    """The segment that holds this sample of the decode time."""
    end = 0
    for index, segment in enumerate(rendition.segments):
        end += segment.samples
        if sample < end:
            return index
    return len(rendition.segments) - 1
