"""From an acknowledged take-down to the last byte served, with 1,000 open streams.

`segue serve` on an empty data folder gets an album over SFTP. A thousand simulated listeners open
plays of it over keep-alive connections and fetch a segment every four seconds, from playlists
handed out before. Then a message without deals is delivered over SFTP, as a distributor does it,
and goes the whole road: checked, published, acknowledged. The clock starts at the last byte of the
acknowledgement on the disk. A listener's time is that of the last byte of the last segment it was
given, 0 when that was before the acknowledgement; `from_publishing_*` counts from the event of the
catalogue, which is earlier. After each round a message with deals brings the release back:
`return_s` is the time from that event until all are served again.

The reference is the promise: 60 seconds. `--streams N` opens another number of streams.
"""

from __future__ import annotations

import asyncio
import random
import re
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx2
from sqlalchemy import select

from bench import _album, _common
from catalog.models import Answer, Event
from core.clock import system_clock
from core.database import Database
from core.errors import SegueError
from core.settings import load
from distro import artwork, outbox
from distro.deliver import Delivered, Plan, deliver
from distro.package import complete, write_batch
from distro.release import ReleaseInput, Sides, Track, dpid, gtin13, isrc, streaming_offers
from distro.targets import sftp
from server.cli.demo.stage import Stage
from transcode import ffmpeg

STREAMS = 1000
ROUNDS = 3
EVERY = 4.0
WARM = 6.0
PROMISE = 60.0
PATIENCE = 120.0
BEARABLE = 0.01
"""Share of requests that may fail: clients and server share this machine."""
SECONDS = 60
SENDER = dpid("2026000002")
SIDES = Sides(
    sender_dpid=SENDER,
    sender_name="Bench Recordings",
    recipient_dpid=load(environment={}).party.dpid,
    recipient_name="Segue",
)
Connect = Callable[[], Any]


@dataclass(slots=True)
class Listener:
    """One stream: its segments, when the last byte came, and whether it is refused now."""

    segments: list[str]
    last: float = 0.0
    refused: bool = False
    served: int = 0
    faults: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Times:
    """Unix seconds of one message: its event in the catalogue, and its acknowledgement."""

    published: float
    acknowledged: float


def measure(streams: int = STREAMS) -> dict[str, Any]:
    """The whole benchmark."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(max(soft, 4 * streams), hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        with _service(folder) as (api, sender):
            sender.send()
            return asyncio.run(_rounds(api, sender, streams))


class Sender:
    """The distributor: the same release again and again, with deals or without."""

    def __init__(self, folder: Path, connect: Connect, data: Path, feed: str) -> None:
        self._folder = folder
        self._connect = connect
        self._data = data
        self._feed = feed
        self._release = _release(folder)
        self._sent = 0

    def send(self, *, deals: bool = True) -> Times:
        """Deliver, wait for the acknowledgement, and say when what happened."""
        self._sent += 1
        folder = self._folder / f"out-{self._sent}"
        now = system_clock()
        made = write_batch([self._release], SIDES, folder, now)
        [release] = made.releases
        if self._sent > 1:
            shutil.rmtree(release.folder / "resources")
        if not deals:
            text = release.message.read_text(encoding="utf-8")
            bare = re.sub(r"<DealList>.*</DealList>", "", text, flags=re.DOTALL)
            release.message.write_text(bare, encoding="utf-8")
        complete(made.folder, made.batch_id, made.releases, SIDES, now)
        done = deliver(outbox.find(folder), self._connect, Plan(wait=PATIENCE), lambda _: None)
        return self._times(done)

    def _times(self, done: Delivered) -> Times:
        if not done.ok:
            raise SegueError(f"the message was not accepted: {done.to_json()}")
        database = Database(f"sqlite:///{self._data / 'segue.db'}")
        try:
            with database.read() as session:
                event = session.scalars(select(Event).order_by(Event.id.desc())).first()
                query = select(Answer).where(Answer.event_id == 0).order_by(Answer.id.desc())
                answer = session.scalars(query).first()
        finally:
            database.close()
        if event is None or answer is None or answer.path is None:
            raise SegueError("the message was not published or not acknowledged")
        file = self._data / "inbox" / self._feed / answer.path
        return Times(event.at.timestamp(), file.stat().st_mtime)


def _release(folder: Path) -> ReleaseInput:
    start = (system_clock() - timedelta(days=7)).date()
    audio = folder / "master.flac"
    source = f"sine=frequency=220:sample_rate=44100:duration={SECONDS}"
    plain = ["-ac", "2", "-sample_fmt", "s16", str(audio)]
    _album.run(ffmpeg.locate(), ["-f", "lavfi", "-i", source, *plain])
    cover = folder / "cover.jpg"
    artwork.write_jpeg(cover, 1)
    track = Track(
        title="Until Further Notice",
        isrc=isrc("bench takedown", start.year, 1),
        audio=audio,
        duration=timedelta(seconds=SECONDS),
    )
    return ReleaseInput(
        icpn=gtin13("bench takedown"),
        title="Until Further Notice",
        artist="The Bench",
        label="Bench Recordings",
        genre="Electronic",
        sub_genre="Ambient",
        release_date=start,
        tracks=(track,),
        cover=cover,
        offers=streaming_offers(start),
    )


@contextmanager
def _service(folder: Path) -> Iterator[tuple[str, Sender]]:
    data = folder / "data"
    stage = Stage(folder, data, load(), quiet=True)
    stage.env["SEGUE_LISTEN_ANONYMOUS"] = "true"
    try:
        stage.serve(usual_port=False)
        feed = stage.run("feeds", "create", "--name", "bench", "--dpid", SENDER)
        host = stage.addresses["sftp"].removeprefix("sftp://")
        address = sftp.address(f"sftp://{feed['username']}@{host}/")
        login = sftp.Login(password=feed["password"])
        trust = sftp.Trust(fingerprint=feed["fingerprint"])
        sender = Sender(folder, lambda: sftp.connect(address, login, trust), data, feed["id"])
        yield stage.addresses["api"], sender
    finally:
        stage.close()


async def _rounds(api: str, sender: Sender, streams: int) -> dict[str, Any]:
    limits = httpx2.Limits(max_connections=streams, max_keepalive_connections=streams)
    rounds = []
    origin = {"Origin": api.removesuffix("/api/v1")}
    async with httpx2.AsyncClient(limits=limits, timeout=60, headers=origin) as client:
        listeners = [await _opened(client, api) for _ in range(streams)]
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for one in listeners:
                group.create_task(_listen(client, one, over))
            try:
                for number in range(1, ROUNDS + 1):
                    rounds.append(await _round(sender, listeners))
                    _common.say(f"round {number} of {ROUNDS}: {max(rounds[-1].after):.1f} s")
            finally:
                over.set()
    faults = [fault for one in listeners for fault in one.faults]
    if len(faults) > sum(len(one.waits) for one in listeners) * BEARABLE:
        raise SegueError(f"{len(faults)} requests failed, such as {faults[0]}")
    return _figures(rounds, listeners)


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of each listener after the acknowledgement and after the event; the return."""

    after: list[float]
    after_event: list[float]
    returned: float


