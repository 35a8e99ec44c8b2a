"""Time of transcoding an album against bare ffmpeg with the same encoders, the same binary.

Ours: `Transcoder.album` with loudness, true peak, waveform, cutting, playlists and storing on the
local disk, neighbours decoded as context. The reference: one ffmpeg per track with four plain
outputs and `ebur128=peak=true`,
two at a time. Ten tracks of 90 s, 44.1 kHz, 16 bits, FLAC.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import _album, _common
from storage.backends.obstore import local_store
from transcode import ffmpeg, graph, ladder
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
        computing = _common.Pairs()

        def ours() -> float:
            place = folder / f"ours-{next(run)}"
            coder = Transcoder(local_store(place / "objects"), place / "work", tool)
            before = _cpu()
            spent = _common.timed(lambda: coder.album(sources))
            computing.ours.append(_cpu() - before)
            return spent

        def reference() -> float:
            before, place = _cpu(), folder / f"bare-{next(run)}"
            spent = _common.timed(lambda: _bare_album(tool, masters, place))
            computing.reference.append(_cpu() - before)
            return spent

        pairs = _common.measured_in_turn(ours, reference)
        stored = _stored(folder / "ours-0")
        each = _each(tool, masters[0], folder)
    figures = {
        "material": material,
        "ffmpeg": ".".join(map(str, tool.version)),
        "tracks": len(masters),
        "seconds_of_music": _album.SECONDS * len(masters),
        "times_real_time": round(_album.SECONDS * len(masters) / min(pairs.ours), 1),
        "probe_seconds_not_included": round(probing, 3),
        "times_real_time_by_rendition": each,
        "megabytes_for_a_minute": stored,
        "cpu_ratio": computing.ratio,
        **computing.figures("cpu_seconds"),
        **pairs.figures("seconds"),
    }
    return _common.report(
        "transcode",
        "one ffmpeg per track, four encoders and ebur128=peak=true, two at a time",
        {"transcode": pairs.ratio},
        figures,
    )


def _cpu() -> float:
    """Seconds of computing so far, of ours and of all children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _plans() -> tuple[ladder.Plan, ...]:
    return ladder.ladder(rate=44_100, bits=16, lossless=True)


def _each(tool: ffmpeg.Ffmpeg, master: Path, folder: Path) -> dict[str, float]:
    """Seconds of music for a second of computing, of each rendition alone."""
    found = {}
    for plan in _plans():
        options = graph.aac_options(plan) if plan.codec == "aac" else {"strict": -2}
        target = str(folder / f"alone-{plan.name}.mp4")
        node = ffmpeg.source(master, "flac").output(target, acodec=plan.codec, threads=1, **options)
        before = _cpu()
        ffmpeg.execute(tool, node, timeout=_album.LIMIT)
        found[plan.name] = round(_album.SECONDS / (_cpu() - before), 1)
    return found


def _stored(folder: Path) -> dict[str, float]:
    """Megabytes for a minute of music, by rendition and in all, of what the last run stored."""
    minutes = _album.SECONDS * len(_album.TRACKS) / 60
    sizes: dict[str, float] = {}
    for path in (folder / "objects" / "hls").rglob("*"):
        if path.is_file():
            name = path.parent.name if len(path.parent.name) < 64 else "playlists and manifest"
            sizes[name] = sizes.get(name, 0) + path.stat().st_size / 1e6 / minutes
    sizes["all"] = sum(sizes.values())
    return {name: round(size, 3) for name, size in sizes.items()}


def _bare_album(tool: ffmpeg.Ffmpeg, masters: list[Path], folder: Path) -> None:
    folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda path: _bare_track(tool, path, folder), masters))


def _bare_track(tool: ffmpeg.Ffmpeg, master: Path, folder: Path) -> None:
    outputs: list[str] = []
    for plan in _plans():
        if plan.codec == "aac":
            cutoff = ["-cutoff", str(plan.cutoff)] if plan.cutoff else []
            options = ["-b:a", str(plan.bit_rate), "-aac_coder", plan.coder, *cutoff]
        else:
            options = ["-strict", "-2"]
        target = f"{folder}/{master.stem}-{plan.name}.mp4"
        outputs += ["-map", "0:a", "-c:a", plan.codec, *options, target]
    outputs += ["-map", "0:a", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    _album.run(tool, ["-i", str(master), *outputs])


if __name__ == "__main__":
    sys.exit(_common.answer(measure, sys.argv[1:]))
