"""Durations and bandwidths as playlists state them, from measured segments. Exact, no floats."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transcode.manifest import Segment


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """Bits per second: the peak that RFC 8216, 4.1 defines, and the average over all."""

    peak: int
    average: int


def target_duration(segments: Sequence[Segment], rate: int) -> int:
    """The longest segment in seconds, rounded to the nearest, at least 1."""
    longest = max((segment.samples for segment in segments), default=rate)
    return max(1, (2 * longest + rate) // (2 * rate))


def bandwidth(segments: Sequence[Segment], rate: int) -> Bandwidth:
    """Peak over any run of whole segments lasting 0.5 to 1.5 target durations, and average.

    A track too short for any such run counts as one run.
    """
    target = target_duration(segments, rate)
    peak = Fraction(0)
    for first in range(len(segments)):
        samples = size = 0
        for segment in segments[first:]:
            samples, size = samples + segment.samples, size + segment.bytes
            if 2 * samples > 3 * target * rate:
                break
            if 2 * samples >= target * rate:
                peak = max(peak, Fraction(8 * size * rate, samples))
    total = sum(segment.samples for segment in segments)
    average = Fraction(8 * sum(segment.bytes for segment in segments) * rate, max(1, total))
    return Bandwidth(_up(max(peak, average)), _up(average))


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def seconds(samples: int, rate: int) -> str:
    """samples/rate with nine decimals, rounded to the nearest: exact to far below a sample."""
    billionths = (2 * samples * 10**9 + rate) // (2 * rate)
    return f"{billionths // 10**9}.{billionths % 10**9:09d}"