async def _round(sender: Sender, listeners: list[Listener]) -> Round:
    await asyncio.sleep(WARM)
    if any(one.refused for one in listeners):
        raise SegueError("a listener is refused before the take-down")
    down = await asyncio.to_thread(sender.send, deals=False)
    await _until(listeners, refused=True)
    last = [one.last for one in listeners]
    back = await asyncio.to_thread(sender.send)
    await _until(listeners, refused=False)
    return Round(
        [max(at - down.acknowledged, 0.0) for at in last],
        [max(at - down.published, 0.0) for at in last],
        time.time() - back.published,
    )


async def _until(listeners: list[Listener], *, refused: bool) -> None:
    began = time.monotonic()
    while any(one.refused is not refused for one in listeners):
        if time.monotonic() - began > PATIENCE:
            raise SegueError(f"not all listeners changed within {PATIENCE:.0f} s")
        await asyncio.sleep(0.1)


def _figures(rounds: list[Round], listeners: list[Listener]) -> dict[str, Any]:
    after = [one for each in rounds for one in each.after]
    event = [one for each in rounds for one in each.after_event]
    waits = [wait for one in listeners for wait in one.waits]
    p99 = _part(after, 0.99)
    figures = {
        "p50_s": round(statistics.median(after), 2),
        "p99_s": round(p99, 2),
        "worst_s": round(max(after), 2),
        "from_publishing_p99_s": round(_part(event, 0.99), 2),
        "from_publishing_worst_s": round(max(event), 2),
        "return_s": round(max(each.returned for each in rounds), 2),
        "streams": len(listeners),
        "rounds": len(rounds),
        "segments_served": sum(one.served for one in listeners),
        "request_p50_s": round(statistics.median(waits), 4),
        "request_p99_s": round(_part(waits, 0.99), 3),
        "request_worst_s": round(max(waits), 2),
        "requests_failed": sum(len(one.faults) for one in listeners),
    }
    return _common.report("takedown", "60 seconds", {"p99": round(p99 / PROMISE, 4)}, figures)


def _part(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[max(int(len(ordered) * share) - 1, 0)]


async def _opened(client: httpx2.AsyncClient, api: str) -> Listener:
    [release] = (await client.get(f"{api}/releases")).json()["releases"]
    page = (await client.get(f"{api}/releases/{release['id']}")).json()
    recording = page["discs"][0]["tracks"][0]["recording_id"]
    asked = {"release_id": release["id"], "recording_id": recording}
    play = (await client.post(f"{api}/plays", json=asked)).json()
    master = urljoin(api, play["hls"])
    media = urljoin(master, _lines((await client.get(master)).text)[0])
    names = _lines((await client.get(media)).text)
    return Listener([urljoin(media, name) for name in names])


def _lines(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


async def _listen(client: httpx2.AsyncClient, one: Listener, over: asyncio.Event) -> None:
    """Fetch a segment every few seconds; refused ones keep asking, as players do."""
    await asyncio.sleep(random.random() * EVERY)
    while not over.is_set():
        asked = time.monotonic()
        answer = await _get(client, random.choice(one.segments), one)
        one.waits.append(time.monotonic() - asked)
        if answer is None:
            pass
        elif answer.status_code == 200 and answer.content:
            one.last, one.refused = time.time(), False
            one.served += 1
        elif answer.status_code == 403:
            one.refused = True
        else:
            one.faults.append(f"{answer.status_code} {answer.text[:80]}")
        await asyncio.sleep(EVERY)


async def _get(client: httpx2.AsyncClient, path: str, one: Listener) -> httpx2.Response | None:
    """The answer; once more when the server had just closed an idle connection, as browsers do."""
    for attempt in range(2):
        try:
            return await client.get(path)
        except httpx2.HTTPError as bad:
            if attempt:
                one.faults.append(repr(bad))
    return None


def _streams(arguments: list[str]) -> int:
    if "--streams" not in arguments:
        return STREAMS
    return int(arguments[arguments.index("--streams") + 1])


if __name__ == "__main__":
    sys.exit(_common.answer(lambda: measure(_streams(sys.argv)), sys.argv[1:]))
