"""What a crowd does to the doors, and what a big upload does to everybody else."""

from __future__ import annotations

import asyncio
import ftplib
import http.client
import socket
import sqlite3
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import asyncssh
import uvloop

from bench._doors.clients import Way
from core.clock import system_clock
from core.errors import SegueError
from ddex.choreography import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench._doors.ours import Account, Ours

UPLOAD = 8 << 20
"""More than the kernel holds of one connection, or the first ones would be done before the server
has looked at them."""
_PIECE = 1 << 16
_SAMPLE = 0.01
_WAIT = 30.0


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Seconds of each upload, and bytes of the server's memory for each idle connection."""

    seconds: list[float]
    idle_bytes: float

    def figures(self) -> dict[str, float]:
        """Slowest against fastest, and memory of one idle connection in KiB."""
        return {
            "fastest_seconds": round(min(self.seconds), 3),
            "slowest_seconds": round(max(self.seconds), 3),
            "slowest_to_fastest": round(max(self.seconds) / min(self.seconds), 2),
            "kib_per_idle_connection": round(self.idle_bytes / 1024, 1),
        }


def sftp_crowd(ours: Ours, key: Path) -> Crowd:
    """Every feed connects by SFTP, rests, then all upload at once."""
    return uvloop.run(_sftp_crowd(ours, key))


