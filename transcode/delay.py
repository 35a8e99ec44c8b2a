"""Measures the encoder delay of AAC in samples, once per ffmpeg, instead of trusting a constant."""

from __future__ import annotations

import tempfile
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np

from transcode import ffmpeg
from transcode.errors import EncodingFault

_RATE = 44_100
_SAMPLES = 16_384
_FARTHEST = 8_192


@lru_cache(maxsize=8)
def measured_aac_delay(tool: ffmpeg.Ffmpeg) -> int:
    """The lag at which a decoded noise burst fits the original best.

    Raises:
        EncodingFault: this ffmpeg has no AAC encoder, or its output doesn't resemble its input.
    """
    noise = np.random.default_rng(7).uniform(-0.5, 0.5, _SAMPLES)
    noise *= np.hanning(_SAMPLES)
    burst = np.rint(noise * 32_767).astype("<i2")
    decoded = _round_trip(tool, burst.tobytes())
    padded = np.zeros(_SAMPLES + _FARTHEST)
    padded[: min(len(decoded), len(padded))] = decoded[: len(padded)]
    spectrum = np.fft.rfft(padded) * np.conj(np.fft.rfft(burst, len(padded)))
    likeness = np.fft.irfft(spectrum, len(padded))[:_FARTHEST]
    lag = int(np.argmax(likeness))
    if likeness[lag] < 0.5 * float(np.dot(burst.astype(float), burst.astype(float))):
        raise EncodingFault(f"{tool.path}: decoded AAC does not resemble what was encoded")
    return lag


def _round_trip(tool: ffmpeg.Ffmpeg, pcm: bytes) -> np.typing.NDArray[np.float64]:
    """Through ADTS, which has no edit list that could hide the delay."""
    with tempfile.TemporaryDirectory() as folder:
        raw, coded = Path(folder, "burst.wav"), Path(folder, "burst.aac")
        with wave.open(str(raw), "wb") as file:
            file.setparams((1, 2, _RATE, 0, "NONE", ""))
            file.writeframes(pcm)
        node = ffmpeg.source(raw, "wav")
        _run(tool, node.output(str(coded), f="adts", acodec="aac", audio_bitrate=256_000))
        pieces: list[bytes] = []
        back = ffmpeg.source(coded, "aac").output("pipe:1", f="s16le", acodec="pcm_s16le")
        _run(tool, back, pieces)
    return np.frombuffer(b"".join(pieces), dtype="<i2").astype(np.float64)


def _run(tool: ffmpeg.Ffmpeg, graph: object, pieces: list[bytes] | None = None) -> None:
    sink = None if pieces is None else pieces.append
    outcome = ffmpeg.execute(tool, graph, timeout=60, on_pcm=sink)
    if outcome.code != 0:
        raise EncodingFault(f"{tool.path}: {'; '.join(outcome.errors()) or 'failed'}")
