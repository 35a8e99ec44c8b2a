"""Reports into a bucket and over SFTP: whole, under their names, never over another."""

from __future__ import annotations

import getpass
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
import pytest

from core import spawn
from core.errors import Conflict, NotAllowed, Unavailable
from server.reporting.recipients import made
from server.reporting.targets import Way, put
from tests.fixtures.environment import program
from tests.fixtures.ports import free_port
from tests.fixtures.stores import (
    ACCOUNT,
    ACCOUNT_KEY,
    Moto,
    azure,
    azurite,
    make_container,
    moto,
)
from tests.integration.reporting.offices import ANN, A, close, make_office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.schemas import SchemaFolder

__all__ = ["azurite", "moto"]
pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


def way(target: str, secret: str, **terms: str) -> Way:
    recipient = made({"id": A, "dpid": A, "name": "A", "target": target, **terms})
    return Way(recipient=recipient, secret=secret)


def test_a_bucket_gets_each_file_once(tmp_path: Path, moto: Moto) -> None:
    moto.s3.create_bucket(Bucket="reports")
    path = tmp_path / "a.tsv"
    path.write_text("one")
    bucket = way(
        "s3://reports/in", "AKIAIOSFODNN7EXAMPLE:secret", endpoint=moto.endpoint, region="us-east-1"
    )
    put(bucket, path, "a.tsv", again=False)
    put(bucket, path, "a.tsv", again=True)
    path.write_text("other")
    with pytest.raises(Conflict):
        put(bucket, path, "a.tsv", again=False)
    assert moto.s3.get_object(Bucket="reports", Key="in/a.tsv")["Body"].read() == b"one"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A recipient's OpenSSH: where it listens, its fingerprint, its folder, and our key."""

    port: int
    fingerprint: str
    folder: Path
    key: str

    def way(self, key: str = "", fingerprint: str = "") -> Way:
        """To its folder."""
        target = f"sftp://{getpass.getuser()}@127.0.0.1:{self.port}{self.folder}"
        return way(target, key or self.key, host_key=fingerprint or self.fingerprint)


@pytest.fixture
def receiver(sshd: Receiver, tmp_path: Path) -> Receiver:
    """With a folder for this test alone."""
    (tmp_path / "theirs").mkdir()
    return replace(sshd, folder=tmp_path / "theirs")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """OpenSSH as it comes."""
    home, port = tmp_path_factory.mktemp("sshd"), free_port()
    host, ours = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    (home / "host").write_bytes(host.export_private_key())
    (home / "host").chmod(0o600)
    (home / "known").write_bytes(ours.export_public_key())
    (home / "theirs").mkdir()
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it wants to lock itself in
    (home / "conf").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {home / 'host'}\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {home / 'known'}\nStrictModes no\nPermitRootLogin yes\n"
        "PasswordAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    argv = [program("openssh-server", "sshd"), "-D", "-e", "-f", str(home / "conf")]
    with (home / "log").open("wb") as log:
        child = spawn.start(argv, stdout=log, stderr=log)
        try:
            _wait_for(port, home / "log")
            text = ours.export_private_key().decode()
            yield Receiver(port, host.get_fingerprint(), home / "theirs", text)
        finally:
            child.terminate()
            child.wait(timeout=60)


def _wait_for(port: int, log: Path) -> None:
    for _ in range(2000):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(log.read_text())


def test_openssh_gets_each_file_once(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("one")
    put(receiver.way(), path, "a.tsv", again=False)
    put(receiver.way(), path, "a.tsv", again=True)
    with pytest.raises(Conflict):
        put(receiver.way(), path, "a.tsv", again=False)
    assert [one.name for one in receiver.folder.iterdir()] == ["a.tsv"]
    assert (receiver.folder / "a.tsv").read_text() == "one"
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(NotAllowed):
        put(receiver.way(key=stranger), path, "b.tsv", again=False)
    with pytest.raises(NotAllowed):
        put(receiver.way(fingerprint="SHA256:" + "A" * 43), path, "b.tsv", again=False)


def test_openssh_gets_the_semaphore_after_the_file(
    tmp_path: Path, receiver: Receiver, schema_folder: SchemaFolder
) -> None:
    office = make_office(tmp_path, schema_folder)
    to = receiver.way()
    terms = {"id": A, "dpid": A, "name": "A", "target": to.recipient.target, "gzip": True,
             "host_key": receiver.fingerprint, "semaphore": "DSR"}  # fmt: skip
    office.agree(terms, ANN, secret=receiver.key)
    done = close(office)
    (file,) = [one for one in done["files"] if one["recipient"] == A]
    there = {one.name: one.stat() for one in receiver.folder.iterdir()}
    assert set(there) == {file["file"], file["semaphore"]}
    assert there[file["semaphore"]].st_size == 0
    assert there[file["semaphore"]].st_mtime_ns >= there[file["file"]].st_mtime_ns
    sent, ours = receiver.folder / file["file"], office.path_of(file["file"])
    assert sent.read_bytes() == ours.read_bytes()
    assert receiver.key not in str(office.recipients())


def test_a_container_of_azure_gets_each_file_once(tmp_path: Path, azurite: str) -> None:
    make_container(azurite, "reports")
    path = tmp_path / "a.tsv"
    path.write_text("one")
    to = way(f"az://{ACCOUNT}/reports/in", ACCOUNT_KEY, endpoint=azurite)
    put(to, path, "a.tsv", again=False)
    put(to, path, "a.tsv", again=True)
    with pytest.raises(Conflict):
        put(to, path, "a.tsv", again=False)
    assert azure(azurite, "GET", "/reports/in/a.tsv", {}) == b"one"
    with pytest.raises(NotAllowed):
        put(way(to.recipient.target, "AAAA", endpoint=azurite), path, "b.tsv", again=False)


def test_a_target_that_is_away(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("one")
    away = way(f"sftp://label@127.0.0.1:{free_port()}/in", "x", host_key="SHA256:" + "A" * 43)
    with pytest.raises(Unavailable):
        put(away, path, "a.tsv", again=False)
    assert away.told == f"sftp://{away.recipient.target.partition('@')[2]}"
