"""Finds, to the sample, where recorded sound departs from what it was made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WINDOW = 8_192
REACH = 4_096
"""Samples that a join may be off and still be measured."""
AROUND = 512


@dataclass(frozen=True, slots=True)
class Join:
    """`inserted` samples at it (negative: missing); its energy and likeness beside the original.

    `energy` is 1 where the sound is as loud as the original within ±512 samples; `snr` in dB.
    """

    at: int
    inserted: int
    energy: float
    snr: float


def place(heard: NDArray[np.float64], original: NDArray[np.float64]) -> int:
    """Index in `heard` of the first sample of `original`, by its first two seconds or so."""
    piece = original[WINDOW : WINDOW + 8 * WINDOW]
    size = 1 << (len(heard) + len(piece)).bit_length()
    match = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size)), size)
    return int(np.argmax(match[: len(heard)])) - WINDOW


def measure(
    heard: NDArray[np.float64], original: NDArray[np.float64], joins: Sequence[int], start: int
) -> list[Join]:
    """Each join of the original, where the sound before it stands at `start` in the recording."""
    found, lag = [], 0
    for at in joins:
        before = _lag(heard, original, at - WINDOW - AROUND, start + lag)
        after = _lag(heard, original, at + AROUND, start + lag)
        window = original[at - AROUND : at + AROUND]
        sound = heard[start + before + lag + at - AROUND :][: 2 * AROUND]
        noise = float(np.square(sound - window).mean())
        power = float(np.square(window).mean())
        found.append(
            Join(
                at=at,
                inserted=after - before,
                energy=round(float(np.sqrt(np.square(sound).mean() / power)), 3),
                snr=round(10 * float(np.log10(power / max(noise, power * 1e-12))), 1),
            )
        )
        lag += after
    return found


def _lag(heard: NDArray[np.float64], original: NDArray[np.float64], at: int, start: int) -> int:
    """How many samples later than expected this window of the original is heard."""
    piece = original[at : at + WINDOW]
    first = max(0, start + at - REACH)
    field = heard[first : start + at + WINDOW + REACH]
    size = 1 << (len(field) + WINDOW).bit_length()
    match = np.fft.irfft(np.fft.rfft(field, size) * np.conj(np.fft.rfft(piece, size)), size)
    return int(np.argmax(match[: max(1, len(field) - WINDOW + 1)])) + first - start - at
