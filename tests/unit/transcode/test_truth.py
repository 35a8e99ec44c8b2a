"""What the truth check says of signals made here; its figures are measured by a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from transcode.hearing import Hearing
from transcode.truth import doubts

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 44_100
SECONDS = 3


def noise(rate: int = RATE, seed: int = 1) -> NDArray[np.float64]:
    """Stereo noise that falls by 3 dB an octave, as music about does."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal((rate * SECONDS, 2)), axis=0)
    hertz = np.fft.rfftfreq(rate * SECONDS, 1 / rate)
    spectrum /= np.sqrt(np.maximum(hertz, 50))[:, None]
    out = np.fft.irfft(spectrum, rate * SECONDS, axis=0)
    return np.asarray(0.5 * out / np.abs(out).max())


def cut(signal: NDArray[np.float64], rate: int, hertz: float) -> NDArray[np.float64]:
    """With nothing above this frequency."""
    spectrum = np.fft.rfft(signal, axis=0)
    spectrum[np.fft.rfftfreq(len(signal), 1 / rate) > hertz] = 0
    return np.asarray(np.fft.irfft(spectrum, len(signal), axis=0))


def kinds(
    signal: NDArray[np.float64],
    rate: int = RATE,
    *,
    bits: int = 16,
    lossless: bool = True,
    shift: int = 0,
) -> list[str]:
    form, kind, width = ("s16le", "<i2", 16) if bits == 16 else ("s32le", "<i4", 32)
    hearing = Hearing(form, rate=rate, channels=signal.shape[1])
    scaled = np.rint(signal * (2 ** (bits - 1) - 1)).astype(np.int64) >> shift << shift
    data = (scaled << (width - bits)).astype(kind).tobytes()
    for start in range(0, len(data), 200_001):  # pieces that cut frames
        hearing.add(data[start : start + 200_001])
    heard = hearing.heard(bits=bits, lossless=lossless)
    assert heard.samples == len(signal)
    return [one.kind for one in doubts(heard)]


def test_what_is_genuine_raises_no_doubt() -> None:
    assert kinds(noise()) == []
    assert kinds(noise(96_000), 96_000, bits=24) == []


@pytest.mark.parametrize("hertz", [12_000, 16_000, 19_500])
def test_a_codecs_low_pass_is_seen(hertz: int) -> None:
    assert kinds(cut(noise(), RATE, hertz)) == ["lossy"]


def test_what_says_that_it_is_lossy_is_not_blamed_for_it() -> None:
    assert kinds(cut(noise(), RATE, 16_000), lossless=False) == []


def test_dull_music_is_not_blamed() -> None:
    assert kinds(cut(noise(), RATE, 6_000)) == []


@pytest.mark.parametrize(("rate", "hertz"), [(48_000, 21_500), (96_000, 21_500), (96_000, 23_600)])
def test_a_lower_rate_is_seen_in_a_higher_one(rate: int, hertz: int) -> None:
    assert kinds(cut(noise(rate), rate, hertz), rate, bits=24) == ["upsampled"]


def test_unused_bits_are_counted() -> None:
    assert kinds(noise(), bits=24, shift=8) == ["padded"]
    assert kinds(noise(), bits=24, shift=0) == []


def test_equal_channels_are_mono() -> None:
    both = np.repeat(noise()[:, :1], 2, axis=1)
    assert kinds(both) == ["dual_mono"]
    assert kinds(noise()[:, :1]) == []


def test_clipping_counts_runs_and_not_peaks() -> None:
    assert kinds(np.clip(8 * noise(), -1, 1)) == ["clipped"]
    assert "clipped" not in kinds(noise() / np.abs(noise()).max())


def test_silence_is_told_whole_or_at_an_end() -> None:
    assert kinds(np.zeros((RATE, 2))) == ["silent"]
    quiet = np.zeros((11 * RATE, 2))
    assert kinds(np.concatenate([quiet, noise()])) == ["silent"]
    assert kinds(np.concatenate([noise(), quiet])) == ["silent"]
    assert kinds(np.concatenate([noise(), quiet[:RATE], noise()])) == []
