"""Real HLS for the pages' own tests: one flowing sound cut into tracks, and our own transcoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from blake3 import blake3

from server.services import play_answer
from server.services.previews import clipped
from storage.backends.obstore import local_store
from transcode.facts import TrackSource
from transcode.ffmpeg import locate
from transcode.pipeline import Transcoder
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from transcode.cuts import Clip

RATE = 44_100


@dataclass(frozen=True)
class Media:
    """Transcoded tracks: the folder of their assets, and their manifests."""

    folder: Path
    manifests: tuple[dict[str, Any], ...]

    def play(self, number: int) -> dict[str, Any]:
        """The address and the joins that a play of track `number` gets."""
        manifest = self.manifests[number]
        return {
            "hls": f"/m/token/{manifest['asset']}/master.m3u8",
            "renditions": play_answer.renditions(manifest),
            "loudness": play_answer.loudness(manifest),
        }

    def preview(self, number: int, clip: Clip) -> dict[str, Any]:
        """What a preview of track `number` gets."""
        manifest = self.manifests[number]
        return {**self.play(number), "renditions": clipped(manifest, clip)}


def flow(seconds: float, rate: int = RATE) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """A sweep over soft noise: no two places sound alike, so a join can be found to the sample.

    It is the same sound at any rate: the noise is made at 48 kHz, and at others has its spectrum.
    """
    t = np.arange(round(seconds * rate)) / rate
    sweep = 0.2 * np.sin(2 * np.pi * (180 * t + 6 * t * t))
    noise = np.random.default_rng(5).normal(0, 0.03, round(seconds * 48_000))
    soft = np.convolve(noise, np.ones(8) / 8, mode="same")
    if rate != 48_000:
        soft = np.fft.irfft(np.fft.rfft(soft)[: len(t) // 2 + 1], len(t)) * len(t) / len(soft)
    return np.asarray(np.stack([sweep + soft] * 2, axis=1) * 32_767).astype(np.int16)


def cuts(lengths: Sequence[float], rate: int = RATE) -> list[int]:
    """Where the tracks begin and the last one ends, in samples."""
    return [round(sum(lengths[:count]) * rate) for count in range(len(lengths) + 1)]


def noisy(seconds: float, rate: int) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Loud noise of two channels in 24 bits: nothing of it can be packed."""
    shape = (round(seconds * rate), 2)
    return np.random.default_rng(5).integers(-(2**30), 2**30, shape, dtype=np.int32)


def transcode(
    folder: Path, lengths: Sequence[float], rate: int = RATE, *, noise: bool = False
) -> Media:
    """Cuts the flow into tracks of these lengths (seconds), one running into the next.

    The objects stand under `folder/hls/<asset>/`. With `noise` it is loud noise, in 24 bits.
    """
    tool = locate()
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    sound = noisy(sum(lengths), rate) if noise else flow(sum(lengths), rate)
    at = cuts(lengths, rate)
    sources = []
    for number in range(len(lengths)):
        path = folder / f"{number}.wav"
        soundfile.write(
            path, sound[at[number] : at[number + 1]], rate, subtype="PCM_24" if noise else "PCM_16"
        )
        digest = blake3(path.read_bytes()).hexdigest()
        facts = MediaProbe(tool).audio(path)
        sources.append(TrackSource(digest=digest, path=path, facts=facts))
    store = local_store(folder)
    done = Transcoder(store, work, tool, parallel=1).album(sources)
    return Media(folder / "hls", tuple(one.manifest for one in done))
