"""Broken connections: nothing is delivered, what arrived stays, and stock clients resume."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from core import spawn
from tests.integration.doors.harness import (
    Wire,
    lftp,
    paramiko_client,
    paramiko_transport,
    sftp,
    sftp_argv,
    soon,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.doors.harness import Running

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@contextmanager
def cut(door: Running, after: int) -> Iterator[Running]:
    wire = Wire(door.host, door.port, after)
    try:
        yield door.through(wire.port)
    finally:
        wire.close()


def nothing_delivered(door: Running, name: str) -> None:
    assert door.inbox.events == []
    assert not door.finished("feed_alpha", name).exists()


def test_a_cut_connection_delivers_nothing_and_reput_resumes(door: Running, big: Path) -> None:
    with cut(door, 8 << 20) as behind:
        assert sftp(behind, f"put {big} a.wav").code != 0
    partial = door.partial("feed_alpha", "a.wav")
    soon(lambda: partial.stat().st_size > 1 << 20, "the partial file holds what arrived")
    nothing_delivered(door, "a.wav")

    def shown_so_far() -> bool:
        size = partial.stat().st_size
        listed = sftp(door, "ls -l a.wav").out
        return size < big.stat().st_size and f" {size} ".encode() in listed

    soon(shown_so_far, "shown under its final name with the size so far")
    done = sftp(door, f"reput {big} a.wav")
    assert done.code == 0, done.err
    assert door.finished("feed_alpha", "a.wav").read_bytes() == big.read_bytes()
    told = door.inbox.files["feed_alpha", "a.wav"]
    assert told.blake3 == blake3(big.read_bytes()).hexdigest()
    assert not partial.exists()


def test_lftp_goes_on_after_a_cut(door: Running, big: Path, tmp_path: Path) -> None:
    source = tmp_path / "album"
    source.mkdir()
    big.rename(source / "a.wav")
    with cut(door, 6 << 20) as behind:
        assert lftp(behind, f"mirror -R {source} album").code != 0
    partial = door.partial("feed_alpha", "album/a.wav")
    soon(lambda: partial.stat().st_size > 1 << 20, "the partial file holds what arrived")
    nothing_delivered(door, "album/a.wav")
    done = lftp(door, f"mirror -R -c {source} album")
    assert done.code == 0, done.err
    assert (
        door.finished("feed_alpha", "album/a.wav").read_bytes() == (source / "a.wav").read_bytes()
    )
    assert door.inbox.events == [("received", "feed_alpha", "album/a.wav")]


def test_a_killed_client_delivers_nothing(door: Running, big: Path) -> None:
    child = spawn.start([*sftp_argv(door)[:1], "-l", "40000", *sftp_argv(door)[1:]], stdin=-1)
    assert child.stdin is not None
    child.stdin.write(f"put {big} a.wav\n".encode())
    child.stdin.flush()
    partial = door.partial("feed_alpha", "a.wav")
    soon(partial.exists, "the upload has begun")
    time.sleep(0.3)
    child.kill()
    child.communicate()
    with paramiko_client(door) as client:

        def free() -> bool:
            try:
                client.rename("a.wav", "b.wav")
            except OSError:
                return False
            return True

        soon(free, "the door has seen the end")
    nothing_delivered(door, "a.wav")
    assert door.partial("feed_alpha", "b.wav").exists()


def test_a_clean_goodbye_without_close_delivers_nothing(door: Running) -> None:
    with paramiko_transport(door) as transport:
        channel = transport.open_session()
        channel.invoke_subsystem("sftp")
        _speak(channel, b"\x01" + (3).to_bytes(4, "big"))
        name = b"half.wav"
        _speak(
            channel,
            b"\x03" + _u32(1) + _u32(len(name)) + name + _u32(0x1A) + _u32(0),
        )
        handle = channel.recv(100)[13:]
        _speak(
            channel, b"\x06" + _u32(2) + _u32(len(handle)) + handle + bytes(8) + _u32(4) + b"half"
        )
        assert channel.recv(100)[4] == 101, "the write was answered"
        channel.close()
    partial = door.partial("feed_alpha", "half.wav")
    soon(lambda: partial.read_bytes() == b"half", "what was answered is kept")
    nothing_delivered(door, "half.wav")


def test_overwriting_keeps_the_finished_file_until_close(door: Running, big: Path) -> None:
    with paramiko_client(door) as client:
        with client.open("a.wav", "wb") as file:
            file.write(b"first")
        placed = door.finished("feed_alpha", "a.wav")
        second = client.open("a.wav", "wb")
        second.write(b"the second one")
        second.flush()
        assert client.stat("a.wav").st_size == 14, "the sender sees what is on its way"
        assert placed.read_bytes() == b"first"
        second.close()
        assert placed.read_bytes() == b"the second one"
    with cut(door, 4 << 20) as behind:
        assert sftp(behind, f"put {big} a.wav").code != 0
    assert placed.read_bytes() == b"the second one"
    assert len(door.inbox.events) == 2


def test_resuming_a_finished_file_works_on_a_copy(door: Running) -> None:
    with paramiko_client(door) as client:
        with client.open("a.wav", "wb") as file:
            file.write(b"first")
        placed = door.finished("feed_alpha", "a.wav")
        longer = client.open("a.wav", "r+b")
        longer.seek(5)
        longer.write(b" and more")
        longer.flush()
        assert placed.read_bytes() == b"first"
        longer.close()
        assert placed.read_bytes() == b"first and more"
    digest = door.inbox.files["feed_alpha", "a.wav"].blake3
    assert digest == blake3(b"first and more").hexdigest()


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _speak(channel: object, packet: bytes) -> None:
    channel.sendall(_u32(len(packet)) + packet)  # type: ignore[attr-defined]
    if packet[0] == 1:
        channel.recv(4096)  # type: ignore[attr-defined]
