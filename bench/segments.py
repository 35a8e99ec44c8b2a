"""Requests per second for warm 200 kB segments, against nginx serving the same files.

Ours checks the path token and asks the gate on each request and answers from memory; nginx reads
by sendfile and checks nothing. One process each, one wrk thread, 32 connections, all on loopback.
`wrk` runs on the same machine, so above what its thread can take only processor time compares:
`*_cpu_us` is microseconds of the server's processor per request.

`--serve FOLDER` is the child that this script starts: the web application over a catalogue of one
release. It prints its port and ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx2
import structlog
import uvloop

from bench import _common
from catalog.deal_terms import DealTerms
from catalog.models import Feed, Media, Recording, Release, Track
from catalog.rights_terms import ReleaseTerms, Subject
from core import spawn
from core.clock import system_clock
from core.database import Base, Database
from core.errors import PartMissing, SegueError
from core.sealed import Sealer
from search.backends.memory import MemoryIndex
from server.app import create_app, serve_web
from server.services.feed_keeper import FeedKeeper
from server.services.parts import Parts
from storage.backends.obstore import local_store

if TYPE_CHECKING:
    from collections.abc import Iterator

SEGMENT = 200_000
SEGMENTS = 40
CONNECTIONS = 32
SECONDS = 5
ASSET = "a" * 64
AT = datetime(2026, 1, 1, tzinfo=UTC)
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  open_file_cache max=1000 inactive=600s; default_type video/iso.segment;
  server {{ listen 127.0.0.1:{port}; location / {{ root {root}; }} }}
}}
"""
SCRIPT = """
local paths, at = {{ {paths} }}, 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %f %d %f %f\\n", summary.requests / summary.duration * 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass(frozen=True, slots=True)
class Side:
    """A server to load: where its segments are, and its process."""

    address: str
    prefix: str
    pid: int
    figures: dict[str, list[float]]


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
        for number in range(1, SEGMENTS + 1):
            local_store(folder / "objects").put(_key(f"aac256/{number}.m4s"), os.urandom(SEGMENT))
        ours = stack.enter_context(_segue(folder))
        theirs = stack.enter_context(_nginx(folder))
        for side in (ours, theirs):
            _verify(side, folder)
            _load(side, folder, seconds=1)
            for values in side.figures.values():
                values.clear()
        measured = _common.measured_in_turn(
            lambda: _load(ours, folder), lambda: _load(theirs, folder)
        )
    figures = {
        "segment_bytes": SEGMENT,
        "segments": SEGMENTS,
        "connections": CONNECTIONS,
        "seconds_each": SECONDS,
        **measured.figures("requests_per_second"),
        **{f"ours_{name}": _middle(values) for name, values in ours.figures.items()},
        **{f"reference_{name}": _middle(values) for name, values in theirs.figures.items()},
    }
    return _common.report("segments", "nginx, sendfile", {"segments": measured.ratio}, figures)


def _middle(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 3)


def _key(file: str) -> str:
    return f"hls/{ASSET}/{file}"


@contextmanager
def _segue(folder: Path) -> Iterator[Side]:
    child = spawn.start([sys.executable, __file__, "--serve", str(folder)], stdin=-1, stderr=None)
    try:
        if child.stdout is None:
            raise SegueError("the server has no output")
        address = f"http://127.0.0.1:{int(child.stdout.readline())}"
        asked = {"release_id": "release", "recording_id": "recording"}
        play = httpx2.post(f"{address}/api/v1/plays", json=asked).json()
        prefix = play["hls"].removesuffix("/master.m3u8")
        yield Side(address, prefix, child.pid, _figures())
    finally:
        child.communicate(timeout=30)


@contextmanager
def _nginx(folder: Path) -> Iterator[Side]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, root=folder / "objects"))
    child = spawn.start([_program("nginx"), "-p", str(folder), "-c", str(config)], stderr=None)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(port)
        yield Side(address, f"/hls/{ASSET}", child.pid, _figures())
    finally:
        child.terminate()
        child.wait(timeout=30)


def _figures() -> dict[str, list[float]]:
    return {"cpu_us": [], "p50_ms": [], "p99_ms": []}


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SegueError("nginx does not listen")


def _program(name: str) -> str:
    """The program of the system, else of its Debian package in the cache."""
    try:
        return spawn.find(name, name)
    except PartMissing:
        libraries = {"wrk": ("libluajit-5.1-2",)}.get(name, ())
        root = _common.debian(name, *libraries)
        found = next(iter(root.glob(f"usr/*bin/{name}")), None)
        if found is None:
            raise
        return str(found)


def _verify(side: Side, folder: Path) -> None:
    """Both give the very bytes of the file."""
    answer = httpx2.get(f"{side.address}{side.prefix}/aac256/1.m4s")
    expected = (folder / "objects" / _key("aac256/1.m4s")).read_bytes()
    if answer.status_code != 200 or answer.content != expected:
        raise SegueError(f"{side.address} answers {answer.status_code} with other bytes")


def _load(side: Side, folder: Path, seconds: int = SECONDS) -> float:
    """Requests per second."""
    paths = ", ".join(f'"{side.prefix}/aac256/{n}.m4s"' for n in range(1, SEGMENTS + 1))
    script = folder / "paths.lua"
    script.write_text(SCRIPT.format(paths=paths))
    before = _processor(side.pid)
    done = spawn.run(
        [
            _program("wrk"),
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds}s",
            "-s",
            str(script),
            side.address,
        ],
        timeout=seconds + 60,
        env={"LD_LIBRARY_PATH": ":".join(str(p) for p in _common.CACHE.glob("wrk*/usr/lib/*"))},
    )
    used = _processor(side.pid) - before
    found = re.search(r"RESULT (\S+) (\d+) (\S+) (\S+)", done.out.decode())
    if found is None or int(found[2]):
        raise SegueError(f"wrk failed: {done.out.decode()[-500:]} {done.err}")
    rate = float(found[1])
    side.figures["cpu_us"].append(used / (rate * seconds) * 1e6)
    side.figures["p50_ms"].append(float(found[3]))
    side.figures["p99_ms"].append(float(found[4]))
    return rate


def _processor(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ---- the child


def serve(folder: Path) -> None:
    """Serve the catalogue of one release until stdin ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    database = Database(f"sqlite:///{folder / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    _seed(database)
    parts = Parts(
        database=database,
        objects=local_store(folder / "objects"),
        clock=system_clock,
        secret=os.urandom(32),
        spool_folder=folder / "spool",
        search=MemoryIndex(),
        retry=lambda _: None,
        tiers={"free": (("FreeOfChargeModel", "OnDemandStream"),)},
        feeds=FeedKeeper(database, system_clock, Sealer(folder / "keys")),
        territory="GB",
        tier="free",
        static_folder=folder,
        manifest={},
        anonymous_may_play=True,
    )
    uvloop.run(_serve(parts))


async def _serve(parts: Parts) -> None:
    served = serve_web(create_app(parts), "127.0.0.1", 0)
    sys.stdout.write(f"{served.port}\n")
    sys.stdout.flush()
    async with asyncio.TaskGroup() as group:
        group.create_task(served.serve())
        await asyncio.to_thread(sys.stdin.read)
        served.stop()


def _seed(database: Database) -> None:
    deal = DealTerms(
        territories=("GB",),
        commercial_models=("FreeOfChargeModel",),
        use_types=("OnDemandStream",),
        periods=(("2026-01-01", ""),),
    )
    terms = ReleaseTerms((Subject(reference="R0", deals=(0,)),), (deal,))
    with database.write() as session:
        session.add(
            Feed(
                id="feed", name="Bench", dpid="P", protocol="sftp", username="b", created_at=AT
            )
        )  # fmt: skip
        session.add(
            Media(digest=ASSET, kind="audio", size=1, asset=ASSET, manifest={}, stored_at=AT)
        )
        session.add(
            Recording(
                id="recording",
                owner="P",
                isrc="GBAAA2600001",
                title="Bench",
                duration_ms=3_600_000,
                master=ASSET,
                order_key="",
                master_key="",
            )
        )
        session.add(
            Release(
                id="release",
                feed_id="feed",
                owner="P",
                identity="1",
                title="Bench",
                rights=terms.to_json(),
                rights_digest=terms.digest,
                state="available",
                message_digest="",
                order_key="",
                published_at=AT,
            )
        )
        session.flush()
        session.add(
            Track(release_id="release", position=1, recording_id="recording", title="Bench")
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
    else:
        sys.exit(_common.answer(measure, sys.argv[1:]))
