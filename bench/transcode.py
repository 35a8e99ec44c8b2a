"""Time of transcoding an album against bare ffmpeg with the same encoders, the same binary.

Ours: `Transcoder.album` with loudness, true peak, waveform, cutting, playlists and storing on the
local disk. The reference: one ffmpeg per track with four plain outputs and `ebur128=peak=true`,
two at a time. Three tracks of three minutes, 44.1 kHz, 16 bits, FLAC.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import _common
from core import spawn
from core.errors import PartMissing, SegueError
from storage.backends.obstore import local_store
from transcode import ffmpeg
from transcode.facts import TrackSource
from transcode.pipeline import Transcoder
from transcode.probe import MediaProbe

PACKAGE = "wesnoth-1.16-music"
TRACKS = ("battle", "legends_of_the_north", "siege_of_laurelmor")
SECONDS = 180
LIMIT = 600.0


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    tool = ffmpeg.locate()
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        masters, material = _masters(tool, folder)
        probe = MediaProbe(tool)
        sources: list[TrackSource] = []
        probing = _common.timed(
            lambda: sources.extend(
                TrackSource(digest=path.stem, path=path, facts=probe.audio(path))
                for path in masters
            )
        )
        run = iter(range(10_000))

        def ours() -> float:
            place = folder / f"ours-{next(run)}"
            coder = Transcoder(local_store(place / "objects"), place / "work", tool)
            return _common.timed(lambda: coder.album(sources))

        def reference() -> float:
            return _common.timed(lambda: _bare_album(tool, masters, folder / f"bare-{next(run)}"))

        pairs = _common.measured_in_turn(ours, reference)
    figures = {
        "material": material,
        "ffmpeg": ".".join(map(str, tool.version)),
        "tracks": len(masters),
        "seconds_of_music": SECONDS * len(masters),
        "times_real_time": round(SECONDS * len(masters) / min(pairs.ours), 1),
        "probe_seconds_not_included": round(probing, 3),
        **pairs.figures("seconds"),
    }
    return _common.report(
        "transcode",
        "one ffmpeg per track, four encoders and ebur128=peak=true, two at a time",
        {"transcode": pairs.ratio},
        figures,
    )


def _masters(tool: ffmpeg.Ffmpeg, folder: Path) -> tuple[list[Path], str]:
    """Three FLAC files: real music when it can be fetched, else synthesised, and which it is."""
    try:
        root = _common.debian(PACKAGE)
    except PartMissing as missing:
        _common.say(f"{missing.message}; synthesising instead")
        inputs = [["-f", "lavfi", "-i", _synthetic(index)] for index in range(len(TRACKS))]
        material = "synthesised"
    else:
        inputs = [["-i", str(next(root.rglob(f"{name}.ogg")))] for name in TRACKS]
        material = PACKAGE
    masters = []
    for index, source in enumerate(inputs):
        path = folder / f"master{index}.flac"
        plain = ("-t", str(SECONDS), "-ar", "44100", "-ac", "2", "-sample_fmt", "s16", str(path))
        _ffmpeg(tool, [*source, *plain])
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


def _bare_album(tool: ffmpeg.Ffmpeg, masters: list[Path], folder: Path) -> None:
    folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda path: _bare_track(tool, path, folder), masters))


def _bare_track(tool: ffmpeg.Ffmpeg, master: Path, folder: Path) -> None:
    outputs: list[str] = []
    for rate in ("64k", "128k", "256k"):
        outputs += [
            "-map",
            "0:a",
            "-c:a",
            "aac",
            "-b:a",
            rate,
            f"{folder}/{master.stem}-{rate}.mp4",
        ]
    outputs += ["-map", "0:a", "-c:a", "flac", "-strict", "-2", f"{folder}/{master.stem}-flac.mp4"]
    outputs += ["-map", "0:a", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    _ffmpeg(tool, ["-i", str(master), *outputs])


def _ffmpeg(tool: ffmpeg.Ffmpeg, arguments: list[str]) -> None:
    argv = [tool.path, "-hide_banner", "-nostdin", "-nostats", "-y", *arguments]
    done = spawn.run(argv, timeout=LIMIT)
    if done.code != 0:
        raise SegueError(f"ffmpeg failed: {done.err[-400:]}")


if __name__ == "__main__":
    sys.exit(_common.answer(measure, sys.argv[1:]))
