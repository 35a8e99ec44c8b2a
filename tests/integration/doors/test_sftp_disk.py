"""Full disks: the sender is told why, what arrived stays, nothing is delivered, the door lives."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
from blake3 import blake3

from core import spawn
from ingest.doors.common.upload import Intake
from tests.fixtures.environment import REPOSITORY, program
from tests.integration.doors.harness import (
    QUICK,
    Running,
    make_accounts,
    make_key,
    paramiko_client,
    running_door,
    sftp,
)

if TYPE_CHECKING:
    import subprocess  # noqa: TID251 - a type only
    from collections.abc import Iterator

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]

SCRIPT = Path(__file__).with_name("door_process.py")


@contextmanager
def door_on_small_disk(folder: Path) -> Iterator[tuple[Running, IO[bytes]]]:
    """A door in a process of its own, its data on a real tmpfs of 1 MB (a namespace of its own)."""
    folder.mkdir()
    disk = folder / "disk"
    disk.mkdir()
    key = make_key(folder)
    argv = [sys.executable, str(SCRIPT), str(REPOSITORY), str(disk), f"{key}.pub", "0"]
    script = f"mount -t tmpfs -o size=1m tmpfs {shlex.quote(str(disk))} && exec {shlex.join(argv)}"
    child = spawn.start([program("util-linux", "unshare"), "-rm", "sh", "-c", script], stdin=-1)
    try:
        host, port = _line(child).split()
        running = Running(disk, host, int(port), None, make_accounts(key), key)  # type: ignore[arg-type]
        assert child.stdout is not None
        yield running, child.stdout
    finally:
        child.kill()
        child.communicate()


def _line(child: subprocess.Popen[bytes]) -> str:
    assert child.stdout is not None
    assert child.stderr is not None
    line = child.stdout.readline().decode()
    assert line, f"no tmpfs in a namespace of our own here: {child.stderr.read().decode()}"
    return line


def test_a_really_full_disk(tmp_path: Path) -> None:
    with door_on_small_disk(tmp_path / "door") as (door, told):
        with paramiko_client(door) as client:
            file = client.open("big.wav", "wb")
            with pytest.raises(OSError, match="no space left on the server's disk"):  # noqa: PT012 - any of them
                for _ in range(64):
                    file.write(bytes(32768))
            file.close()
            kept = client.stat("big.wav").st_size
            assert kept is not None
            assert 500_000 < kept < 1 << 20, "what arrived is kept"
            client.remove("big.wav")
            with client.open("small.wav", "wb") as small:
                small.write(b"fits")
        heard = json.loads(told.readline())
        assert heard == {"path": "small.wav", "size": 4, "blake3": blake3(b"fits").hexdigest()}


def test_openssh_on_a_full_disk_fails_and_delivers_nothing(tmp_path: Path) -> None:
    big = tmp_path / "big.wav"
    big.write_bytes(bytes(3 << 20))
    (tmp_path / "small.wav").write_bytes(b"fits")
    with door_on_small_disk(tmp_path / "door") as (door, told):
        done = sftp(door, f"put {big} big.wav")
        assert done.code != 0
        assert "Failure" in done.err
        assert sftp(door, "rm big.wav", f"put {tmp_path / 'small.wav'} small.wav").code == 0
        assert json.loads(told.readline())["path"] == "small.wav"


def test_the_watermark_refuses_before_the_disk_is_full(tmp_path: Path) -> None:
    settings = replace(QUICK, intake=Intake(watermark=1 << 60))
    with running_door(tmp_path / "door", settings) as door, paramiko_client(door) as client:
        with pytest.raises(OSError, match="operator has to make room"):
            client.open("a.wav", "wb")
        assert client.listdir("/") == ["acknowledgements", "reports"]
    assert door.inbox.events == []
