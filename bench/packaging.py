"""A file for each segment against one file with byte ranges: which should be the default?

An album of five tracks of four minutes (AAC at 64, 128 and 256 kb/s, FLAC of about 900) is stored
both ways in turn, and started cold: initialisation and two segments of FLAC, from a store without
files of its own (a bucket), as a cache without slices does it, which has to fetch an object before
it can answer a range of it (the server fetches slices). Ratios are files / ranges; below 1 speaks
for files.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench._common import Pairs, answer, measured_in_turn, report, timed
from server.playback.hot import HotObjects
from storage.backends.obstore import local_store, memory_store
from transcode.manifest import Rendition, Segment
from transcode.packaging import Packaging, init_of, put, segments_of

if TYPE_CHECKING:
    from storage.store import ObjectStore

TRACKS, SECONDS, RATE, SAMPLES = 5, 240, 44_100, 262_144
RATES = {"aac64": 64, "aac128": 128, "aac256": 256, "flac": 900}
STARTS = 20


def renditions() -> list[Rendition]:
    found = []
    for name, kilobits in RATES.items():
        size = round(kilobits * 125 * SAMPLES / RATE)
        count = SECONDS * RATE // SAMPLES + 1
        found.append(
            Rendition(
                name=name, codec="flac", codecs="fLaC", bandwidth=1, average_bandwidth=1,
                rate=RATE, bits=16, channels=2, delay=0, padding=0, samples=SECONDS * RATE,
                init_bytes=800, segments=(Segment(samples=SAMPLES, bytes=size),) * count,
            )
        )  # fmt: skip
    return found


def store_album(store: ObjectStore, packaging: Packaging, work: Path) -> None:
    for track in range(TRACKS):
        for one in renditions():
            noise = os.urandom(one.segments[0].bytes)
            pieces = [noise] * len(one.segments)
            prefix = f"hls/{track}/{one.name}"
            put(store, prefix, bytes(800), pieces, packaging=packaging, folder=work)


def stored(packaging: Packaging) -> float:
    with tempfile.TemporaryDirectory() as folder:
        root, work = Path(folder, "objects"), Path(folder, "work")
        work.mkdir()
        store = local_store(root)
        seconds = timed(lambda: store_album(store, packaging, work))
        files = [each.stat() for each in root.rglob("*") if each.is_file()]
        DISK[packaging] = {
            "objects": len(files),
            "bytes": sum(each.st_size for each in files),
            "bytes_on_disk": sum(each.st_blocks * 512 for each in files),
        }
        return seconds


DISK: dict[str, dict[str, int]] = {}
FETCHED: dict[str, int] = {}


def started(store: ObjectStore, packaging: Packaging) -> float:
    """Seconds for `STARTS` cold starts, each of a track that memory does not hold."""
    flac = renditions()[-1]
    pieces = [init_of(flac, packaging), *list(segments_of(flac, packaging))[:2]]

    async def start(track: int) -> None:
        hot = HotObjects(store, 1 << 30)
        for piece in pieces:
            with await hot.get(f"hls/{track}/{piece.address}") as item:
                item.read(piece.start, piece.start + piece.size)
        FETCHED[packaging] = hot.held
        hot.close()

    async def starts() -> None:
        for number in range(STARTS):
            await start(number % TRACKS)

    return timed(lambda: asyncio.run(starts()))


def measure() -> dict[str, Any]:
    storing = measured_in_turn(lambda: stored("files"), lambda: stored("ranges"), 3)
    store = memory_store()
    with tempfile.TemporaryDirectory() as folder:
        kinds: tuple[Packaging, ...] = ("files", "ranges")
        for each in kinds:
            store_album(store, each, Path(folder))
    starting: Pairs = measured_in_turn(
        lambda: started(store, "files") / STARTS, lambda: started(store, "ranges") / STARTS, 3
    )
    return report(
        "packaging",
        "one file for each rendition, byte ranges",
        {
            "store": storing.ratio,
            "cold_start": starting.ratio,
            "cold_start_bytes": round(FETCHED["files"] / FETCHED["ranges"], 4),
            "disk": round(DISK["files"]["bytes_on_disk"] / DISK["ranges"]["bytes_on_disk"], 4),
        },
        {
            "store": storing.figures("s"),
            "cold_start": starting.figures("s"),
            "disk": DISK,
            "cold_start_bytes": FETCHED,
        },
    )


if __name__ == "__main__":
    sys.exit(answer(measure, sys.argv[1:]))
