"""Old algorithms of SSH: refused on the door's port, spoken on a second one, per feed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import asyncssh
import pytest

from core import spawn
from ingest.doors.common.ports import FeedLogin
from tests.fixtures.environment import program
from tests.integration.doors.harness import PASSWORD, QUICK, running_door, sftp, ssh_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.doors.harness import Running

pytestmark = [
    pytest.mark.integration,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields"),
]
OLD = {
    "KexAlgorithms": "diffie-hellman-group14-sha1",
    "Ciphers": "3des-cbc",
    "MACs": "hmac-sha1",
    "HostKeyAlgorithms": "ssh-rsa",
    "PubkeyAcceptedAlgorithms": "ssh-rsa",
}


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Running]:
    with running_door(tmp_path / "door", replace(QUICK, legacy_port=0)) as running:
        yield running


def _know(door: Running, key: str, *, legacy: bool) -> None:
    login = FeedLogin("feed_alpha", "Alpha", legacy=legacy)
    door.accounts.passwords["alpha"] = (PASSWORD, login)
    door.accounts.keys["alpha"] = (key, login)


def _rsa(door: Running, folder: Path, *, legacy: bool) -> Running:
    """The door for a client that has an RSA key, and is known by it."""
    key = folder / "id_rsa"
    keygen = program("openssh-client", "ssh-keygen")
    argv = [keygen, "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(key)]
    assert spawn.run(argv, timeout=120).code == 0
    _know(door, key.with_suffix(".pub").read_text(), legacy=legacy)
    return replace(door, key=key)


def _ls(door: Running, port: int, **only: str) -> spawn.Finished:
    argv = [program("openssh-client", "sftp"), *ssh_options(door)]
    for name, value in only.items():
        argv += ["-o", f"{name}={value}"]
    argv += ["-P", str(port), "-b", "-", f"alpha@{door.host}"]
    return spawn.run(argv, timeout=200, stdin=b"ls\n")


def test_a_feed_with_the_switch_comes_in_with_old_algorithms(old: Running, tmp_path: Path) -> None:
    door = _rsa(old, tmp_path, legacy=True)
    done = _ls(door, old.legacy_port, **OLD)
    assert done.code == 0, done.err


def test_a_feed_without_the_switch_does_not(old: Running, tmp_path: Path) -> None:
    door = _rsa(old, tmp_path, legacy=False)
    assert "Permission denied" in _ls(door, old.legacy_port, **OLD).err
    assert sftp(door.through(old.legacy_port), "ls").code != 0
    assert sftp(door, "ls").code == 0


def test_a_feed_with_the_switch_may_speak_new_ones_on_either_port(
    old: Running, tmp_path: Path
) -> None:
    door = _rsa(old, tmp_path, legacy=True)
    assert sftp(door, "ls").code == 0
    assert sftp(door.through(old.legacy_port), "ls").code == 0


@pytest.mark.parametrize("name", OLD)
def test_the_other_port_refuses_each_old_algorithm(old: Running, tmp_path: Path, name: str) -> None:
    door = _rsa(old, tmp_path, legacy=True)
    assert _ls(door, old.port, Ciphers="aes128-ctr").code == 0
    assert _ls(door, old.port, **{"Ciphers": "aes128-ctr", name: OLD[name]}).code != 0


@pytest.mark.parametrize(("port", "welcome"), [("port", False), ("legacy_port", True)])
def test_a_client_that_signs_with_sha1_unasked_comes_in_at_the_old_port_only(
    old: Running, port: str, *, welcome: bool
) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    _know(old, key.export_public_key().decode(), legacy=True)

    async def comes_in() -> bool:
        try:
            async with asyncssh.connect(
                old.host,
                getattr(old, port),
                username="alpha",
                client_keys=[key],
                known_hosts=None,
                agent_path=None,
                signature_algs=["ssh-rsa"],
                kex_algs=["curve25519-sha256"],
                server_host_key_algs=["ssh-ed25519"],
            ):
                return True
        except asyncssh.PermissionDenied:
            return False

    assert asyncio.run(comes_in()) is welcome


def test_there_is_no_old_port_unless_asked_for(door: Running) -> None:
    assert door.legacy_port == 0
    assert not (door.data / "keys" / "ssh_host_rsa_key").exists()
