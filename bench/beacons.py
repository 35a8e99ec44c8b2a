"""Beacons per second, against an endpoint of the same server that does nothing.

Both are POSTs with the same body over the same connections to the same process: `/nothing` is added
to the application for this measure and answers 204 at once, through the layers that every request
passes. A beacon is judged, and is with the kernel when its answer leaves.

`/bare`, a second reference, answers in front of them all.

After that the server is killed with SIGKILL while beacons come in; then the spool is loaded and
every beacon that was answered with 2xx is looked for. `lost` is how many are missing.

`--serve FOLDER` is the child that this script starts. It prints its port.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import structlog
import uvloop
from sqlalchemy import select
from starlette.responses import Response
from starlette.routing import Route

from bench import _common
from catalog.models import Play
from core import spawn
from core.clock import system_clock
from core.database import Base, Database
from core.errors import SegueError
from core.sealed import Sealer
from search.backends.memory import MemoryIndex
from server.app import create_app, serve_web
from server.services.feed_keeper import FeedKeeper
from server.services.parts import Parts
from server.usage.events import Opened, PlayIds
from server.usage.loader import Loader
from server.usage.spool import Spool
from storage.backends.obstore import local_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

CONNECTIONS = 32
SECONDS = 5
KILLS = 3
WRITERS = 8
SECRET = b"s" * 32
BODY = b'{"heard_ms":31000,"position_ms":31000,"event":"progress","seq":3}'
SCRIPT = """
wrk.method = "POST"
wrk.body = [[{body}]]
wrk.headers["content-type"] = "application/json"
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %f %d %f %f\\n", summary.requests / summary.duration * 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        play = PlayIds(SECRET).make()
        sides: dict[str, dict[str, list[float]]] = {"ours": {}, "reference": {}}
        with _segue(folder / "rate") as (port, pid):
            ours, nothing = f"/api/v1/plays/{play}/progress", "/nothing"

            def load(side: str, path: str, seconds: int = SECONDS) -> float:
                return _load(folder, port, pid, path, seconds, sides[side])

            load("ours", ours, 1)
            load("reference", nothing, 1)
            sides |= {"ours": {}, "reference": {}, "bare": {}}
            measured = _common.measured_in_turn(
                lambda: load("ours", ours), lambda: load("reference", nothing)
            )
            bare = _common.measured_in_turn(
                lambda: load("ours", ours), lambda: load("bare", "/bare"), pairs=3
            )
        answered, lost = 0, 0
        for number in range(KILLS):
            taken, missing = _killed(folder / f"kill{number}")
            answered, lost = answered + taken, lost + missing
            _common.say(f"killed after {taken} answers: {missing} lost")
    figures = {
        "connections": CONNECTIONS,
        "seconds_each": SECONDS,
        **measured.figures("requests_per_second"),
        **{f"{side}_{name}": sorted(values)[len(values) // 2]
           for side, found in sides.items() for name, values in found.items()},
        "kills": KILLS,
        "answered_before_kill": answered,
        "lost": lost,
    }  # fmt: skip
    if lost:
        raise SegueError(f"{lost} of {answered} answered beacons are lost")
    figures["ratio_to_bare"] = bare.ratio
    reference = "an endpoint that does nothing, same server"
    return _common.report("beacons", reference, {"beacons": measured.ratio}, figures)


def _load(
    folder: Path, port: int, pid: int, path: str, seconds: int, figures: dict[str, list[float]]
) -> float:
    script = folder / "post.lua"
    script.write_text(SCRIPT.format(body=BODY.decode()))
    before = _common.processor(pid)
    done = spawn.run(
        [_common.program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script),
         f"http://127.0.0.1:{port}{path}"],
        timeout=seconds + 60,
        env={"LD_LIBRARY_PATH": ":".join(str(p) for p in _common.CACHE.glob("wrk*/usr/lib/*"))},
    )  # fmt: skip
    used = _common.processor(pid) - before
    found = re.search(r"RESULT (\S+) (\d+) (\S+) (\S+)", done.out.decode())
    if found is None or int(found[2]):
        raise SegueError(f"wrk failed: {done.out.decode()[-500:]} {done.err}")
    rate = float(found[1])
    for name, value in (
        ("cpu_us", used / (rate * seconds) * 1e6), ("p50_ms", float(found[3])),
        ("p99_ms", float(found[4])),
    ):  # fmt: skip
        figures.setdefault(name, []).append(round(value, 3))
    return rate


