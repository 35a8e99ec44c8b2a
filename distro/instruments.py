"""Small synthesisers: each turns one note into samples, shape (n, 2), float32-safe in float64.

Wavetables hold one cycle of a band-limited sum of harmonics; they are long enough (32,768 values)
to be read without interpolation, with what that adds some 80 dB down.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 44_100
_BITS = 15
_TABLE = 1 << _BITS


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch; 69 is 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def pad(pitch: float, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A slow, wide string-like chord tone that opens and closes; rings 1.4 s after its end."""
    n = _count(seconds + 1.4)
    t = np.arange(n) / RATE
    swell = 0.25 + 0.35 * np.sin(np.pi * np.minimum(t / (seconds + 1.4), 1.0)) ** 2
    out = np.zeros((n, 2))
    for cents, left in ((-7.0, 0.85), (0.0, 0.5), (6.0, 0.15)):
        index = _steady(hertz(pitch + cents / 100.0), n, rng)
        tone = _soft()[index] * (1.0 - swell) + _bright()[index] * swell
        out[:, 0] += tone * left
        out[:, 1] += tone * (1.0 - left)
    return out * _gate(n, seconds, attack=0.7, release=1.4)[:, None]


def keys(pitch: float, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """An electric piano: two-operator FM with a short tine, dying away by itself."""
    n = _count(seconds + 1.2)
    t = np.arange(n) / RATE
    f = hertz(pitch)
    hammer = 0.9 * np.exp(-t / 0.22) + 0.15
    body = np.sin(2 * np.pi * f * t + hammer * np.sin(2 * np.pi * f * t))
    tine = 0.10 * np.exp(-t / 0.06) * np.sin(2 * np.pi * min(f * 7.0, 9000.0) * t)
    tone = (body + tine) * np.exp(-t / (0.9 + 0.3 * rng.random()))
    return _spread(tone * _gate(n, seconds, attack=0.004, release=0.9), 0.5)


def bass(pitch: float, seconds: float, _rng: np.random.Generator) -> NDArray[np.float64]:
    """A round bass: sine with a little of its octave, plucked."""
    n = _count(seconds + 0.15)
    t = np.arange(n) / RATE
    phase = 2 * np.pi * hertz(pitch) * t
    tone = np.sin(phase) + 0.45 * np.exp(-t / 0.35) * np.sin(2 * phase)
    tone = np.tanh(1.3 * tone) * (0.55 + 0.45 * np.exp(-t / 0.7))
    return _spread(tone * _gate(n, seconds, attack=0.012, release=0.12), 0.5)


def lead(pitch: float, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A breathy flute-like voice whose vibrato comes late."""
    n = _count(seconds + 0.35)
    t = np.arange(n) / RATE
    depth = 0.0035 * np.clip((t - 0.25) / 0.4, 0.0, 1.0)
    wobble = depth * np.sin(2 * np.pi * 5.1 * t + rng.random())
    phase = np.cumsum(hertz(pitch) * (1.0 + wobble)) / RATE
    breath = 0.012 * np.convolve(rng.standard_normal(n), np.ones(6) / 6.0, mode="same")
    tone = _read(_flute(), phase) + breath
    return _spread(tone * _gate(n, seconds, attack=0.05, release=0.3), 0.5)


def bell(pitch: float, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A glass bell: inharmonic partials, the higher the shorter."""
    n = _count(max(seconds, 2.2))
    t = np.arange(n) / RATE
    tone = np.zeros(n)
    for ratio, level, decay in (
        (1.0, 1.0, 0.9),
        (2.0, 0.5, 0.6),
        (2.76, 0.3, 0.4),
        (5.4, 0.1, 0.2),
    ):
        f = hertz(pitch) * ratio
        tone += level * np.exp(-t / decay) * np.sin(2 * np.pi * f * t + rng.random())
    return _spread(tone * _gate(n, n / RATE - 0.2, attack=0.003, release=0.2), 0.5)


def kick(_pitch: float, _seconds: float, _rng: np.random.Generator) -> NDArray[np.float64]:
    """A soft kick: a sine that falls from 120 to 46 Hz."""
    n = _count(0.32)
    t = np.arange(n) / RATE
    phase = np.cumsum(46.0 + 74.0 * np.exp(-t / 0.03)) / RATE
    return _spread(np.sin(2 * np.pi * phase) * np.exp(-t / 0.10) * _ends(n), 0.5)


def shaker(_pitch: float, _seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A grain of high noise."""
    n = _count(0.09)
    t = np.arange(n) / RATE
    noise = np.diff(rng.standard_normal(n + 2), n=2)
    return _spread(noise * 0.3 * np.exp(-t / 0.018) * (1.0 - np.exp(-t / 0.004)), 0.62)


def brush(_pitch: float, _seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A brushed snare: noise with a little body."""
    n = _count(0.22)
    t = np.arange(n) / RATE
    noise = np.diff(rng.standard_normal(n + 1)) * np.exp(-t / 0.05)
    body = 0.5 * np.sin(2 * np.pi * 185.0 * t) * np.exp(-t / 0.04)
    return _spread((0.5 * noise + body) * (1.0 - np.exp(-t / 0.003)) * _ends(n), 0.44)


def _count(seconds: float) -> int:
    return max(1, round(seconds * RATE))


def _spread(tone: NDArray[np.float64], left: float) -> NDArray[np.float64]:
    """Mono to stereo, equal power."""
    angle = left * np.pi / 2
    return np.stack((tone * np.sin(angle), tone * np.cos(angle)), axis=1)


def _gate(n: int, seconds: float, *, attack: float, release: float) -> NDArray[np.float64]:
    """Rise, hold, fall; raised-cosine slopes without clicks, zero at both ends."""
    t = np.arange(n) / RATE
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(t / attack, 0.0, 1.0))
    fall = 0.5 + 0.5 * np.cos(np.pi * np.clip((t - seconds) / release, 0.0, 1.0))
    gate: NDArray[np.float64] = rise * fall
    return gate


def _ends(n: int) -> NDArray[np.float64]:
    """A short fade at the end."""
    slope: NDArray[np.float64] = np.minimum(1.0, np.arange(n, 0, -1) / (0.02 * RATE))
    return slope


def _read(table: NDArray[np.float64], phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """One cycle per whole number of phase, which may run at any speed."""
    index = (phase * _TABLE).astype(np.int64) & (_TABLE - 1)
    tone: NDArray[np.float64] = table[index]
    return tone


def _steady(frequency: float, n: int, rng: np.random.Generator) -> NDArray[np.uint32]:
    """Places in a table for a steady tone: a 32-bit phase that wraps around by itself."""
    step = np.uint32(round(frequency / RATE * 2**32))
    start = np.uint32(rng.integers(2**32, dtype=np.uint32))
    phase: NDArray[np.uint32] = np.arange(n, dtype=np.uint32) * step + start
    return phase >> np.uint32(32 - _BITS)


def _table(levels: tuple[float, ...]) -> NDArray[np.float64]:
    turn = np.arange(_TABLE) * (2 * np.pi / _TABLE)
    cycle = sum(level * np.sin((k + 1) * turn + 0.7 * k) for k, level in enumerate(levels))
    wave: NDArray[np.float64] = np.asarray(cycle, dtype=np.float64)
    wave /= np.abs(wave).max()
    return wave


@cache
def _soft() -> NDArray[np.float64]:
    return _table((1.0, 0.32, 0.12, 0.04))


@cache
def _bright() -> NDArray[np.float64]:
    return _table(tuple(1.0 / (k**1.35) for k in range(1, 15)))


@cache
def _flute() -> NDArray[np.float64]:
    return _table((1.0, 0.38, 0.16, 0.05, 0.03))
