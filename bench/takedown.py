"""From an acknowledged take-down to the last byte served, with 1,000 open streams.

A thousand simulated listeners hold plays of one release over keep-alive connections and fetch a
segment every four seconds, from playlists handed out before. Then, in another process than the
server's, the catalogue takes a message without deals: rows and event in one transaction, as the
fold writes them. The clock starts when that is committed, which is before the acknowledgement is
sent. A listener's time is that of the last byte of the last segment it was given. After each round
the release returns, and `return_s` is the time until all are served again.

The reference is the promise: 60 seconds. `--serve FOLDER` is the child that serves, as in
`bench/segments.py`.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx2

from bench import _common, segments
from catalog.deal_terms import DealTerms
from catalog.models import Event, Release
from catalog.rights_terms import ReleaseTerms, Subject
from core import spawn
from core.clock import system_clock
from core.database import Database
from core.errors import SegueError
from storage.backends.obstore import local_store

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTENERS = 1000
ROUNDS = 3
EVERY = 4.0
WARM = 6.0
PROMISE = 60.0
PATIENCE = 90.0
SEGMENT = 64_000
OPEN = DealTerms(
    territories=("GB",),
    commercial_models=("FreeOfChargeModel",),
    use_types=("OnDemandStream",),
    periods=(("2026-01-01", ""),),
)


@dataclass(slots=True)
class Listener:
    """One stream: its segments, when the last byte came, and whether it is refused now."""

    prefix: str
    last: float = 0.0
    refused: bool = False
    served: int = 0
    faults: list[str] = field(default_factory=list)


def measure() -> dict[str, Any]:
    """The whole benchmark."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(max(soft, 4 * LISTENERS), hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
        folder = Path(name)
        for number in range(1, segments.SEGMENTS + 1):
            key = f"hls/{segments.ASSET}/aac256/{number}.m4s"
            local_store(folder / "objects").put(key, os.urandom(SEGMENT))
        with _server(folder) as address:
            database = Database(f"sqlite:///{folder / 'segue.db'}")
            try:
                return asyncio.run(_rounds(address, database))
            finally:
                database.close()


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    argv = [sys.executable, str(Path(segments.__file__)), "--serve", str(folder)]
    child = spawn.start(argv, stdin=-1, stderr=None)
    try:
        if child.stdout is None:
            raise SegueError("the server has no output")
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.communicate(timeout=30)


async def _rounds(address: str, database: Database) -> dict[str, Any]:
    limits = httpx2.Limits(max_connections=LISTENERS, max_keepalive_connections=LISTENERS)
    times: list[float] = []
    returns: list[float] = []
    async with httpx2.AsyncClient(base_url=address, limits=limits, timeout=30) as client:
        await asyncio.to_thread(_tell, database, OPEN)
        listeners = [await _opened(client) for _ in range(LISTENERS)]
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for one in listeners:
                group.create_task(_listen(client, one, over))
            try:
                for number in range(ROUNDS):
                    times += await _taken_down(database, listeners)
                    returns.append(await _returned(database, listeners))
                    _common.say(f"round {number + 1} of {ROUNDS}: {max(times):.1f} s")
            finally:
                over.set()
    faults = [fault for one in listeners for fault in one.faults]
    if faults:
        raise SegueError(f"{len(faults)} requests failed, such as {faults[0]}")
    return _figures(times, returns, listeners)


def _figures(times: list[float], returns: list[float], listeners: list[Listener]) -> dict[str, Any]:
    ordered = sorted(times)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    figures = {
        "p50_s": round(ordered[len(ordered) // 2], 2),
        "p99_s": round(p99, 2),
        "worst_s": round(ordered[-1], 2),
        "return_s": round(max(returns), 2),
        "listeners": len(listeners),
        "rounds": ROUNDS,
        "segments_served": sum(one.served for one in listeners),
    }
    return _common.report("takedown", "60 seconds", {"p99": round(p99 / PROMISE, 4)}, figures)


async def _opened(client: httpx2.AsyncClient) -> Listener:
    asked = {"release_id": "release", "recording_id": "recording"}
    play = (await client.post("/api/v1/plays", json=asked)).json()
    return Listener(play["hls"].removesuffix("/master.m3u8"))


async def _listen(client: httpx2.AsyncClient, one: Listener, over: asyncio.Event) -> None:
    """Fetch a segment every few seconds; refused ones keep asking, as players do."""
    await asyncio.sleep(random.random() * EVERY)
    while not over.is_set():
        number = random.randint(1, segments.SEGMENTS)
        answer = await _get(client, f"{one.prefix}/aac256/{number}.m4s", one)
        if answer is None:
            pass
        elif answer.status_code == 200 and len(answer.content) == SEGMENT:
            one.last, one.refused = time.monotonic(), False
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


async def _taken_down(database: Database, listeners: list[Listener]) -> list[float]:
    """Seconds from the take-down to each listener's last byte, 0 when it had none after it."""
    await asyncio.sleep(WARM)
    if any(one.refused for one in listeners):
        raise SegueError("a listener is refused before the take-down")
    await asyncio.to_thread(_tell, database, None)
    began = time.monotonic()
    await _until(listeners, began, refused=True)
    return [max(one.last - began, 0.0) for one in listeners]


async def _returned(database: Database, listeners: list[Listener]) -> float:
    await asyncio.to_thread(_tell, database, OPEN)
    began = time.monotonic()
    await _until(listeners, began, refused=False)
    return time.monotonic() - began


async def _until(listeners: list[Listener], began: float, *, refused: bool) -> None:
    while any(one.refused is not refused for one in listeners):
        if time.monotonic() - began > PATIENCE:
            raise SegueError(f"not all listeners changed within {PATIENCE:.0f} s")
        await asyncio.sleep(0.1)


def _tell(database: Database, deal: DealTerms | None) -> None:
    """As the fold: what the newest message says, and an event, in one transaction."""
    main = Subject(reference="R0", deals=(0,) if deal else ())
    terms = ReleaseTerms((main,), (deal,) if deal else ())
    with database.write() as session:
        row = session.get_one(Release, "release")
        row.rights, row.rights_digest = terms.to_json(), terms.digest
        row.state = "available" if deal else "taken_down"
        kind = "changed" if deal else "taken_down"
        session.add(Event(kind=kind, release_id="release", at=system_clock()))


if __name__ == "__main__":
    sys.exit(_common.answer(measure, sys.argv[1:]))
