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

from bench import _album, _common
from storage.backends.obstore import local_store
from transcode import ffmpeg
from transcode.facts import TrackSource
from transcode.pipeline import Transcoder
from transcode.probe import MediaProbe


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    tool = ffmpeg.locate()
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        masters, material = _album.masters(tool, folder)
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
        "seconds_of_music": _album.SECONDS * len(masters),
        "times_real_time": round(_album.SECONDS * len(masters) / min(pairs.ours), 1),
        "probe_seconds_not_included": round(probing, 3),
        **pairs.figures("seconds"),
    }
    return _common.report(
        "transcode",
        "one ffmpeg per track, four encoders and ebur128=peak=true, two at a time",
        {"transcode": pairs.ratio},
        figures,
    )


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
    _album.run(tool, ["-i", str(master), *outputs])


if __name__ == "__main__":
    sys.exit(_common.answer(measure, sys.argv[1:]))
