"""What the benchmarks of serving share: the application as a child, nginx, and wrk beside them.

Servers are held to the first core and wrk to the last, so that neither takes the other's time. A
child of ours prints its port, then answers each line on its stdin with what its cache has counted;
it ends with its stdin.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx2
import structlog
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server as Granian

from bench import _common
from catalog.deal_terms import DealTerms
from catalog.models import Feed, Media, Recording, Release, Track
from catalog.rights_terms import ReleaseTerms, Subject
from core import spawn
from core.clock import system_clock
from core.database import Base, Database
from core.errors import SegueError
from core.sealed import Sealer
from search.backends.memory import MemoryIndex
from server.app import create_app, serve_web
from server.services.feed_keeper import FeedKeeper
from server.services.parts import Parts
from server.stream.ways import Accel
from storage.backends.obstore import local_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starlette.applications import Starlette

ASSET = "a" * 64
AT = datetime(2026, 1, 1, tzinfo=UTC)
CONFIGS = Path(__file__).parents[1] / "docs" / "how-to" / "nginx"
FRAME = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 40000; }}
http {{
  access_log off; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  {body}
}}
"""
PLAIN = """
  open_file_cache max=10000 inactive=600s; default_type video/iso.segment;
  server {{ listen 127.0.0.1:{port}; location / {{ root {root}; }} }}
"""
SCRIPT = """
local requests, at = {}, 0
init = function()
  for line in io.lines("PATHS") do requests[#requests + 1] = wrk.format("GET", line) end
  math.randomseed(1)
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %f %d %f %f %f %f\\n",
    summary.requests / summary.duration * 1e6,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, summary.bytes / summary.duration * 1e6))
end
"""


@dataclass(slots=True)
class Side:
    """A server under load: its processes, its paths, and what was measured of it."""

    address: str
    pids: tuple[int, ...]
    paths: list[str]
    child: Any = None
    figures: dict[str, list[float]] = field(default_factory=dict)

    def counted(self) -> dict[str, int]:
        """Hits and misses of our cache until now."""
        self.child.stdin.write(b"\n")
        self.child.stdin.flush()
        found: dict[str, int] = json.loads(self.child.stdout.readline())
        return found


def key(number: int) -> str:
    """Of a segment in the object store."""
    return f"hls/{ASSET}/aac256/{number}.m4s"


def zipf(count: int, asked: int) -> list[int]:
    """Numbers of segments, from 1: so often asked for as their rank says (exponent 1)."""
    draw = random.Random(1)
    weights = list(accumulate(1 / rank for rank in range(1, count + 1)))
    order = draw.sample(range(1, count + 1), count)
    return draw.choices(order, cum_weights=weights, k=asked)


@contextmanager
def segue(
    folder: Path, numbers: Sequence[int], options: dict[str, str | int], plays: int = 100
) -> Iterator[Side]:
    """Our application; `options` are those of `Options`. Each path has one of `plays` tokens."""
    asked = json.dumps({"folder": str(folder), **options})
    argv = [sys.executable, __file__, asked]
    child = spawn.start(pinned(argv, first=True), stdin=-1, stderr=None)
    try:
        if child.stdout is None:
            raise SegueError("the server has no output")
        address = f"http://127.0.0.1:{int(child.stdout.readline())}"
        with httpx2.Client(base_url=address) as client:
            body = {"release_id": "release", "recording_id": "recording"}
            prefixes = [
                client.post("/api/v1/plays", json=body).json()["hls"].removesuffix("/master.m3u8")
                for _ in range(plays)
            ]
        paths = [f"{prefixes[i % plays]}/aac256/{n}.m4s" for i, n in enumerate(numbers)]
        yield Side(address, (child.pid,), paths, child)
    finally:
        child.communicate(timeout=30)


@contextmanager
def nginx(folder: Path, body: str, port: int) -> Iterator[int]:
    """The process of nginx with this in `http { }`."""
    config = folder / f"nginx-{port}.conf"
    config.write_text(FRAME.format(folder=folder, body=body))
    argv = [_common.program("nginx"), "-p", str(folder), "-c", str(config)]
    child = spawn.start(pinned(argv, first=True), stderr=None)
    try:
        _wait(port)
        yield child.pid
    finally:
        child.terminate()
        child.communicate(timeout=30)


@contextmanager
def plain(folder: Path, numbers: Sequence[int]) -> Iterator[Side]:
    """nginx that sends files and asks nobody."""
    port = free_port()
    with nginx(folder, PLAIN.format(port=port, root=folder / "objects"), port) as pid:
        yield Side(f"http://127.0.0.1:{port}", (pid,), [f"/{key(n)}" for n in numbers])


