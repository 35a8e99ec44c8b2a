"""Measures how often the audio truth check is right: on genuine, coded and upsampled signals.

Signals are generated (bench/_music.py), coded by every codec and bit rate below, decoded, and
judged as if they had come as lossless files. Precision is how many of those that were doubted
deserve it, recall how many of those that deserve it were doubted.
"""

from __future__ import annotations

import sys
import tempfile
import wave
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import imageio_ffmpeg
import numpy as np

from bench import _common, _music
from core import spawn
from transcode.hearing import Hearing
from transcode.truth import doubts

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 6.0
SOURCES = 2
"""Of each kind of music."""
STUDIO = 96_000
CODECS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *(
        (f"mp3 {rate}k", ("-c:a", "libmp3lame", "-b:a", f"{rate}k"))
        for rate in (96, 128, 192, 256, 320)
    ),
    *((f"aac {rate}k", ("-c:a", "aac", "-b:a", f"{rate}k")) for rate in (96, 128, 192, 256)),
    *((f"vorbis q{q}", ("-c:a", "libvorbis", "-q:a", str(q))) for q in (2, 5, 8)),
    *((f"opus {rate}k", ("-c:a", "libopus", "-b:a", f"{rate}k")) for rate in (64, 128, 192)),
)
ENDINGS = {"mp3": "mp3", "aac": "m4a", "vorbis": "ogg", "opus": "opus"}
SOXR = ("-af", "aresample={}:resampler=soxr:precision=28")
TPDF = "aresample=osf=s16:dither_method=triangular"


class Bench:
    """Files of one corpus, made in a folder by the wheel's ffmpeg."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tool = str(imageio_ffmpeg.get_ffmpeg_exe())

    def run(self, *arguments: str) -> bytes:
        argv = [self.tool, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *arguments]
        done = spawn.run(argv, timeout=120)
        if done.code != 0:
            raise SystemExit(done.err)
        return done.out

    def studio(self, kind: str, seed: int) -> Path:
        """A master of 24 bits and 96 kHz."""
        path = self.folder / "studio.wav"
        pcm = np.rint(_music.make(kind, seed, SECONDS, STUDIO) * (2**23 - 1)).astype("<i4")
        with wave.open(str(path), "wb") as file:
            file.setparams((2, 3, STUDIO, 0, "NONE", ""))
            file.writeframes(pcm.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
        return path

    def made(self, source: Path, name: str, *options: str) -> Path:
        path = self.folder / name
        self.run("-i", str(source), *options, str(path))
        return path

    def judge(self, path: Path, rate: int, bits: int) -> dict[str, Any]:
        """The kinds of doubt, and what was measured."""
        form = "s16le" if bits == 16 else "s32le"
        hearing = Hearing(form, rate=rate, channels=2)
        data = self.run("-i", str(path), "-f", form, "-acodec", f"pcm_{form}", "pipe:1")
        for start in range(0, len(data), 1 << 18):
            hearing.add(data[start : start + (1 << 18)])
        heard = hearing.heard(bits=bits, lossless=True)
        edge = heard.edge
        return {
            "doubts": [one.kind for one in doubts(heard)],
            "edge": [round(edge.hertz), round(edge.fall, 1), round(edge.clear, 1)]
            if edge
            else None,
        }


def corpus(bench: Bench, sources: int) -> Iterator[dict[str, Any]]:
    """One row for each file: what it is, and what was said of it."""
    for kind in _music.KINDS:
        for seed in range(sources):
            studio = bench.studio(kind, seed)
            cd = bench.made(studio, "cd.wav", "-af", f"{SOXR[1].format(44_100)},{TPDF}")
            for truth, what, path, rate, bits in _files(bench, studio, cd):
                row = {"truth": truth, "what": what, "source": f"{kind} {seed}"}
                yield {**row, **bench.judge(path, rate, bits)}


def _files(bench: Bench, studio: Path, cd: Path) -> Iterator[tuple[str, str, Path, int, int]]:
    yield "genuine", "24/96 studio", studio, STUDIO, 24
    yield "genuine", "16/44.1 by soxr", cd, 44_100, 16
    soft = bench.made(studio, "soft.wav", "-af", f"aresample=44100,{TPDF}")
    yield "genuine", "16/44.1 by swr", soft, 44_100, 16
    high = bench.made(studio, "48.wav", *_filtered(48_000), "-c:a", "pcm_s24le")
    yield "genuine", "24/48 by soxr", high, 48_000, 24
    for rate in (48_000, 88_200, 96_000):
        up = bench.made(cd, "up.wav", *_filtered(rate), "-c:a", "pcm_s24le")
        yield "upsampled", f"44.1 to {rate / 1000:g}", up, rate, 24
    up = bench.made(high, "up.wav", *_filtered(96_000), "-c:a", "pcm_s24le")
    yield "upsampled", "48 to 96", up, 96_000, 24
    for name, options in CODECS:
        codec = name.partition(" ")[0]
        coded = bench.made(cd, f"coded.{ENDINGS[codec]}", *options)
        back = bench.made(coded, "back.wav", "-ar", "44100", "-c:a", "pcm_s16le")
        yield "lossy", name, back, 44_100, 16


def _filtered(rate: int) -> tuple[str, str]:
    return SOXR[0], SOXR[1].format(rate)


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        rows = list(corpus(Bench(Path(name)), SOURCES))
    figures: dict[str, Any] = {"sources": SOURCES * len(_music.KINDS), "files": len(rows)}
    figures["right_of_all"] = table(rows)
    ratios = {}
    for kind in ("lossy", "upsampled"):
        said = [row for row in rows if kind in row["doubts"]]
        meant = [row for row in rows if row["truth"] == kind]
        true = sum(row["truth"] == kind for row in said)
        ratios[f"{kind}_precision"] = round(true / max(1, len(said)), 3)
        ratios[f"{kind}_recall"] = round(true / max(1, len(meant)), 3)
    figures["lacks"] = "music; encoders other than ffmpeg's and the libraries of its wheel"
    return _common.report("truth", "what each file is", ratios, figures)


def table(rows: list[dict[str, Any]]) -> dict[str, str]:
    """How many of all were told apart rightly, by what they are."""
    found: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        said = [kind for kind in row["doubts"] if kind in {"lossy", "upsampled"}]
        right = not said if row["truth"] == "genuine" else row["truth"] in said
        found[f"{row['truth']}: {row['what']}"].append(right)
    return {name: f"{sum(right)} of {len(right)}" for name, right in found.items()}


if __name__ == "__main__":
    sys.exit(_common.answer(measure, sys.argv[1:]))
