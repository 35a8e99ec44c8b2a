"""Behind a real haproxy the doors know who is calling; nobody else may pretend to be a proxy."""

from __future__ import annotations

import ftplib
import socket
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import paramiko
import pytest

from core import spawn
from ingest.doors.common.audit import MemoryAudit
from ingest.doors.common.bans import BanPolicy, networks
from ingest.doors.common.guard import Guard, GuardPolicy
from tests.fixtures.environment import program
from tests.fixtures.ports import free_port
from tests.integration.doors import ftp_harness, harness
from tests.integration.doors.ftp_harness import running_ftp
from tests.integration.doors.harness import running_door, soon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket
LOOPBACK = networks(("127.0.0.1/32",))
STRICT = BanPolicy(
    first=0.01, longest_delay=0.02, failures=2, account_failures=0, allow=("127.0.0.1/32",)
)
CALLER, OTHER = "127.0.0.7", "127.0.0.8"


def strict() -> Guard:
    return Guard(GuardPolicy(bans=STRICT), audit=MemoryAudit())


def peers(guard: Guard, what: str) -> set[str]:
    assert isinstance(guard.audit, MemoryAudit)
    return {entry.peer for entry in guard.audit.of(what)}


@contextmanager
def haproxy(folder: Path, target: int, send: str) -> Iterator[int]:
    """haproxy from Debian in front of a port of this machine; its own port."""
    port = free_port()
    config = folder / "haproxy.cfg"
    config.write_text(
        "global\n  maxconn 50\n"
        "defaults\n  mode tcp\n  timeout connect 30s\n  timeout client 90s\n  timeout server 90s\n"
        f"listen door\n  bind 127.0.0.1:{port}\n  server segue 127.0.0.1:{target} {send}\n",
        encoding="ascii",
    )
    with (folder / "haproxy.log").open("wb") as log:
        argv = [program("haproxy", "haproxy"), "-db", "-f", str(config)]
        child = spawn.start(argv, stdout=log, stderr=log)
        try:
            soon(lambda: _open(port), "haproxy listens")
            yield port
        finally:
            child.kill()
            child.wait(60)


def _open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def called(port: int, source: str) -> socket.socket:
    """A connection that comes from another address of the loopback network."""
    return socket.create_connection(("127.0.0.1", port), 60, source_address=(source, 0))


@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2"])
def test_sftp_bans_by_the_true_address(tmp_path: Path, send: str) -> None:
    guard = strict()
    settings = replace(harness.QUICK, proxies=LOOPBACK)
    with (
        running_door(tmp_path / "door", settings, guard) as door,
        haproxy(tmp_path, door.port, send) as port,
    ):

        def login(source: str, password: str) -> None:
            transport = paramiko.Transport(called(port, source))
            try:
                transport.connect(username="alpha", password=password)
                client = paramiko.SFTPClient.from_transport(transport)
                assert client is not None
                assert "reports" in client.listdir("/")
            finally:
                transport.close()

        for _ in range(2):
            with pytest.raises(paramiko.SSHException):
                login(CALLER, "wrong")
        assert [ban.subject for ban in guard.bans()] == [CALLER]
        with pytest.raises((paramiko.SSHException, EOFError)):
            login(CALLER, harness.PASSWORD)
        login(OTHER, harness.PASSWORD)
        assert peers(guard, "logout") <= {OTHER}
        assert {OTHER, CALLER} <= peers(guard, "login")
        with called(door.port, "127.0.0.1") as silent:  # the proxy has to say who calls
            silent.sendall(b"SSH-2.0-x\r\n")
            assert _rest(silent).startswith(b"SSH-2.0-Segue\r\n")


@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2"])
def test_ftp_bans_by_the_true_address(tmp_path: Path, send: str) -> None:
    guard = strict()
    settings = replace(ftp_harness.QUICK, proxies=LOOPBACK, login_timeout=10.0)
    with (
        running_ftp(tmp_path, settings, guard=guard) as door,
        haproxy(tmp_path, door.port, send) as port,
    ):

        def login(source: str, password: str) -> list[str]:
            session = ftplib.FTP(timeout=80, source_address=(source, 0))  # noqa: S321
            try:
                session.connect("127.0.0.1", port)
                session.login("alpha", password)
                return session.nlst()  # data comes straight from the caller
            finally:
                session.close()

        for _ in range(2):
            with pytest.raises((ftplib.error_perm, ftplib.error_temp)):
                login(CALLER, "wrong")
        with pytest.raises(ftplib.error_temp, match="421 too many failed"):
            login(CALLER, ftp_harness.PASSWORD)
        assert "reports" in login(OTHER, ftp_harness.PASSWORD)
        assert OTHER in peers(guard, "login")
        with called(door.port, "127.0.0.1") as silent:  # the proxy has to say who calls
            silent.sendall(b"USER alpha\r\n")
            assert _rest(silent) == b""


@pytest.mark.parametrize(
    "head",
    [
        b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 22\r\n",
        b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\x9c\x40\x00\x16",
    ],
)
def test_nobody_else_may_pretend_to_be_a_proxy(tmp_path: Path, head: bytes) -> None:
    guard = strict()
    with running_door(tmp_path / "sftp", guard=guard) as door:
        _pretend(door.port, head + b"SSH-2.0-x\r\n")
    with running_ftp(tmp_path / "ftp", guard=guard) as ftp:
        _pretend(ftp.port, head + b"USER alpha\r\nPASS correct horse\r\n")
    assert "192.0.2.7" not in peers(guard, "login") | peers(guard, "connect")
    assert peers(guard, "login") == set()
    assert peers(guard, "connect") == {"127.0.0.1"}


def _pretend(port: int, data: bytes) -> None:
    """Whatever is sent after the header, the connection ends."""
    with called(port, "127.0.0.1") as line:
        line.sendall(data)
        assert b"230" not in _rest(line)


def _rest(line: socket.socket) -> bytes:
    """What is said until the other side ends the connection."""
    said = b""
    with suppress(ConnectionResetError):
        while piece := line.recv(4096):
            said += piece
    return said
