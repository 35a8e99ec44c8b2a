"""Finds, to the sample, where recorded sound departs from what it was made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WINDOW = 32_768
REACH = 65_536
"""Samples that a join may be off and still be measured: after a pause too the place is found."""
EARLY = 500_000
AROUND = 512
DROPOUT = 64
CLEAR = 8_192
"""Samples around a join in which no silence is forgiven."""
LIKE = 0.5


@dataclass(frozen=True, slots=True)
class Join:
    """`inserted` samples at it (negative: missing); its energy and likeness beside the original.

    `energy` is 1 where the sound is as loud as the original within ±512 samples; `snr` in dB.
    `alike` is the lesser correlation of what is heard before and after it with the original: below
    a half something else was heard, and `inserted` says nothing.
    """

    at: int
    inserted: int
    energy: float
    snr: float
    alike: float


def place(heard: NDArray[np.float64], original: NDArray[np.float64]) -> int:
    """Index in `heard` of the first sample of `original`, by its first second and a half.

    It is looked for in the first ten seconds or so: a track may come again later.
    """
    piece = original[WINDOW : 3 * WINDOW]
    field = heard[: EARLY + len(piece)]
    size = 1 << (len(field) + len(piece)).bit_length()
    match = np.fft.irfft(np.fft.rfft(field, size) * np.conj(np.fft.rfft(piece, size)), size)
    return int(np.argmax(match[: len(field)])) - WINDOW


def undropped(heard: NDArray[np.float64], joins: Sequence[int]) -> NDArray[np.float64]:
    """What was heard without the dropouts of a machine too busy to play: runs of exact zeros.

    Only what lies clear of all `joins` (samples from the first that sounds) is left out: a silence
    at a join stays, and is found.
    """
    sounding = np.flatnonzero(heard)
    if not len(sounding):
        return heard
    first, last = int(sounding[0]), int(sounding[-1])
    edges = np.flatnonzero(np.diff((heard == 0).astype(np.int8), prepend=0, append=0))
    keep, dropped = np.ones(len(heard), dtype=bool), 0
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        place = begin - first - dropped
        if end - begin < DROPOUT or not first < begin < last:
            continue
        if all(abs(place - join) > CLEAR for join in joins):
            keep[begin:end] = False
            dropped += end - begin
    return heard[keep]


def measure(
    heard: NDArray[np.float64], original: NDArray[np.float64], joins: Sequence[int], start: int
) -> list[Join]:
    """Each join of the original, where the sound before it stands at `start` in the recording."""
    found, lag = [], 0
    for at in joins:
        before, sure = _lag(heard, original, at - WINDOW - AROUND, start + lag)
        after, surely = _lag(heard, original, at + AROUND, start + lag)
        window = original[at - AROUND : at + AROUND]
        sound = heard[max(0, start + before + lag + at - AROUND) :][: 2 * AROUND]
        sound = np.pad(sound, (0, 2 * AROUND - len(sound)))
        noise = float(np.square(sound - window).mean())
        power = float(np.square(window).mean())
        found.append(
            Join(
                at=at,
                inserted=after - before,
                energy=round(float(np.sqrt(np.square(sound).mean() / power)), 3),
                snr=round(10 * float(np.log10(power / max(noise, power * 1e-12))), 1),
                alike=round(min(sure, surely), 3),
            )
        )
        lag += after if surely > LIKE else 0
    return found


def _lag(
    heard: NDArray[np.float64], original: NDArray[np.float64], at: int, start: int
) -> tuple[int, float]:
    """How many samples later than expected this window of the original is heard, and how surely."""
    piece = original[at : at + WINDOW]
    first = max(0, start + at - REACH)
    field = heard[first : start + at + WINDOW + REACH]
    if len(field) < WINDOW:
        return 0, 0.0
    size = 1 << (len(field) + WINDOW).bit_length()
    match = np.fft.irfft(np.fft.rfft(field, size) * np.conj(np.fft.rfft(piece, size)), size)
    sums = np.cumsum(np.square(np.pad(field, (1, WINDOW))))
    power = (sums[WINDOW:] - sums[:-WINDOW])[: len(field)] * np.square(piece).sum()
    alike = match[: len(field)] / np.sqrt(np.maximum(power, 1))
    best = int(np.argmax(alike))
    return best + first - start - at, float(alike[best])
