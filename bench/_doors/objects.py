"""The pull of an object from a real S3 server, against `aws s3 cp` from the same one.

Ours is what a watcher does for one object: ranges side by side, BLAKE3 on the way, no fsync, in a
process that keeps freed memory as the service does. The
command pays for its start, some tenths of a second, as a script that calls it does.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from bench import _common
from core import spawn
from core.errors import PartMissing, SegueError
from ingest.doors.common.memory import keep_freed
from ingest.doors.common.upload import Intake, Upload, digest_of
from ingest.watchers.fetching import Window, pull
from ingest.watchers.s3 import S3Source
from tests.fixtures import ceph

if TYPE_CHECKING:
    from collections.abc import Iterator

_CEPH = ("radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "monmaptool")
_BUCKET = "bench"
_KEY = "source.bin"


@dataclass(frozen=True, slots=True)
class Server:
    """Where objects lie, and with which key."""

    name: str
    endpoint: str
    access_key: str
    secret_key: str

    def client(self) -> Any:  # noqa: ANN401 - of boto3
        """As a watcher has it."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                s3={"addressing_style": "path"},
                max_pool_connections=16,
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    @property
    def environment(self) -> dict[str, str]:
        """As the aws command reads it."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": "/nonexistent",
        }


def rate(source: tuple[Path, str], pairs: int) -> tuple[float, dict[str, Any]]:
    """Our rate by that of `aws s3 cp`, median of pairs, and the figures."""
    command = Path(sys.executable).with_name("aws")
    if not command.exists():
        raise PartMissing("the aws command is missing", remedy="make setup")
    path, digest = source
    keep_freed()
    # short, because sockets lie in it
    with tempfile.TemporaryDirectory(prefix="s3-") as folder, _server(Path(folder)) as server:
        client = server.client()
        client.create_bucket(Bucket=_BUCKET)
        client.upload_file(str(path), _BUCKET, _KEY)
        target = path.with_name("pulled.bin")

        def ours() -> float:
            return _timed(lambda: _pull(client, target, digest), target, digest)

        def theirs() -> float:
            return _timed(lambda: _copy(command, server, target), target, digest)

        ours()  # both warm
        theirs()
        measured = _common.measured_in_turn(theirs, ours, pairs)
    mebibytes = path.stat().st_size / (1 << 20)
    return measured.ratio, {
        "reference": "aws s3 cp",
        "server": server.name,
        "ours_mib_per_second": round(mebibytes / statistics.median(measured.reference), 1),
        "reference_mib_per_second": round(mebibytes / statistics.median(measured.ours), 1),
        "ours_seconds_all": [round(value, 3) for value in measured.reference],
        "reference_seconds_all": [round(value, 3) for value in measured.ours],
    }


def _timed(work: Any, target: Path, digest: str) -> float:  # noqa: ANN401
    os.sync()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    opened = os.open(target, os.O_RDONLY)
    try:
        if digest_of(opened) != digest:
            raise SegueError("what was pulled is not what was stored")
    finally:
        os.close(opened)
        target.unlink()
    return seconds


def _pull(client: Any, target: Path, digest: str) -> None:  # noqa: ANN401
    source = S3Source(client, _BUCKET)
    found = source.find(_KEY)
    if found is None:
        raise SegueError(f"{_KEY} is not in the bucket")
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    upload = Upload(descriptor, (target.name,), Intake(durable=False, watermark=0), append=False)
    try:
        with Window(source, [found]) as window:
            pull(window, found, upload)
        if upload.seal() != digest:
            raise SegueError("the digest made on the way is another one")
    finally:
        upload.close()


def _copy(command: Path, server: Server, target: Path) -> None:
    argv = [str(command), "s3", "cp", f"s3://{_BUCKET}/{_KEY}", str(target), "--only-show-errors"]
    done = spawn.run(
        [*argv, "--endpoint-url", server.endpoint], timeout=600, env=server.environment
    )
    if done.code:
        raise SegueError(f"aws s3 cp failed: {done.err}")


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    """Ceph's gateway where it is installed; else moto, which makes both sides slower alike."""
    if all(shutil.which(name, path=f"{os.defpath}:/usr/sbin:/sbin") for name in _CEPH):
        with ceph.started(folder, disk="file") as rados:
            yield Server("Ceph radosgw", rados.endpoint, rados.access_key, rados.secret_key)
        return
    _common.say("no radosgw on this machine (apt-get install radosgw ceph-mon ceph-osd): moto")
    with moto() as server:
        yield server


@contextmanager
def moto() -> Iterator[Server]:
    """Amazon's interface from a process of Python."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    program = Path(sys.executable).with_name("moto_server")
    if not program.exists():
        raise PartMissing("moto_server is missing", remedy="make setup")
    argv = [str(program), "-H", "127.0.0.1", "-p", str(port)]
    with Path(os.devnull).open("wb") as nowhere:
        child = spawn.start(argv, stdout=nowhere, stderr=nowhere)
    try:
        server = Server("moto", f"http://127.0.0.1:{port}", "AKIABENCH", "bench")
        _await(server)
        yield server
    finally:
        child.terminate()
        child.wait(timeout=30)


def _await(server: Server) -> None:
    for _ in range(200):
        try:
            server.client().list_buckets()
        except BotoCoreError:
            time.sleep(0.1)
        else:
            return
    raise PartMissing("moto_server did not start", remedy="make setup")
