"""Signals with the traits of music that codecs and truth checks live on, made from a seed.

Notes with many decaying partials, drums and cymbals up to the top of the band, breath and hiss,
reverberation, panned; no two are alike. They are not music: no listener is asked about them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

SCALE = (0, 2, 3, 5, 7, 8, 10)


def make(kind: str, seed: int, seconds: float, rate: int) -> Signal:
    """(samples, 2) in -0.9..0.9 at `rate`."""
    random = np.random.default_rng([seed, sum(kind.encode())])
    samples = round(seconds * rate)
    mono = np.stack([KINDS[kind](random, samples, rate) for _ in range(2)])
    shared = KINDS[kind](random, samples, rate)
    mix = np.stack([shared + 0.5 * mono[0], shared + 0.5 * mono[1]], axis=1)
    mix = _room(mix, random, rate)
    return np.asarray(0.9 * mix / np.abs(mix).max())


def _notes(
    random: np.random.Generator,
    samples: int,
    rate: int,
    *,
    partials: int,
    fall: float,
    decay: float,
) -> Signal:
    """Notes of a scale, their partials falling by `fall` dB an octave and dying by `decay`."""
    out = np.zeros(samples)
    at = 0
    while at < samples:
        length = min(samples - at, round(rate * random.uniform(0.4, 1.6)))
        time = np.arange(length) / rate
        pitch = 55.0 * 2 ** (random.integers(1, 5) + random.choice(SCALE) / 12)
        attack = np.minimum(1, time / random.uniform(0.002, 0.02))
        for number in range(1, partials + 1):
            tone = pitch * number * (1 + 3e-4 * number * number / partials)
            if tone > 0.49 * rate:
                break
            level = 10 ** (-fall * np.log2(number) / 20) * random.uniform(0.4, 1)
            shape = attack * np.exp(-time * decay * (1 + 0.25 * number))
            out[at : at + length] += (
                level * shape * np.sin(2 * np.pi * tone * time + random.uniform(0, 6.28))
            )
        at += round(rate * random.uniform(0.08, 0.4))
    return out / max(1e-9, float(np.abs(out).max()))


def _noise(
    random: np.random.Generator, samples: int, rate: int, slope: float, low: float
) -> Signal:
    """Noise from `low` Hz up, falling by `slope` dB an octave above 1 kHz."""
    spectrum = np.fft.rfft(random.standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / rate)
    octaves = np.log2(np.maximum(hertz, 1) / 1_000)
    spectrum *= 10 ** (-slope * np.maximum(octaves, 0) / 20) * (hertz > low)
    out = np.fft.irfft(spectrum, samples)
    return np.asarray(out / np.abs(out).max())


def _hits(random: np.random.Generator, samples: int, rate: int, low: float, decay: float) -> Signal:
    """Strokes of noise on an uneven beat."""
    strike = np.zeros(samples)
    beat = rate * random.uniform(0.18, 0.3)
    for at in np.arange(0, samples, beat).astype(int):
        strike[min(samples - 1, at + random.integers(0, 200))] = random.uniform(0.3, 1)
    envelope = _convolved(strike, np.exp(-np.arange(rate) / rate * decay))
    return _noise(random, samples, rate, 1.0, low) * envelope


def _convolved(signal: Signal, other: Signal) -> Signal:
    size = 1 << (len(signal) + len(other)).bit_length()
    product = np.fft.rfft(signal, size) * np.fft.rfft(other, size)
    return np.asarray(np.fft.irfft(product, size)[: len(signal)])


def _room(mix: Signal, random: np.random.Generator, rate: int) -> Signal:
    tail = np.exp(-np.arange(rate // 2) / rate * 9)
    wet = [_convolved(mix[:, c], tail * random.standard_normal(len(tail))) for c in range(2)]
    wet_mix = np.stack(wet, axis=1)
    return np.asarray(mix + 0.12 * wet_mix / np.abs(wet_mix).max())


def _band(random: np.random.Generator, samples: int, rate: int) -> Signal:
    return np.asarray(
        _notes(random, samples, rate, partials=40, fall=5, decay=2.0)
        + 0.5 * _hits(random, samples, rate, 5_000, 14)
        + 0.4 * _hits(random, samples, rate, 60, 30)
        + 0.003 * _noise(random, samples, rate, 0, 20)
    )


def _piano(random: np.random.Generator, samples: int, rate: int) -> Signal:
    notes = _notes(random, samples, rate, partials=24, fall=9, decay=2.5)
    return np.asarray(notes + 0.0008 * _noise(random, samples, rate, 3, 20))


def _strings(random: np.random.Generator, samples: int, rate: int) -> Signal:
    notes = _notes(random, samples, rate, partials=60, fall=6, decay=0.6)
    return np.asarray(notes + 0.02 * _noise(random, samples, rate, 4, 2_000))


def _vintage(random: np.random.Generator, samples: int, rate: int) -> Signal:
    """Dull and hissing: most of it under 6 kHz, tape noise over all."""
    notes = _notes(random, samples, rate, partials=10, fall=14, decay=2.0)
    return np.asarray(notes + 0.004 * _noise(random, samples, rate, 2, 20))


def _electronic(random: np.random.Generator, samples: int, rate: int) -> Signal:
    return np.asarray(
        _notes(random, samples, rate, partials=120, fall=4, decay=5)
        + 0.6 * _hits(random, samples, rate, 7_000, 25)
        + 0.6 * _hits(random, samples, rate, 40, 12)
    )


KINDS: dict[str, Callable[[np.random.Generator, int, int], Signal]] = {
    "band": _band,
    "piano": _piano,
    "strings": _strings,
    "vintage": _vintage,
    "electronic": _electronic,
}
