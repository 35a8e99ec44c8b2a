"""Generated signals, and the decode of what we published: no file of these tests is committed."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Any

import numpy as np

from transcode import ffmpeg
from transcode.facts import TrackSource
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from storage.store import ObjectStore


def music(samples: int, *, rate: int = 44_100, channels: int = 2, seed: int = 1) -> NDArray[Any]:
    """(samples, channels) in -1..1: many drifting tones below 7 kHz; never periodic."""
    random = np.random.default_rng(seed)
    time = np.arange(samples) / rate
    mix = np.zeros((samples, channels))
    for _ in range(24):
        pitch, drift, swell = (
            random.uniform(120, 6_500),
            random.uniform(-40, 40),
            random.uniform(1, 5),
        )
        tone = np.sin(2 * np.pi * (pitch * time + drift * time**2) + random.uniform(0, 6))
        mix += np.outer(tone * (1 + np.sin(swell * time)), random.uniform(0.2, 1, channels))
    peak = np.abs(mix).max() or 1.0
    return mix / peak * 0.7


def noise(samples: int, *, channels: int = 2, seed: int = 3) -> NDArray[Any]:
    """(samples, channels) in -0.5..0.5: what no codec can compress, so that every byte matters."""
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (samples, channels))


def integers(signal: NDArray[Any], bits: int) -> NDArray[np.int64]:
    """Scaled to whole numbers of this depth."""
    scaled: NDArray[np.int64] = np.rint(signal * (2 ** (bits - 1) - 1)).astype(np.int64)
    return scaled


def write_wav(path: Path, pcm: NDArray[np.int64], *, rate: int, bits: int) -> Path:
    """A WAV file of 16 or 24 bits."""
    width = bits // 8
    raw = pcm.astype("<i4").tobytes()
    data = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 4)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((pcm.shape[1], width, rate, 0, "NONE", ""))
        file.writeframes(data)
    return path


def source(tool: ffmpeg.Ffmpeg, path: Path) -> TrackSource:
    """A probed track; the digest is only a name here."""
    return TrackSource(digest=path.stem, path=path, facts=MediaProbe(tool).audio(path))


def convert(tool: ffmpeg.Ffmpeg, path: Path, name: str, **options: Any) -> Path:
    """The file encoded anew by ffmpeg under another name."""
    target = path.with_name(name)
    graph = ffmpeg.source(path, "wav").output(str(target), **options)
    outcome = ffmpeg.execute(tool, graph, timeout=240)
    assert outcome.code == 0, outcome.log
    return target


def published(
    tool: ffmpeg.Ffmpeg, store: ObjectStore, asset: str, rendition: dict[str, Any], folder: Path
) -> NDArray[np.int64]:
    """All that a rendition decodes to, as (samples, channels) of 32 bits."""
    prefix = f"hls/{asset}/{rendition['name']}"
    names = ["init.mp4", *(f"{index}.m4s" for index in range(len(rendition["segments"])))]
    path = folder / f"{rendition['name']}.mp4"
    path.write_bytes(b"".join(store.get(f"{prefix}/{name}") for name in names))
    pieces: list[bytes] = []
    graph = ffmpeg.source(path, "mov").output("pipe:1", f="s32le", acodec="pcm_s32le")
    outcome = ffmpeg.execute(tool, graph, timeout=240, on_pcm=pieces.append)
    assert outcome.code == 0, outcome.log
    assert outcome.errors() == []
    pcm = np.frombuffer(b"".join(pieces), dtype="<i4")
    return pcm.reshape(-1, rendition["channels"]).astype(np.int64)


def lag(ours: NDArray[Any], original: NDArray[Any]) -> int:
    """Samples by which `ours` is late: the peak of the cross-correlation of the first channels."""
    size = 1 << (2 * max(len(ours), len(original))).bit_length()  # quick to transform
    one = np.fft.rfft(ours[:, 0].astype(float), size)
    two = np.fft.rfft(original[:, 0].astype(float), size)
    peak = int(np.argmax(np.fft.irfft(one * np.conj(two), size)))
    return peak if peak < size // 2 else peak - size


def noise_ratio(ours: NDArray[Any], original: NDArray[Any]) -> float:
    """Signal to noise in dB, both scaled alike."""
    difference = ours.astype(float) - original
    return float(10 * np.log10((original.astype(float) ** 2).mean() / (difference**2).mean()))
