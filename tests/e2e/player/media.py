"""Real HLS for the pages' own tests: one flowing sound cut into tracks, and our own transcoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from blake3 import blake3

from storage.backends.obstore import local_store
from transcode.facts import TrackSource
from transcode.ffmpeg import locate
from transcode.pipeline import Transcoder
from transcode.probe import MediaProbe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RATE = 44_100


@dataclass(frozen=True)
class Media:
    """Transcoded tracks: the folder of their assets, and their manifests."""

    folder: Path
    manifests: tuple[dict[str, Any], ...]

    def play(self, number: int) -> dict[str, Any]:
        """The address and the joins that a play of track `number` gets."""
        manifest = self.manifests[number]
        joins = {
            one["name"]: {
                "rate": one["rate"],
                "start": one["delay"],
                "samples": one["samples"],
                "delay": one["delay"],
            }
            for one in manifest["renditions"]
        }
        return {"hls": f"/m/token/{manifest['asset']}/master.m3u8", "gapless": joins}


def flow(seconds: float) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """A sweep over soft noise: no two places sound alike, so a join can be found to the sample."""
    t = np.arange(round(seconds * RATE)) / RATE
    sweep = 0.2 * np.sin(2 * np.pi * (180 * t + 6 * t * t))
    noise = np.random.default_rng(5).normal(0, 0.03, len(t))
    smooth = np.convolve(noise, np.ones(8) / 8, mode="same")
    return np.asarray(np.stack([sweep + smooth] * 2, axis=1) * 32_767).astype(np.int16)


def transcode(folder: Path, lengths: Sequence[float]) -> Media:
    """Cuts the flow into tracks of these lengths (seconds), one running into the next.

    The objects stand under `folder/hls/<asset>/`.
    """
    tool = locate()
    work = folder / "work"
    work.mkdir(parents=True)
    sound = flow(sum(lengths))
    sources, at = [], 0
    for number, seconds in enumerate(lengths):
        samples = round(seconds * RATE)
        path = folder / f"{number}.wav"
        soundfile.write(path, sound[at : at + samples], RATE, subtype="PCM_16")
        at += samples
        digest = blake3(path.read_bytes()).hexdigest()
        facts = MediaProbe(tool).audio(path)
        sources.append(TrackSource(digest=digest, path=path, facts=facts))
    store = local_store(folder)
    done = Transcoder(store, work, tool, parallel=1).album(sources)
    return Media(folder / "hls", tuple(one.manifest for one in done))
