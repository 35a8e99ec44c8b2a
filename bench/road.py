"""Time from the last byte of an album to its first segment, against the transcoding alone.

Ours: `segue serve` on an empty data folder; the album arrives over SFTP, and the clock runs from
the last byte sent until the playlist and the first segment of track 1 answer 200. The reference:
`Transcoder.album` on the same masters. Three tracks of three minutes, 44.1 kHz, 16 bits, FLAC.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx2

from bench import _album, _common
from core.clock import system_clock
from core.errors import Unavailable
from core.settings import load
from distro import artwork, outbox
from distro.deliver import Plan, deliver
from distro.package import write_batch
from distro.release import ReleaseInput, Sides, Track, dpid, gtin13, isrc, streaming_offers
from distro.targets import sftp
from server.cli.demo.stage import Stage
from storage.backends.obstore import local_store
from transcode import ffmpeg
from transcode.facts import TrackSource
from transcode.pipeline import Transcoder
from transcode.probe import MediaProbe

SENDER = dpid("2026000002")
PATIENCE = 300.0


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    tool = ffmpeg.locate()
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        masters, material = _album.masters(tool, folder)
        probe = MediaProbe(tool)
        sources = [TrackSource(digest=p.stem, path=p, facts=probe.audio(p)) for p in masters]
        batch = _batch(masters, folder)
        run = iter(range(10_000))

        def reference() -> float:
            place = folder / f"bare-{next(run)}"
            coder = Transcoder(local_store(place / "objects"), place / "work", tool)
            return _common.timed(lambda: coder.album(sources))

        pairs = _common.measured_in_turn(lambda: _road(batch, folder / f"{next(run)}"), reference)
    return _common.report(
        "road",
        "transcoding the same album alone",
        {"road": pairs.ratio},
        {"material": material, "tracks": len(masters), **pairs.figures("seconds")},
    )


def _batch(masters: list[Path], folder: Path) -> outbox.LocalBatch:
    now = system_clock()
    start = (now - timedelta(days=7)).date()
    cover = folder / "cover.jpg"
    artwork.write_jpeg(cover, 1)
    release = ReleaseInput(
        icpn=gtin13("bench road"),
        title="The Long Road",
        artist="The Bench",
        label="Bench Recordings",
        genre="Classical",
        sub_genre="Orchestral",
        release_date=start,
        tracks=tuple(
            Track(
                title=f"Part {number}",
                isrc=isrc("bench road", start.year, number),
                audio=master,
                duration=timedelta(seconds=_album.SECONDS),
            )
            for number, master in enumerate(masters, 1)
        ),
        cover=cover,
        offers=streaming_offers(start),
    )
    sides = Sides(
        sender_dpid=SENDER,
        sender_name="Bench Recordings",
        recipient_dpid=load(environment={}).party.dpid,
        recipient_name="Segue",
    )
    write_batch([release], sides, folder / "batch", now)
    return outbox.find(folder / "batch")


@dataclass(slots=True)
class LastByte:
    """Notes when the last byte was sent."""

    total: int
    sent: int = 0
    at: float = field(default_factory=time.perf_counter)

    def __call__(self, count: int) -> None:
        """As `distro.deliver.Progress`."""
        self.sent += count
        self.at = time.perf_counter()


def _road(batch: outbox.LocalBatch, folder: Path) -> float:
    """Seconds from the last byte to the first segment."""
    folder.mkdir()
    stage = Stage(folder, folder / "data", load(), quiet=True)
    stage.env["SEGUE_LISTEN_ANONYMOUS"] = "true"
    stage.env["SEGUE_SFTP_FSYNC"] = "false"
    try:
        stage.serve(usual_port=False)
        feed = stage.run("feeds", "create", "--name", "bench", "--dpid", SENDER)
        host = stage.addresses["sftp"].removeprefix("sftp://")
        address = sftp.address(f"sftp://{feed['username']}@{host}/")
        login = sftp.Login(password=feed["password"])
        trust = sftp.Trust(fingerprint=feed["fingerprint"])
        last = LastByte(batch.size)
        deliver(batch, lambda: sftp.connect(address, login, trust), Plan(wait=None), last)
        return _first_segment(stage.addresses["api"]) - last.at
    finally:
        stage.close()


def _first_segment(api: str) -> float:
    """Ask like a player until the first segment of track 1 is here; when that was."""
    deadline = time.perf_counter() + PATIENCE
    with httpx2.Client(timeout=30, headers={"Origin": api.removesuffix("/api/v1")}) as client:
        while time.perf_counter() < deadline:
            found = client.get(f"{api}/releases").json()["releases"]
            if found and _segment(client, api, found[0]["id"]):
                return time.perf_counter()
            time.sleep(0.02)
    raise Unavailable(f"no segment within {PATIENCE:.0f} s")


def _segment(client: httpx2.Client, api: str, release_id: str) -> bool:
    page = client.get(f"{api}/releases/{release_id}").json()
    track = page["discs"][0]["tracks"][0]
    asked = {"release_id": release_id, "recording_id": track["recording_id"]}
    play = client.post(f"{api}/plays", json=asked)
    if play.status_code >= 400:
        return False
    master = urljoin(api, play.json()["hls"])
    media = urljoin(master, _first(client.get(master).text))
    segment = client.get(urljoin(media, _first(client.get(media).text)))
    return segment.status_code == 200 and len(segment.content) > 0


def _first(playlist: str) -> str:
    return next(line for line in playlist.splitlines() if line and not line.startswith("#"))


if __name__ == "__main__":
    sys.exit(_common.answer(measure, sys.argv[1:]))
