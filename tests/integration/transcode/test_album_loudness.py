"""The loudness summed up from the tracks is that of the album in one piece, by ffmpeg itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.integration.transcode import signals
from transcode import encode, ffmpeg, ladder, loudness
from transcode.graph import Joined

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from transcode.ffmpeg import Ffmpeg

pytestmark = pytest.mark.integration

RATE = 48_000
TRACKS = ((0.30, 14.0), (0.05, 20.3), (0.0002, 6.0), (0.12, 17.77), (0.0, 5.0))
"""Level and seconds; two are under the gates."""


def _sound(level: float, seconds: float) -> NDArray[np.int64]:
    """Noise that swells, so that there is a range."""
    size = round(seconds * RATE)
    swell = 0.6 + 0.4 * np.sin(np.arange(size) / RATE * 1.7)
    noise = np.random.default_rng(size).uniform(-1, 1, (size, 2))
    return signals.integers(noise * swell[:, None] * level, 16)


def _written(folder: Path, name: str, pcm: NDArray[np.int64]) -> Path:
    return signals.write_wav(folder / f"{name}.wav", pcm, rate=RATE, bits=16)


def _measured(tool: Ffmpeg, path: Path) -> tuple[loudness.Loudness, loudness.Blocks]:
    """As the pipeline measures a track, beside its cheapest rendition."""
    plan = ladder.ladder(rate=RATE, bits=16, lossless=True)[0]
    folder = path.with_suffix("")
    folder.mkdir()
    found = encode.run(tool, Joined(track=signals.source(tool, path)), [plan], folder)
    return found.loudness, found.blocks


def _by_ffmpeg(tool: Ffmpeg, path: Path) -> loudness.Loudness:
    node: Any = ffmpeg.source(path, "wav").filter("ebur128", peak="true", framelog="verbose")
    outcome = ffmpeg.execute(tool, node.output("-", f="null"), timeout=200)
    assert outcome.code == 0, outcome.log
    return loudness.parse(outcome.log)


def test_an_album_is_as_loud_as_its_concatenation(tool: Ffmpeg, tmp_path: Path) -> None:
    sounds = [_sound(level, seconds) for level, seconds in TRACKS]
    paths = [_written(tmp_path, f"t{index}", pcm) for index, pcm in enumerate(sounds)]
    summed = loudness.album([_measured(tool, path) for path in paths])
    whole = _by_ffmpeg(tool, _written(tmp_path, "whole", np.concatenate(sounds)))
    assert summed.integrated == pytest.approx(whole.integrated, abs=0.1001)
    assert summed.range == pytest.approx(whole.range, abs=0.5)
    assert summed.true_peak == pytest.approx(whole.true_peak, abs=0.1001)
    assert summed.integrated > -30  # the quiet tracks were gated out