# ---- killed in mid-stream


def _killed(folder: Path) -> tuple[int, int]:
    """Answered beacons, and how many of them are missing after SIGKILL and a load."""
    ids = PlayIds(SECRET)
    plays = [ids.make() for _ in range(WRITERS)]
    best = dict.fromkeys(plays, -1)
    counts = dict.fromkeys(plays, 0)
    with _segue(folder) as (port, pid):
        writers = [
            threading.Thread(target=_write, args=(port, play, best, counts)) for play in plays
        ]
        for each in writers:
            each.start()
        while sum(counts.values()) < 2_000:
            if not any(each.is_alive() for each in writers):
                raise SegueError(f"the server answers no beacons: {sum(counts.values())} taken")
            time.sleep(0.01)
        os.kill(pid, 9)
        for each in writers:
            each.join()
    opened = Spool(folder / "opened", system_clock)
    opened.append(*(_opened(play) for play in plays))
    opened.close()
    database = Database(f"sqlite:///{folder / 'segue.db'}")
    Loader(database, folder / "opened", system_clock).run_once()
    Loader(database, folder / "spool", system_clock).run_once()
    with database.read() as session:
        found = {row.id: row.seq for row in session.execute(select(Play.id, Play.seq))}
    database.close()
    return sum(counts.values()), sum(max(0, best[play] - found[play]) for play in plays)


def _write(port: int, play: str, best: dict[str, int], counts: dict[str, int]) -> None:
    """Beacons one after another over one connection, numbered, until the server is gone."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as link:
        for number in range(1_000_000):
            body = b'{"heard_ms":1,"seq":%d}' % number
            head = f"POST /api/v1/plays/{play}/progress HTTP/1.1\r\nhost: x\r\n"
            try:
                link.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
                answer = link.recv(4096)
            except OSError:
                return
            if not answer.startswith(b"HTTP/1.1 204"):
                return
            best[play] = number
            counts[play] += 1


def _opened(play: str) -> Opened:
    return Opened(
        play=play, at=system_clock(), account=None, release="r", recording="x", feed="f", deal="",
        territory="GB", tier="premium", model="m", use="u", duration_ms=200_000,
    )  # fmt: skip


# ---- the child


@contextmanager
def _segue(folder: Path) -> Iterator[tuple[int, int]]:
    folder.mkdir()
    child = spawn.start([sys.executable, __file__, "--serve", str(folder)], stdin=-1, stderr=None)
    try:
        if child.stdout is None:
            raise SegueError("the server has no output")
        yield int(child.stdout.readline()), child.pid
    finally:
        child.communicate(timeout=30)


async def nothing(_request: Request) -> Response:
    return Response(status_code=204)


def _bare(app: ASGIApp) -> ASGIApp:
    """`/bare` answers before the application sees it: what uvicorn alone can."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/bare":
            await receive()
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await app(scope, receive, send)

    return answer


def serve(folder: Path) -> None:
    """The web application over an empty catalogue, as `segue serve` runs it."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(30),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    database = Database(f"sqlite:///{folder / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    store = local_store(folder / "objects")
    parts = Parts(
        database=database,
        objects=store,
        clock=system_clock,
        secret=SECRET,
        spool_folder=folder / "spool",
        search=MemoryIndex(),
        retry=print,
        tiers={"premium": (("SubscriptionModel", "OnDemandStream"),)},
        territory="GB",
        tier="premium",
        static_folder=folder,
        manifest={},
        feeds=FeedKeeper(database, system_clock, Sealer(folder / "keys")),
        anonymous_may_play=True,
    )
    app = create_app(parts)
    app.router.routes.insert(0, Route("/nothing", nothing, methods=["POST"]))
    uvloop.run(_run(_bare(app)))
    database.close()


async def _run(app: ASGIApp) -> None:
    server = serve_web(app, "127.0.0.1", 0)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), server.stop)
    await server.serve()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
    else:
        sys.exit(_common.answer(measure, sys.argv[1:]))
