"""Kill -9 of the server in mid-upload: nothing is delivered, and the client resumes afterwards."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
from blake3 import blake3

from core import spawn
from ingest.doors.common.testing import MemoryInbox
from tests.fixtures.environment import REPOSITORY
from tests.integration.doors.harness import (
    Running,
    make_accounts,
    make_key,
    paramiko_client,
    sftp,
    soon,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@contextmanager
def door_process(data: Path, key: Path) -> Iterator[tuple[Running, IO[bytes]]]:
    """A door that is killed, not stopped, at the end of the block."""
    script = Path(__file__).with_name("door_process.py")
    argv = [sys.executable, str(script), str(REPOSITORY), str(data), f"{key}.pub", "0"]
    child = spawn.start(argv, stdin=-1)
    try:
        assert child.stdout is not None
        host, port = child.stdout.readline().decode().split()
        running = Running(data, host, int(port), MemoryInbox(), make_accounts(key), key)
        yield running, child.stdout
    finally:
        child.kill()
        child.communicate()


def test_a_killed_server_delivers_nothing_and_the_client_resumes(tmp_path: Path, big: Path) -> None:
    key, data = make_key(tmp_path), tmp_path / "data"
    half = big.read_bytes()[: big.stat().st_size // 2]
    with door_process(data, key) as (door, _), paramiko_client(door) as client:
        file = client.open("a.wav", "wb")
        file.set_pipelined(True)
        file.write(half)
        partial = door.partial("feed_alpha", "a.wav")
        soon(lambda: partial.stat().st_size > len(half) - (2 << 20), "most of it is on the disk")
    assert not door.finished("feed_alpha", "a.wav").exists()
    with door_process(data, key) as (door, told):
        done = sftp(door, f"reput {big} a.wav")
        assert done.code == 0, done.err
        heard = json.loads(told.readline())
        assert heard["blake3"] == blake3(big.read_bytes()).hexdigest()
        assert not partial.exists()
