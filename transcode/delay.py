"""Measures the delay of every rendition in samples: encodes a known signal and looks where it is.

Done once for each ffmpeg and set of plans, by the very graph that encodes the music.
"""

from __future__ import annotations

import tempfile
import wave
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from transcode import ffmpeg, graph, ladder
from transcode.errors import EncodingFault
from transcode.facts import AudioFacts, TrackSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from transcode.ladder import Plan

_SECONDS = 0.4
_LEAST_LIKENESS = 0.5


@lru_cache(maxsize=64)
def measured(tool: ffmpeg.Ffmpeg, plans: tuple[Plan, ...], rate: int) -> Mapping[str, int]:
    """Delay of each plan by name, in samples at the plan's rate, for sources of `rate` Hz: the lag
    at which what was decoded fits the original best.

    Raises:
        EncodingFault: this ffmpeg can't encode, or its output doesn't resemble its input.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = _source(folder, rate)
        joined = graph.Joined(track=source)
        _run(tool, graph.build(joined, plans, folder))
        lead = joined.lead * ladder.AU
        return {
            plan.name: _lag(tool, graph.output(folder, plan), plan, rate)
            - (lead if plan.codec == "aac" else 0)
            for plan in plans
        }


def chirp(rate: int, lowest_rate: int) -> NDArray[np.float64]:
    """A swelling sweep in -0.5..0.5, the same sound at every rate; it fits itself at no other lag.

    It stays under two fifths of `lowest_rate`, so that no rendition lacks a part of it.
    """
    time = np.arange(round(_SECONDS * rate)) / rate
    low, high = 200.0, min(0.4 * lowest_rate, 9_000.0)
    phase = 2 * np.pi * (low * time + (high - low) * time**2 / (2 * _SECONDS))
    return np.asarray(0.5 * np.sin(phase) * np.sin(np.pi * time / _SECONDS) ** 2)


def _source(folder: Path, rate: int) -> TrackSource:
    path = folder / "chirp.wav"
    pcm = np.rint(chirp(rate, rate) * 32_767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(pcm.tobytes())
    facts = AudioFacts(
        codec="pcm_s16le",
        container="WAV",
        rate=rate,
        channels=1,
        bits=16,
        samples=len(pcm),
        lossless=True,
    )
    return TrackSource(digest="", path=path, facts=facts)


def _lag(tool: ffmpeg.Ffmpeg, path: Path, plan: Plan, rate: int) -> int:
    pieces: list[bytes] = []
    node = ffmpeg.source(path, "mov", ignore_editlist=1)
    _run(tool, node.output("pipe:1", f="s16le", acodec="pcm_s16le"), pieces)
    decoded = np.frombuffer(b"".join(pieces), dtype="<i2").astype(np.float64)
    original = chirp(plan.rate, rate) * 32_767
    size = 1 << (len(decoded) + len(original)).bit_length()
    product = np.fft.rfft(decoded, size) * np.conj(np.fft.rfft(original, size))
    likeness = np.fft.irfft(product, size)[: size // 2]
    lag = int(np.argmax(likeness))
    if likeness[lag] < _LEAST_LIKENESS * float(np.dot(original, original)):
        raise EncodingFault(f"{tool.path}: {plan.name} decoded does not resemble what was encoded")
    return lag


def _run(tool: ffmpeg.Ffmpeg, built: object, pieces: list[bytes] | None = None) -> None:
    sink = None if pieces is None else pieces.append
    outcome = ffmpeg.execute(tool, built, timeout=60, on_pcm=sink)
    if outcome.code != 0:
        raise EncodingFault(f"{tool.path}: {'; '.join(outcome.errors()) or 'failed'}")
