"""What a crowd does to the doors, and what a big upload does to everybody else."""

from __future__ import annotations

import asyncio
import ftplib
import http.client
import sqlite3
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import asyncssh
import uvloop

from bench._doors.clients import Way
from core.clock import system_clock
from ddex.choreography import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench._doors.ours import Account, Ours

UPLOAD = 2 << 20
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
    """The same by FTP, a thread each."""

    def connect(account: Account) -> ftplib.FTP:
        client = ftplib.FTP(timeout=120)  # noqa: S321 - what is measured
        client.connect(ours.host, ours.ftp)
        client.login(account.username, account.password)
        client.voidcmd("TYPE I")
        return client

    def upload(client: ftplib.FTP, begin: Callable[[], None]) -> float:
        begin()
        began = time.perf_counter()
        with client.transfercmd("STOR crowd.bin") as data:
            data.sendall(bytes(UPLOAD))
        client.voidresp()
        return time.perf_counter() - began

    return _threads(ours, connect, upload)


def http_crowd(ours: Ours) -> Crowd:
    """The same by PUT, a thread each."""

    def connect(account: Account) -> tuple[http.client.HTTPConnection, Account]:
        client = http.client.HTTPConnection(ours.host, ours.web, timeout=120)
        _request(client, account, "HEAD", b"")
        return client, account

    def upload(
        told: tuple[http.client.HTTPConnection, Account], begin: Callable[[], None]
    ) -> float:
        begin()
        began = time.perf_counter()
        _request(*told, "PUT", bytes(UPLOAD))
        return time.perf_counter() - began

    return _threads(ours, connect, upload)


def _request(
    client: http.client.HTTPConnection, account: Account, method: str, body: bytes
) -> None:
    headers = {"Authorization": f"Bearer {account.api_key}"}
    client.request(method, f"/api/v1/feeds/{account.id}/files/crowd.bin", body or None, headers)
    client.getresponse().read()


def _threads(ours: Ours, connect: Any, upload: Any) -> Crowd:  # noqa: ANN401 - two of a kind
    before = ours.resident_bytes()
    with ThreadPoolExecutor(8) as few:
        clients = list(few.map(connect, ours.accounts))
    idle = (ours.resident_bytes() - before) / len(clients)
    gate = threading.Barrier(len(clients))
    with ThreadPoolExecutor(len(clients)) as all_at_once:
        running = [all_at_once.submit(upload, client, gate.wait) for client in clients]
        seconds = [one.result() for one in running]
    for client in clients:
        (client[0] if isinstance(client, tuple) else client).close()
    return Crowd(seconds, idle)


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
        waits.append(_completed(database, account.id, batch, put, names.batch_complete(stamp)))
    database.close()
    return {
        "p50_seconds": round(statistics.median(waits), 4),
        "p95_seconds": round(percentile(waits, 0.95), 4),
    }


def _completed(
    database: sqlite3.Connection,
    feed_id: str,
    batch: str,
    put: Callable[[str, bytes], None],
    complete: str,
) -> float:
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
