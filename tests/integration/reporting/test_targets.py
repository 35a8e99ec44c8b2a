"""Reports into a bucket and over SFTP: whole, under their names, never over another."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import asyncssh
import pytest

from core.errors import Conflict, NotAllowed, Unavailable
from server.reporting.recipients import made
from server.reporting.targets import Way, put
from tests.fixtures.stores import Moto, free_port, moto
from tests.integration.reporting.offices import A

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["moto"]
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


class _Server(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("label", "s3cret")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[tuple[int, str, Path]]:
    """Port, fingerprint and folder of a recipient's SFTP server."""
    folder, port, key = (
        tmp_path / "theirs",
        free_port(),
        asyncssh.generate_private_key("ssh-ed25519"),
    )
    (folder / "in").mkdir(parents=True)
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with asyncssh.listen(
            "127.0.0.1", port, server_host_keys=[key], server_factory=_Server,
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=bytes(folder)),
        ):  # fmt: skip
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    yield port, key.get_fingerprint(), folder
    done.set()
    thread.join()


def test_an_sftp_server_gets_each_file_once(
    tmp_path: Path, receiver: tuple[int, str, Path]
) -> None:
    port, fingerprint, folder = receiver
    path = tmp_path / "a.tsv"
    path.write_text("one")
    to = way(f"sftp://label@127.0.0.1:{port}/in", "s3cret", host_key=fingerprint)
    put(to, path, "a.tsv", again=False)
    put(to, path, "a.tsv", again=True)
    with pytest.raises(Conflict):
        put(to, path, "a.tsv", again=False)
    assert [one.name for one in (folder / "in").iterdir()] == ["a.tsv"]
    assert (folder / "in" / "a.tsv").read_text() == "one"
    with pytest.raises(NotAllowed):
        put(way(to.recipient.target, "wrong", host_key=fingerprint), path, "b.tsv", again=False)
    other = "SHA256:" + "A" * 43
    with pytest.raises(NotAllowed):
        put(way(to.recipient.target, "s3cret", host_key=other), path, "b.tsv", again=False)


def test_a_target_that_is_away(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("one")
    away = way(f"sftp://label@127.0.0.1:{free_port()}/in", "x", host_key="SHA256:" + "A" * 43)
    with pytest.raises(Unavailable):
        put(away, path, "a.tsv", again=False)
    assert away.told == f"sftp://{away.recipient.target.partition('@')[2]}"