async def _sftp_crowd(ours: Ours, key: Path) -> Crowd:
    before = ours.resident_bytes()
    few = asyncio.Semaphore(16)
    keys = [asyncssh.read_private_key(key)]

    async def connect(account: Account) -> Any:  # noqa: ANN401 - a client of asyncssh
        async with few:
            connection = await asyncssh.connect(
                ours.host,
                ours.sftp,
                username=account.username,
                client_keys=keys,
                known_hosts=None,
                agent_path=None,
                config=None,
                encryption_algs=["aes128-gcm@openssh.com"],
            )
            return await connection.start_sftp_client()

    clients = await asyncio.gather(*map(connect, ours.accounts))
    idle = (ours.resident_bytes() - before) / len(clients)
    piece = bytes(_PIECE)

    async def upload(client: Any) -> float:  # noqa: ANN401
        began = time.perf_counter()
        async with client.open("crowd.bin", "wb") as file:
            for _ in range(UPLOAD // _PIECE):
                await file.write(piece)
        return time.perf_counter() - began

    seconds = await asyncio.gather(*map(upload, clients))
    for client in clients:
        client.exit()
    return Crowd(list(seconds), idle)


def ftp_crowd(ours: Ours) -> Crowd:
    """The same by FTP: every data connection stands before the first byte is sent."""
    before = ours.resident_bytes()
    with ThreadPoolExecutor(8) as few:
        sessions = list(few.map(partial(_ftp_session, ours), ours.accounts))
    idle = (ours.resident_bytes() - before) / len(sessions)
    wires = [
        _Wire(session.transfercmd("STOR crowd.bin"), session.sock)
        for session in sessions
        if session.sock is not None
    ]
    seconds = uvloop.run(_together(wires, [b""] * len(wires)))
    for session in sessions:
        session.close()
    return Crowd(seconds, idle)


def _ftp_session(ours: Ours, account: Account) -> ftplib.FTP:
    client = ftplib.FTP(timeout=120)  # noqa: S321 - measured as it is
    client.connect(ours.host, ours.ftp)
    client.login(account.username, account.password)
    client.voidcmd("TYPE I")
    return client


def http_crowd(ours: Ours) -> Crowd:
    """The same by PUT."""
    before = ours.resident_bytes()
    ends = [socket.create_connection((ours.host, ours.web)) for _ in ours.accounts]
    idle = (ours.resident_bytes() - before) / len(ends)
    heads = [
        f"PUT /api/v1/feeds/{account.id}/files/crowd.bin HTTP/1.1\r\nHost: {ours.host}\r\n"
        f"Authorization: Bearer {account.api_key}\r\nContent-Length: {UPLOAD}\r\n\r\n"
        for account in ours.accounts
    ]
    wires = [_Wire(end, end) for end in ends]
    seconds = uvloop.run(_together(wires, [head.encode() for head in heads]))
    for end in ends:
        end.close()
    return Crowd(seconds, idle)


@dataclass(frozen=True, slots=True)
class _Wire:
    """Where bytes go, and where the answer comes from."""

    data: socket.socket
    answers: socket.socket


async def _together(wires: list[_Wire], heads: list[bytes]) -> list[float]:
    """Send all at once from one loop, which is fair to them; seconds until each answer."""
    body, loop = bytes(UPLOAD), asyncio.get_running_loop()
    began = time.perf_counter()

    async def upload(wire: _Wire, head: bytes) -> float:
        wire.data.setblocking(False)  # noqa: FBT003
        wire.answers.setblocking(False)  # noqa: FBT003
        await loop.sock_sendall(wire.data, head)
        await loop.sock_sendall(wire.data, body)
        if wire.data is not wire.answers:
            wire.data.close()
        answer = await loop.sock_recv(wire.answers, 65536)
        if not answer.startswith((b"226", b"HTTP/1.1 201")):
            raise SegueError(f"an upload was answered by {answer[:100]!r}")
        return time.perf_counter() - began

    return list(await asyncio.gather(*map(upload, wires, heads)))


class Lag:
    """Asks the service's event loop for the least answer it has, every 10 ms: how late it is."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours
        self._ended = threading.Event()
        self.waits: list[float] = []
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        asked = http.client.HTTPConnection(self._ours.host, self._ours.web, timeout=30)
        while not self._ended.wait(_SAMPLE):
            began = time.perf_counter()
            asked.request("GET", "/healthz")
            asked.getresponse().read()
            self.waits.append(time.perf_counter() - began)
        asked.close()

    def p99_ms(self) -> float:
        """99th percentile, in ms."""
        return round(percentile(self.waits, 0.99) * 1000, 2)


def at_once(uploads: list[Callable[[], object]]) -> None:
    """All of these at the same time."""
    with ThreadPoolExecutor(len(uploads)) as pool:
        for running in [pool.submit(upload) for upload in uploads]:
            running.result()


def completions(ours: Ours, put: Callable[[str, bytes], None], batches: int) -> dict[str, float]:
    """Seconds from the last byte of a batch to its durable row: median and 95th percentile."""
    account = ours.accounts[0]
    waits = []
    database = sqlite3.connect(f"file:{ours.data / 'segue.db'}?mode=ro", uri=True)
    for number in range(batches):
        stamp = f"{names.stamp(system_clock())[:-3]}{number:03d}"
        batch = names.batch_folder(stamp)
        put(f"{batch}/A1/A1.xml", b"<nothing/>")
        waits.append(completed(database, account.id, batch, put, names.batch_complete(stamp)))
    database.close()
    return {
        "p50_seconds": round(statistics.median(waits), 4),
        "p95_seconds": round(percentile(waits, 0.95), 4),
    }


def completed(
    database: sqlite3.Connection,
    feed_id: str,
    batch: str,
    put: Callable[[str, bytes], None],
    complete: str,
) -> float:
    """Seconds from the word of the sender on, which is sent here, to the row of its batch."""
    wanted = "SELECT count(*) FROM deliveries WHERE feed_id=? AND batch=? AND release_folder<>''"
    began = time.perf_counter()
    put(f"{batch}/{complete}", b"")
    while not database.execute(wanted, (feed_id, batch)).fetchone()[0]:
        if time.perf_counter() - began > _WAIT:
            return _WAIT
        time.sleep(0.002)
    return time.perf_counter() - began


def way_of(ours: Ours, protocol: str, account: Account | None = None) -> Way:
    """How a client of this protocol comes to a feed."""
    who = account or ours.accounts[0]
    if protocol == "http":
        at = f"/api/v1/feeds/{who.id}/files/"
        return Way(ours.host, ours.web, who.username, who.api_key, at, ours.inbox(who))
    port = ours.sftp if protocol == "sftp" else ours.ftp
    return Way(ours.host, port, who.username, who.password, "", ours.inbox(who))
