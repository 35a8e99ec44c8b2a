"""Stock clients at the SFTP door: what they upload arrives whole and is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko
import pytest
from blake3 import blake3

from core import spawn
from tests.fixtures.environment import program
from tests.integration.doors.harness import (
    lftp,
    paramiko_client,
    paramiko_transport,
    sftp,
    ssh_options,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.doors.harness import Running

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


def test_openssh_uploads_lists_and_reads_back(door: Running, big: Path, tmp_path: Path) -> None:
    back = tmp_path / "back"
    done = sftp(
        door,
        "mkdir b",
        f"put {big} b/a.wav",
        "ls -l b",
        f"get b/a.wav {back}",
        "df",
    )
    assert done.code == 0, done.err
    assert str(big.stat().st_size).encode() in done.out
    assert back.read_bytes() == big.read_bytes()
    told = door.inbox.files["feed_alpha", "b/a.wav"]
    assert told.size == big.stat().st_size
    assert told.blake3 == blake3(big.read_bytes()).hexdigest()
    assert door.inbox.events == [("received", "feed_alpha", "b/a.wav")]
    assert not any(door.partial("feed_alpha", "").iterdir())


def test_openssh_renames_replaces_and_removes(door: Running, tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_bytes(b"one")
    two.write_bytes(b"two!")
    done = sftp(door, f"put {one} a", f"put {two} b", "rename b a", "mkdir d", "rename a d/c")
    assert done.code == 0, done.err
    assert door.finished("feed_alpha", "d/c").read_bytes() == b"two!"
    assert sftp(door, "rename d e", "rm e/c", "rmdir e").code == 0
    assert door.inbox.events[2:] == [
        ("renamed", "feed_alpha", "b", "a"),
        ("renamed", "feed_alpha", "a", "d/c"),
        ("renamed", "feed_alpha", "d/c", "e/c"),
        ("removed", "feed_alpha", "e/c"),
    ]
    assert door.inbox.files == {}


def test_openssh_put_keeps_the_time_with_p(door: Running, big: Path) -> None:
    assert sftp(door, f"put -p {big} a.wav").code == 0
    placed = door.finished("feed_alpha", "a.wav")
    assert int(placed.stat().st_mtime) == int(big.stat().st_mtime)


def test_scp_in_sftp_mode_works(door: Running, big: Path) -> None:
    argv = [program("openssh-client", "scp"), "-s", *ssh_options(door), "-P", str(door.port)]
    done = spawn.run([*argv, str(big), f"alpha@{door.host}:a.wav"], timeout=200)
    assert done.code == 0, done.err
    assert door.inbox.files["feed_alpha", "a.wav"].size == big.stat().st_size


@pytest.mark.parametrize("command", [[], ["id"]])
def test_a_shell_or_command_is_refused_with_a_reason(door: Running, command: list[str]) -> None:
    argv = [program("openssh-client", "ssh"), *ssh_options(door), "-T", "-p", str(door.port)]
    done = spawn.run([*argv, f"alpha@{door.host}", *command], timeout=200)
    assert done.code == 1
    assert "SFTP only" in done.err
    assert done.out == b""


def test_port_forwarding_is_refused(door: Running) -> None:
    with paramiko_transport(door) as transport, pytest.raises(paramiko.ChannelException):
        transport.open_channel("direct-tcpip", (door.host, door.port), ("127.0.0.1", 1))


def test_other_subsystems_are_refused(door: Running) -> None:
    with paramiko_transport(door) as transport:
        channel = transport.open_session()
        with pytest.raises(paramiko.SSHException):
            channel.invoke_subsystem("netconf")


def test_lftp_mirrors_a_folder_and_resumes(door: Running, tmp_path: Path) -> None:
    source = tmp_path / "album"
    (source / "resources").mkdir(parents=True)
    for number in range(30):
        (source / "resources" / f"{number}.wav").write_bytes(bytes([number]) * 50_000)
    (source / "release.xml").write_text("<a/>")
    done = lftp(door, f"mirror -R {source} album")
    assert done.code == 0, done.err
    assert len(door.inbox.files) == 31
    done = lftp(door, f"mirror -R -c {source} album; cls -1 album/resources")
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 30
    assert len(door.inbox.events) == 31, "a second mirror sends nothing again"


def test_paramiko_uploads_many_small_files(door: Running) -> None:
    with paramiko_client(door) as client:
        client.mkdir("many")
        for number in range(200):
            with client.open(f"many/{number}.txt", "wb") as file:
                file.write(str(number).encode())
        assert len(client.listdir("many")) == 200
        assert client.stat("many/7.txt").st_size == 1
    assert len(door.inbox.files) == 200
    told = door.inbox.files["feed_alpha", "many/42.txt"]
    assert told.blake3 == blake3(b"42").hexdigest()


def test_writes_out_of_order_are_hashed_right(door: Running) -> None:
    body = bytes(range(256)) * 1000
    with paramiko_client(door) as client, client.open("mixed", "w+b") as file:
        for start in (100_000, 0, 200_000, 50_000, 150_000, 250_000):
            file.seek(start)
            file.write(body[start : start + 50_000])
        file.seek(10)
        file.write(body[10:20])
        file.seek(0)
        assert file.read(30) == body[:30]
    assert door.inbox.files["feed_alpha", "mixed"].blake3 == blake3(body).hexdigest()


def test_append_and_truncate(door: Running) -> None:
    with paramiko_client(door) as client:
        with client.open("log", "wb") as file:
            file.write(b"one two")
        with client.open("log", "ab") as file:
            file.write(b" three")
        with client.open("log", "r+b") as file:
            file.truncate(3)
    assert door.finished("feed_alpha", "log").read_bytes() == b"one"
    assert door.inbox.files["feed_alpha", "log"].blake3 == blake3(b"one").hexdigest()
    assert len(door.inbox.events) == 3


def test_answers_are_read_and_not_written(door: Running) -> None:
    with paramiko_client(door) as client:
        assert client.listdir("/") == ["acknowledgements", "reports"]
        door.finished("feed_alpha", "acknowledgements/ACK_1.xml").write_text("<ok/>")
        with client.open("acknowledgements/ACK_1.xml") as file:
            assert file.read() == b"<ok/>"
        for refused in (
            lambda: client.remove("acknowledgements/ACK_1.xml"),
            lambda: client.open("reports/x", "wb"),
            lambda: client.rename("acknowledgements", "old"),
            lambda: client.mkdir("reports/deeper"),
            lambda: client.rmdir("reports"),
            lambda: client.utime("acknowledgements/ACK_1.xml", (1, 1)),
        ):
            with pytest.raises(PermissionError, match="written by us"):
                refused()