@contextmanager
def behind(config: str, ours: Side, folder: Path, scratch: Path) -> Iterator[Side]:
    """A configuration that we ship, in front of our application."""
    port = free_port()
    text = (CONFIGS / config).read_text()
    for old, new in (
        ("127.0.0.1:8080", ours.address.removeprefix("http://")),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("/var/lib/segue/objects/", f"{folder}/objects/"),
        ("/var/cache/nginx/", f"{scratch}/"),
    ):
        text = text.replace(old, new)
    with nginx(folder, text, port) as pid:
        yield Side(f"http://127.0.0.1:{port}", (pid, *ours.pids), ours.paths, ours.child)


def pinned(argv: list[str], *, first: bool) -> list[str]:
    """The command on the first or on the last core; as it is where there is one."""
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[0 if first else -1]), *argv] if len(cores) > 1 else argv


def load(side: Side, folder: Path, seconds: int, connections: int, extra: str = "") -> float:
    """Requests per second by one thread of wrk; the rest stands in `side.figures`."""
    (folder / "paths").write_text("\n".join(side.paths) + "\n")
    script = folder / "load.lua"
    script.write_text(SCRIPT.replace("PATHS", str(folder / "paths")) + extra)
    before = sum(map(_common.processor, side.pids))
    argv = [_common.program("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s"]
    done = spawn.run(
        pinned([*argv, "-s", str(script), side.address], first=False),
        timeout=seconds + 120,
        env={"LD_LIBRARY_PATH": ":".join(str(p) for p in _common.CACHE.glob("wrk*/usr/lib/*"))},
    )
    used = sum(map(_common.processor, side.pids)) - before
    found = re.search(r"RESULT (\S+) (\d+) (\S+) (\S+) (\S+) (\S+)", done.out.decode())
    if found is None or int(found[2]):
        raise SegueError(f"wrk failed: {done.out.decode()[-500:]} {done.err}")
    rate = float(found[1])
    for name, value in (
        ("cpu_us", used / (rate * seconds) * 1e6),
        ("p50_ms", float(found[3])),
        ("p99_ms", float(found[4])),
        ("max_ms", float(found[5])),
        ("gb_per_second", float(found[6]) / 1e9),
    ):
        side.figures.setdefault(name, []).append(round(value, 3))
    return rate


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SegueError("nginx does not listen")


# ---- the child


@dataclass(frozen=True, slots=True)
class Options:
    """How the child serves: `hot_bytes` are held open, `server` runs it, `way` gives the bytes."""

    folder: str
    hot_bytes: int = 256 << 20
    server: str = "uvicorn"
    way: str = "app"


def serve(options: Options) -> None:
    """Serve the catalogue of one release until stdin ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    folder = Path(options.folder)
    own = folder / f"child-{os.getpid()}"
    own.mkdir()
    database = Database(f"sqlite:///{own / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    _seed(database)
    parts = Parts(
        database=database,
        objects=local_store(folder / "objects"),
        clock=system_clock,
        secret=os.urandom(32),
        spool_folder=own / "spool",
        search=MemoryIndex(),
        retry=lambda _: None,
        tiers={"free": (("FreeOfChargeModel", "OnDemandStream"),)},
        feeds=FeedKeeper(database, system_clock, Sealer(own / "keys")),
        territory="GB",
        tier="free",
        static_folder=folder,
        manifest={},
        anonymous_may_play=True,
        hot_bytes=options.hot_bytes,
        way=Accel() if options.way == "accel" else None,
    )
    uvloop.run(_serve(create_app(parts), options.server))


async def _serve(app: Starlette, server: str) -> None:
    stop: Callable[[], object]
    async with asyncio.TaskGroup() as group:
        if server == "granian":
            port = free_port()
            granian = Granian(
                app, port=port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
            )
            group.create_task(granian.serve())
            await asyncio.sleep(1)
            stop = granian.stop
        else:
            web = serve_web(app, "127.0.0.1", 0)
            port, stop = web.port, web.stop
            group.create_task(web.serve())
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        hot = app.state.quick.__self__.hot
        while await asyncio.to_thread(sys.stdin.readline):
            sys.stdout.write(json.dumps({"hits": hot.hits, "misses": hot.misses}) + "\n")
            sys.stdout.flush()
        stop()


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
    serve(Options(**json.loads(sys.argv[1])))
