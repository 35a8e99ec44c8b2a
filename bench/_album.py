"""The album that benchmarks encode: ten tracks of 90 s, 44.1 kHz, 16 bits, FLAC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import _common
from core import spawn
from core.errors import PartMissing, SegueError

if TYPE_CHECKING:
    from pathlib import Path

    from transcode import ffmpeg

PACKAGE = "wesnoth-1.16-music"
TRACKS = (
    *("battle", "legends_of_the_north", "siege_of_laurelmor", "breaking_the_chains"),
    *("elvish-theme", "frantic", "journeys_end", "knolls", "nunc_dimittis", "vengeful"),
)
SECONDS = 90
LIMIT = 600.0


def masters(tool: ffmpeg.Ffmpeg, folder: Path, tracks: int = len(TRACKS)) -> tuple[list[Path], str]:
    """The first of its tracks as FLAC: real music when it can be
    fetched, else synthesised; and which it is."""
    try:
        root = _common.debian(PACKAGE)
    except PartMissing as missing:
        _common.say(f"{missing.message}; synthesising instead")
        inputs = [["-f", "lavfi", "-i", _synthetic(index)] for index in range(tracks)]
        material = "synthesised"
    else:
        inputs = [["-i", str(next(root.rglob(f"{name}.ogg")))] for name in TRACKS[:tracks]]
        material = PACKAGE
    masters = []
    for index, source in enumerate(inputs):
        path = folder / f"master{index}.flac"
        plain = ("-t", str(SECONDS), "-ar", "44100", "-ac", "2", "-sample_fmt", "s16", str(path))
        run(tool, [*source, *plain])
        masters.append(path)
    return masters, material


def _synthetic(index: int) -> str:
    """Chords under a slow beat over soft noise, for lavfi; no silence, no pure tone."""
    base = 110 * (index + 2) / 2
    chord = "+".join(
        f"0.12*sin(2*PI*{base * ratio:.3f}*t)*(1+0.3*sin({pace}*t))"
        for ratio, pace in ((1, 0.7), (1.25, 1.1), (1.5, 1.7), (2, 2.3), (3.01, 5.1))
    )
    drum = "0.3*exp(-9*mod(t,0.5))*sin(2*PI*60*mod(t,0.5))+0.04*(random(0)-0.5)"
    return f"aevalsrc={chord}+{drum}|{chord}+{drum}:s=44100:d={SECONDS}"


def run(tool: ffmpeg.Ffmpeg, arguments: list[str]) -> None:
    argv = [tool.path, "-hide_banner", "-nostdin", "-nostats", "-y", *arguments]
    done = spawn.run(argv, timeout=LIMIT)
    if done.code != 0:
        raise SegueError(f"ffmpeg failed: {done.err[-400:]}")
