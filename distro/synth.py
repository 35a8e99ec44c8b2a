"""`distro make`: a whole album of synthesised music, the same for the same seed.

Tracks 1 and 2 are cut out of one continuous signal, in the middle of sounding notes, so that a
player without gapless playback is heard at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from distro.instruments import RATE
from distro.mixing import fade, master, quantise, render
from distro.score import compose, sketch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

TARGET_LUFS = -16.0
SHORTEST, LONGEST = 42.0, 58.0
"""Seconds of a track when no length is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """One finished track: 16-bit stereo at 44.1 kHz, shape (n, 2)."""

    number: int
    samples: NDArray[np.int16]

    @property
    def seconds(self) -> float:
        """Length of the track."""
        return len(self.samples) / RATE


def album(tracks: int, seed: int, seconds: float | None = None) -> Iterator[Sound]:
    """The tracks in order; `seconds` fixes the length of each, otherwise 42 to 58 s."""
    lengths = _lengths(tracks, seed, seconds)
    first = lengths[:2]
    number = 1
    for piece, parts in enumerate([first, *([length] for length in lengths[2:])]):
        whole = continuous(parts, seed, piece)
        start = 0
        for part in parts:
            end = start + round(part * RATE)
            yield Sound(number=number, samples=whole[start:end])
            start, number = end, number + 1


def continuous(parts: list[float], seed: int, piece: int = 0) -> NDArray[np.int16]:
    """One piece that lasts as long as all its parts together, each a whole number of samples."""
    rng = np.random.default_rng([seed, piece])
    count = sum(round(part * RATE) for part in parts)
    seconds = count / RATE
    plan = sketch(rng, seconds)
    mixed = render(compose(plan), seconds, rng)
    finished = fade(mixed, 0.02, min(2.5, 0.15 * seconds))
    return quantise(master(finished, TARGET_LUFS), rng)


def write_flac(path: Path, samples: NDArray[np.int16]) -> None:
    """A 16-bit FLAC file."""
    soundfile.write(path, samples, RATE, format="FLAC", subtype="PCM_16")


def _lengths(tracks: int, seed: int, seconds: float | None) -> list[float]:
    if tracks < 1:
        raise ValueError(f"an album needs at least one track, not {tracks}")
    if seconds is not None:
        return [seconds] * tracks
    rng = np.random.default_rng([seed, 0, tracks])
    return [float(each) for each in rng.uniform(SHORTEST, LONGEST, tracks)]
