"""Who gets in at the SFTP door, how often one may try, and how the door closes."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import paramiko
import pytest

from core import spawn
from ingest.doors.common.hostkey import ensure_host_key
from tests.fixtures.environment import program
from tests.integration.doors.harness import (
    PASSWORD,
    QUICK,
    make_key,
    paramiko_client,
    paramiko_transport,
    running_door,
    sftp,
    soon,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.doors.harness import Running

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


def _connected(door: Running) -> paramiko.Transport:
    transport = paramiko.Transport((door.host, door.port))
    transport.start_client(timeout=80)
    return transport


@pytest.mark.parametrize(
    ("user", "password"),
    [("alpha", "wrong"), ("alpha", ""), ("nobody", PASSWORD), ("", ""), ("feed_alpha", PASSWORD)],
)
def test_wrong_names_and_passwords_are_refused(door: Running, user: str, password: str) -> None:
    transport = _connected(door)
    with pytest.raises(paramiko.AuthenticationException):
        transport.auth_password(user, password)
    transport.close()


def test_a_strange_key_is_refused(door: Running, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = replace(door, key=make_key(tmp_path / "other"))
    done = sftp(other, "ls")
    assert done.code != 0
    assert "Permission denied" in done.err


def test_a_key_opens_its_own_users_feed_only(door: Running) -> None:
    key = paramiko.Ed25519Key.from_private_key_file(str(door.key))
    transport = _connected(door)
    with pytest.raises(paramiko.AuthenticationException):
        transport.auth_publickey("beta", key)
    transport.auth_publickey("alpha", key)
    transport.close()


def test_attempts_are_limited_and_slowed(tmp_path: Path) -> None:
    with running_door(tmp_path / "door", replace(QUICK, login_attempts=3)) as door:
        transport = _connected(door)
        for _ in range(3):
            with pytest.raises(paramiko.AuthenticationException):
                transport.auth_password("alpha", "wrong")
        with pytest.raises((paramiko.SSHException, EOFError)):
            transport.auth_password("alpha", PASSWORD)
        soon(lambda: not transport.is_active(), "the door has ended the connection")
        transport.close()
        with paramiko_client(door) as client:
            assert client.listdir("/")


def test_a_silent_visitor_is_sent_away(tmp_path: Path) -> None:
    with (
        running_door(tmp_path / "door", replace(QUICK, login_timeout=1.0)) as door,
        socket.create_connection((door.host, door.port)) as visitor,
    ):
        visitor.settimeout(80)
        while visitor.recv(4096):
            pass


def test_an_idle_session_is_ended(tmp_path: Path) -> None:
    with (
        running_door(tmp_path / "door", replace(QUICK, idle=3.0)) as door,
        paramiko_transport(door) as transport,
    ):
        soon(lambda: not transport.is_active(), "the door has ended the idle session")


def test_connections_are_limited(tmp_path: Path) -> None:
    with (
        running_door(tmp_path / "door", replace(QUICK, connections=2)) as door,
        paramiko_client(door) as one,
        paramiko_client(door),
    ):
        with pytest.raises((paramiko.SSHException, EOFError)), paramiko_client(door):
            pass
        assert one.listdir("/"), "those inside stay"


def test_stopping_keeps_unfinished_uploads(tmp_path: Path) -> None:
    with running_door(tmp_path / "door") as door:
        transport = paramiko.Transport((door.host, door.port))
        transport.connect(username="alpha", password=PASSWORD)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        file = client.open("a.wav", "wb")
        file.write(b"half")
        file.flush()
    assert door.inbox.events == []
    assert door.partial("feed_alpha", "a.wav").read_bytes() == b"half"
    transport.close()


def test_a_stopped_door_can_start_again_with_the_same_key(tmp_path: Path) -> None:
    with running_door(tmp_path / "door") as door:
        first = paramiko.Transport((door.host, door.port))
        first.start_client(timeout=80)
        known = first.get_remote_server_key().fingerprint
        first.close()
    (tmp_path / "door" / "id_ed25519").unlink()
    (tmp_path / "door" / "id_ed25519.pub").unlink()
    with running_door(tmp_path / "door") as door:
        assert ensure_host_key(door.data / "keys") == known
        second = paramiko.Transport((door.host, door.port))
        second.start_client(timeout=80)
        assert second.get_remote_server_key().fingerprint == known
        second.close()


def test_the_fingerprint_is_what_openssh_prints(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    told = ensure_host_key(keys)
    keygen = program("openssh-client", "ssh-keygen")
    done = spawn.run([keygen, "-l", "-f", str(keys / "ssh_host_ed25519_key")], timeout=80)
    assert told in done.out.decode()
    assert (keys / "ssh_host_ed25519_key").stat().st_mode & 0o777 == 0o600
