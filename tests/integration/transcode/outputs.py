"""One output of the ladder for every kind of input that it takes, made once for all judges."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np

from storage.backends.obstore import local_store
from tests.integration.transcode import signals
from transcode import ffmpeg
from transcode.pipeline import Transcoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from transcode.packaging import Packaging

LONG, SHORT = 6.4, 0.9


@dataclass(frozen=True)
class Input:
    """A master to be made: its ending, what ffmpeg is told, and its shape."""

    ending: str
    options: dict[str, Any]
    rate: int = 44_100
    bits: int = 16
    channels: int = 2
    seconds: float = SHORT
    packaging: Packaging = "files"


INPUTS = {
    "wav": Input("wav", {}, seconds=2 * LONG),
    "wav-ranges": Input("wav", {}, seconds=2 * LONG, packaging="ranges"),
    "wav-48-24-mono": Input("wav", {}, rate=48_000, bits=24, channels=1, seconds=LONG),
    "aiff": Input("aiff", {}, rate=22_050, channels=1, seconds=LONG),
    "flac-96": Input("flac", {}, rate=96_000, bits=24, seconds=LONG),
    "flac-192": Input("flac", {}, rate=192_000, bits=24, seconds=LONG, packaging="ranges"),
    "alac": Input("m4a", {"acodec": "alac"}),
    "mp3": Input("mp3", {}, seconds=LONG, packaging="ranges"),
    "aac": Input("m4a", {"acodec": "aac"}),
    "opus": Input("opus", {"acodec": "libopus"}, rate=48_000),
    "vorbis": Input("ogg", {"acodec": "libvorbis"}),
    "one-sample": Input("wav", {}, seconds=0),
    "one-sample-ranges": Input("wav", {}, seconds=0, packaging="ranges"),
}


class Outputs:
    """Folders of published assets by the name of their input."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._made: dict[str, Path] = {}

    def __getitem__(self, name: str) -> Path:
        if name not in self._made:
            folder = Path(mkdtemp(dir=self.root))
            self._made[name] = make(folder, INPUTS[name])
        return self._made[name]


def make(folder: Path, given: Input) -> Path:
    """The folder of the published asset."""
    samples = max(1, round(given.seconds * given.rate))
    pcm = signals.integers(_sound(samples, given.channels), given.bits)
    wav = signals.write_wav(folder / "made.wav", pcm, rate=given.rate, bits=given.bits)
    tool = ffmpeg.locate()
    depth = {"sample_fmt": "s32"} if given.ending == "flac" else {}
    master = (
        wav
        if given.ending == "wav"
        else signals.convert(tool, wav, f"m.{given.ending}", **given.options, **depth)
    )
    coder = Transcoder(
        local_store(folder / "objects"), folder / "work", tool, packaging=given.packaging
    )
    (done,) = coder.album([signals.source(tool, master)])
    return folder / "objects" / "hls" / done.asset


def _sound(samples: int, channels: int) -> NDArray[np.float64]:
    """Soft noise that drifts: no two places are alike, and quicker made than music."""
    noise = np.random.default_rng(5).normal(0, 0.1, (samples + 4, channels))
    return np.asarray(noise[:-4] + noise[1:-3] + noise[2:-2] + noise[3:-1]) / 2


def manifest(folder: Path) -> dict[str, Any]:
    """What the pipeline says of it."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found
