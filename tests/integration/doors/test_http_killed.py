"""Kill -9 of the server in mid-upload by HTTP: nothing is delivered, nothing stays in the way."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest

from core import spawn
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.patience import BUSY, contents
from tests.integration.doors.harness import soon
from tests.integration.doors.http_harness import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
BOUNDARY = "b0undary"


@contextmanager
def _process(folder: Path) -> Iterator[tuple[Any, Sender]]:
    script = str(REPOSITORY / "tests/integration/doors/http_process.py")
    child = spawn.start([sys.executable, script, str(REPOSITORY), str(folder)])
    try:
        assert child.stdout is not None
        feed, key, base = child.stdout.readline().decode().split()
        yield child, Sender(feed, key, base)
    finally:
        child.kill()
        child.communicate()


def _killed_in_the_middle(
    folder: Path, path: str, kind: str, body: bytes, landing: str
) -> tuple[Path, str]:
    """Send half of a body, kill the server when most of that is on its disk."""
    with _process(folder) as (child, sender):
        where = urlsplit(sender.base)
        address = f"/api/v1/{path.format(feed=sender.feed)}"
        head = (
            f"{'PUT' if 'files' in path else 'POST'} {address} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {sender.key}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        half = len(body) // 2
        with socket.create_connection((str(where.hostname), int(where.port or 0))) as wire:
            wire.sendall(head.encode() + body[:half])
            root = folder / "data" / landing.format(feed=sender.feed)
            soon(lambda: _bytes_below(root) > half - (3 << 20), "most of it is on the disk")
            os.kill(child.pid, signal.SIGKILL)
            child.wait(20 * BUSY)
        return root, sender.feed


def _bytes_below(root: Path) -> int:
    return sum(map(len, contents(root)))


def test_killed_in_mid_put(tmp_path: Path, big: Path) -> None:
    body = big.read_bytes()
    kind = "application/octet-stream"
    way = "feeds/{feed}/files/Batch/a.wav"
    root, feed = _killed_in_the_middle(tmp_path, way, kind, body, "partial/{feed}")
    finished = tmp_path / "data/inbox" / feed / "Batch/a.wav"
    assert not finished.exists()
    with _process(tmp_path) as (_, sender):
        url = f"{sender.files}Batch/a.wav"
        seen = httpx2.head(url, headers=sender.headers, timeout=60)
        assert int(seen.headers["content-length"]) == _bytes_below(root)
        done = httpx2.put(url, headers=sender.headers, content=body, timeout=60)
        assert done.status_code == 201
        assert finished.read_bytes() == body
        assert _bytes_below(root) == 0


def test_killed_in_mid_package(tmp_path: Path, big: Path) -> None:
    part = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="resources/a.wav"'
        "\r\n\r\n"
    )
    body = part.encode() + big.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    root, feed = _killed_in_the_middle(tmp_path, "deliveries", kind, body, "http/{feed}/packages")
    assert _bytes_below(root) > 0
    with _process(tmp_path) as (_, sender):
        listed = httpx2.get(sender.files, headers=sender.headers, timeout=60).json()["entries"]
        assert {entry["name"] for entry in listed} == {"acknowledgements", "reports"}
        assert _bytes_below(root) == 0
        assert sender.feed == feed
