"""From notes to a finished stereo signal: placing, echo, reverb, loudness, ceiling.

Loudness follows ITU-R BS.1770-5: K weighting, 400 ms blocks with 75 % overlap, both gates. The
weighting is done in the frequency domain, which leaves the energies as the filters would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distro import instruments
from distro.instruments import RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from distro.score import Note

    Voice = Callable[[float, float, np.random.Generator], NDArray[np.float64]]

VOICES: dict[str, tuple[Voice, float]] = {
    "pad": (instruments.pad, 0.35),
    "keys": (instruments.keys, 0.3),
    "bass": (instruments.bass, 0.04),
    "lead": (instruments.lead, 0.4),
    "bell": (instruments.bell, 0.6),
    "kick": (instruments.kick, 0.03),
    "shaker": (instruments.shaker, 0.12),
    "brush": (instruments.brush, 0.2),
}
"""Each instrument with its share in the reverb."""

ECHOES = {"lead": ((0.38, 0.30), (0.76, 0.14)), "keys": ((0.38, 0.12),)}
"""(delay in seconds, level) of the echoes of an instrument."""

CEILING = 0.89
"""About -1 dBFS."""
_KNEE = 0.62
_BLOCK = 1 << 17
_FLOOR = -70.0


def render(notes: Sequence[Note], seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """The mix of all notes, shape (round(seconds * 44100), 2), not yet levelled."""
    count = round(seconds * RATE)
    dry, wet = np.zeros((count, 2)), np.zeros((count, 2))
    for note in notes:
        voice, send = VOICES[note.voice]
        sound = voice(note.pitch, note.seconds, rng) * note.level
        _place(dry, wet, sound, note.start, send)
        for delay, level in ECHOES.get(note.voice, ()):
            _place(dry, wet, sound[:, ::-1] * level, note.start + delay, send)
    mixed: NDArray[np.float64] = dry + 0.55 * reverb(wet, rng)
    return mixed


def reverb(signal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A hall of about 2.2 s, different left and right; same length as the signal."""
    impulse = _hall(rng)
    out = np.zeros((len(signal) + 2 * _BLOCK, 2))
    response = np.fft.rfft(impulse, 2 * _BLOCK, axis=0)
    for start in range(0, len(signal), _BLOCK):
        block = np.fft.rfft(signal[start : start + _BLOCK], 2 * _BLOCK, axis=0)
        out[start : start + 2 * _BLOCK] += np.fft.irfft(block * response, 2 * _BLOCK, axis=0)
    return out[: len(signal)]


def master(signal: NDArray[np.float64], target: float) -> NDArray[np.float64]:
    """Level to `target` LUFS and bend what would pass the ceiling; silent signals stay silent."""
    found = loudness(signal)
    if found <= _FLOOR:
        return signal
    levelled = signal * 10.0 ** ((target - found) / 20.0)
    size = np.abs(levelled)
    over = _KNEE + (CEILING - _KNEE) * np.tanh((size - _KNEE) / (CEILING - _KNEE))
    bent: NDArray[np.float64] = np.sign(levelled) * np.where(size > _KNEE, over, size)
    return bent


def fade(signal: NDArray[np.float64], into: float, out: float) -> NDArray[np.float64]:
    """Raised-cosine fades at both ends, lengths in seconds."""
    curve = np.ones(len(signal))
    for seconds, part in ((into, slice(None)), (out, slice(None, None, -1))):
        n = min(round(seconds * RATE), len(signal))
        slope = 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / max(n, 1))
        curve[part][:n] *= slope
    return signal * curve[:, None]


def quantise(signal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int16]:
    """16 bits with triangular dither, except where there is digital silence."""
    dither = rng.random(signal.shape) - rng.random(signal.shape)
    dither[np.abs(signal).max(axis=1) == 0.0] = 0.0
    scaled = np.clip(np.round(signal * 32767.0 + dither), -32768, 32767)
    return scaled.astype(np.int16)


def loudness(signal: NDArray[np.float64]) -> float:
    """Integrated loudness in LUFS of a (n, 2) signal at 44.1 kHz; -70 when there is nothing."""
    size = min(round(0.4 * RATE), len(signal))
    weighted = _k_weighted(signal)
    total = np.concatenate(([0.0], np.cumsum((weighted**2).sum(axis=1))))
    starts = np.arange(0, len(signal) - size + 1, max(1, size // 4))
    power = (total[starts + size] - total[starts]) / size
    loud = power[_lufs(power) > _FLOOR]
    if not len(loud):
        return _FLOOR
    gated = loud[_lufs(loud) > _lufs(loud.mean()) - 10.0]
    return float(_lufs(gated.mean()))


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    level: NDArray[np.float64] = -0.691 + 10.0 * np.log10(np.maximum(power, 1e-12))
    return level


def _k_weighted(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two filters of BS.1770 as their analogue prototypes, in the frequency domain."""
    n = RATE * (len(signal) // RATE + 2)  # a product of small primes: the FFT is fast
    s = 2j * np.pi * np.fft.rfftfreq(n, 1 / RATE)
    w1, q1, gain = 2 * np.pi * 1681.97, 0.7072, 10 ** (3.99984 / 20)
    shelf = (gain * s**2 + gain**0.49967 * w1 / q1 * s + w1**2) / (s**2 + w1 / q1 * s + w1**2)
    w2, q2 = 2 * np.pi * 38.1355, 0.5003
    high = s**2 / (s**2 + w2 / q2 * s + w2**2)
    spectrum = np.fft.rfft(signal, n, axis=0) * (shelf * high)[:, None]
    weighted: NDArray[np.float64] = np.fft.irfft(spectrum, n, axis=0)[: len(signal)]
    return weighted


def _hall(rng: np.random.Generator) -> NDArray[np.float64]:
    n = round(2.4 * RATE)
    t = np.arange(n) / RATE
    noise = rng.standard_normal((n, 2)) * (np.exp(-t / 0.42) * np.clip(t / 0.02, 0.0, 1.0))[:, None]
    frequency = np.fft.rfftfreq(n, 1 / RATE)
    colour = 1.0 / (1.0 + (frequency / 3800.0) ** 2) * (frequency / (frequency + 180.0))
    impulse = np.fft.irfft(np.fft.rfft(noise, axis=0) * colour[:, None], n, axis=0)
    shaped: NDArray[np.float64] = impulse / np.sqrt((impulse**2).sum(axis=0).mean())
    return shaped


def _place(
    dry: NDArray[np.float64],
    wet: NDArray[np.float64],
    sound: NDArray[np.float64],
    start: float,
    send: float,
) -> None:
    at = max(0, round(start * RATE))
    part = sound[: max(0, len(dry) - at)]
    dry[at : at + len(part)] += part
    wet[at : at + len(part)] += part * send
