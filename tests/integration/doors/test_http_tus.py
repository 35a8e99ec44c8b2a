"""Resumable uploads by tus 1.0, with the real tuspy and by the bare protocol."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from blake3 import blake3
from tusclient.client import TusClient

from core import spawn
from tests.fixtures.environment import REPOSITORY
from tests.integration.doors.harness import soon
from tests.integration.doors.http_harness import QUICK, Running, Sender, running_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
TUS = {"tus-resumable": "1.0.0"}
CHUNK = {"content-type": "application/offset+octet-stream", **TUS}
BODY = b"".join(number.to_bytes(4, "big") for number in range(250))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_http(tmp_path_factory.mktemp("tus")) as running:
        yield running


@pytest.fixture
def client(door: Running) -> Iterator[httpx2.Client]:
    with door.alpha.client() as made:
        yield made


def uploader(sender: Sender, body: bytes, path: str, **options: Any) -> Any:  # noqa: ANN401
    tus = TusClient(sender.uploads, headers={"Authorization": f"Bearer {sender.key}"})
    return tus.uploader(file_stream=io.BytesIO(body), metadata={"path": path}, **options)


def begin(client: httpx2.Client, door: Running, path: str, length: int = len(BODY)) -> str:
    told = f"path {base64.b64encode(path.encode()).decode()}"
    headers = {"upload-length": str(length), "upload-metadata": told, **TUS}
    made = client.post(door.alpha.uploads, headers=headers)
    assert made.status_code == 201, made.text
    assert made.headers["tus-resumable"] == "1.0.0"
    return door.alpha.base + str(made.headers["location"])


def patch(
    client: httpx2.Client, url: str, offset: int, body: bytes, **more: str
) -> httpx2.Response:
    headers = {**CHUNK, "upload-offset": str(offset), **more}
    return client.patch(url, content=body, headers=headers)


def test_tuspy_uploads_in_chunks_with_checksums(door: Running, big: Path) -> None:
    body = big.read_bytes()
    uploader(door.alpha, body, "some/big.wav", chunk_size=5 << 20, upload_checksum=True).upload()
    assert door.finished("some/big.wav").read_bytes() == body
    assert door.received()["some/big.wav"] == len(body)
    uploader(door.alpha, b"", "some/empty.wav").upload()
    assert door.received()["some/empty.wav"] == 0


def test_tuspy_goes_on_where_it_stopped(door: Running, big: Path) -> None:
    body = big.read_bytes()
    first = uploader(door.alpha, body, "again.wav", chunk_size=1 << 20)
    first.upload(stop_at=3 << 20)
    assert not door.finished("again.wav").exists()
    with door.alpha.client() as client:
        entries = client.get(door.alpha.files).json()["entries"]
        shown = {entry["name"]: entry for entry in entries}["again.wav"]
        assert (shown["size"], shown["unfinished"]) == (3 << 20, True)
    second = uploader(door.alpha, body, "again.wav", chunk_size=8 << 20, url=first.url)
    assert second.offset == 3 << 20
    second.upload()
    assert door.finished("again.wav").read_bytes() == body


def test_the_options(door: Running) -> None:
    answer = httpx2.options(door.alpha.uploads)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    extensions = set(answer.headers["tus-extension"].split(","))
    assert extensions == {
        "creation",
        "creation-with-upload",
        "termination",
        "expiration",
        "checksum",
    }
    assert "sha1" in answer.headers["tus-checksum-algorithm"].split(",")


def test_offsets_and_what_the_protocol_refuses(client: httpx2.Client, door: Running) -> None:
    url = begin(client, door, "offsets.wav")
    head = client.head(url, headers=TUS)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("0", "1000")
    assert "no-store" in head.headers["cache-control"]
    assert head.headers["upload-expires"].endswith("GMT")
    assert patch(client, url, 0, BODY[:300]).headers["upload-offset"] == "300"
    assert patch(client, url, 0, BODY[:300]).status_code == 409
    assert patch(client, url, 300, BODY[300:] + b"x").status_code == 413
    plain = {"content-type": "text/plain"}
    assert patch(client, url, 300, BODY[300:], **plain).status_code == 415
    wrong = client.head(url, headers={"tus-resumable": "0.2.2"})
    assert (wrong.status_code, wrong.headers["tus-version"]) == (412, "1.0.0")
    at = int(client.head(url, headers=TUS).headers["upload-offset"])
    done = client.post(
        url,
        content=BODY[at:],
        headers={**CHUNK, "upload-offset": str(at), "x-http-method-override": "PATCH"},
    )
    assert (done.status_code, done.headers["upload-offset"]) == (204, "1000")
    assert client.head(url, headers=TUS).headers["upload-offset"] == "1000"
    assert patch(client, url, 1000, b"").status_code == 409
    assert door.finished("offsets.wav").read_bytes() == BODY


@pytest.mark.parametrize(
    "headers",
    [
        {"upload-length": "x"},
        {"upload-length": "5"},
        {"upload-length": "5", "upload-metadata": "path %%%"},
        {"upload-length": "5", "upload-metadata": "path"},
        {"upload-defer-length": "1", "upload-metadata": "path YQ=="},
        {"upload-length": "5", "upload-metadata": "path /w=="},
    ],
)
def test_creations_that_make_no_sense(
    client: httpx2.Client, door: Running, headers: dict[str, str]
) -> None:
    answer = client.post(door.alpha.uploads, headers={**TUS, **headers})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_paths_are_judged_and_sizes(client: httpx2.Client, door: Running) -> None:
    climbing = base64.b64encode(b"../beta.wav").decode()
    headers = {**TUS, "upload-length": "5", "upload-metadata": f"path {climbing}"}
    assert client.post(door.alpha.uploads, headers=headers).status_code == 403
    headers = {**headers, "upload-length": str(1 << 40)}
    assert client.post(door.alpha.uploads, headers=headers).status_code == 413


def test_a_wrong_checksum_leaves_nothing_of_its_chunk(client: httpx2.Client, door: Running) -> None:
    url = begin(client, door, "sums.wav")
    right = base64.b64encode(hashlib.sha1(BODY[:500], usedforsecurity=False).digest()).decode()
    wrong = patch(client, url, 0, BODY[101:601], **{"upload-checksum": f"sha1 {right}"})
    assert wrong.status_code == 460
    assert client.head(url, headers=TUS).headers["upload-offset"] == "0"
    assert patch(client, url, 0, b"x", **{"upload-checksum": "crc9 AA=="}).status_code == 400
    good = patch(client, url, 0, BODY[:500], **{"upload-checksum": f"sha1 {right}"})
    assert good.headers["upload-offset"] == "500"
    wrong = patch(client, url, 500, BODY[500:], **{"upload-checksum": f"sha1 {right}"})
    assert wrong.status_code == 460
    assert not door.finished("sums.wav").exists()
    assert patch(client, url, 500, BODY[500:]).status_code == 204
    assert door.finished("sums.wav").read_bytes() == BODY


def test_given_up_and_superseded(client: httpx2.Client, door: Running) -> None:
    url = begin(client, door, "given-up.wav")
    assert patch(client, url, 0, BODY[:10]).status_code == 204
    assert client.delete(url, headers=TUS).status_code == 204
    assert client.head(url, headers=TUS).status_code == 404
    assert not door.partial("given-up.wav").exists()
    older = begin(client, door, "twice.wav")
    newer = begin(client, door, "twice.wav")
    assert patch(client, older, 0, BODY).status_code == 404
    assert patch(client, newer, 0, BODY).status_code == 204
    url = begin(client, door, "replaced.wav")
    assert client.put(f"{door.alpha.files}replaced.wav", content=b"whole").status_code == 201
    assert patch(client, url, 0, BODY).status_code == 410
    assert door.finished("replaced.wav").read_bytes() == b"whole"


def test_uploads_of_others_are_not_there(client: httpx2.Client, door: Running) -> None:
    url = begin(client, door, "mine.wav")
    with door.beta.client() as theirs:
        assert theirs.head(url, headers=TUS).status_code == 404
        own = url.replace(door.alpha.feed, door.beta.feed)
        assert theirs.head(own, headers=TUS).status_code == 404
        assert patch(theirs, own, 0, BODY).status_code == 404
        assert theirs.delete(own, headers=TUS).status_code == 404
    assert patch(client, url, 0, BODY).status_code == 204


def test_uploads_expire(tmp_path: Path) -> None:
    with running_http(tmp_path, replace(QUICK, kept=0.0)) as door, door.alpha.client() as client:
        url = begin(client, door, "old.wav")
        time.sleep(0.01)
        assert door.door.sweep() == 1
        assert client.head(url, headers=TUS).status_code == 404


@pytest.mark.parametrize("count", [len(BODY), 400])
def test_the_first_chunk_may_come_with_the_creation(
    client: httpx2.Client, door: Running, count: int
) -> None:
    name = f"with-{count}.wav"
    told = f"path {base64.b64encode(name.encode()).decode()}"
    headers = {"upload-length": str(len(BODY)), "upload-metadata": told, **CHUNK}
    made = client.post(door.alpha.uploads, headers=headers, content=BODY[:count])
    assert (made.status_code, made.headers["upload-offset"]) == (201, str(count))
    if count < len(BODY):
        assert not door.finished(name).exists()
        url = door.alpha.base + made.headers["location"]
        rest = client.patch(url, headers={**CHUNK, "upload-offset": str(count)}, content=BODY[400:])
        assert rest.status_code == 204, rest.text
    assert door.finished(name).read_bytes() == BODY


def test_a_killed_server_keeps_what_came(tmp_path: Path, big: Path) -> None:
    """Kill -9 in mid-chunk, twice: once plain, once under a checksum that nobody could compare."""
    body = big.read_bytes()
    script = str(REPOSITORY / "tests/integration/doors/http_process.py")

    def start() -> tuple[Any, Sender]:
        child = spawn.start([sys.executable, script, str(REPOSITORY), str(tmp_path / "door")])
        assert child.stdout is not None
        feed, key, base = child.stdout.readline().decode().split()
        return child, Sender(feed, key, base)

    def slowly(data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), 1 << 20):
            yield data[at : at + (1 << 20)]
            time.sleep(0.02)

    child, sender = start()
    tus = uploader(sender, body, "killed.wav", chunk_size=1 << 20)
    tus.upload(stop_at=2 << 20)
    path = tus.url.removeprefix(sender.base)
    partial = tmp_path / "door/data/partial" / sender.feed / "killed.wav"
    sure, kept = 2 << 20, 2 << 20
    for checked in (False, True):
        headers = {**sender.headers, **CHUNK, "upload-offset": str(kept)}
        if checked:
            headers["upload-checksum"] = f"sha1 {base64.b64encode(b'x' * 20).decode()}"
        pieces = _until(slowly(body[kept:]), partial, kept + (3 << 20), child.pid)
        with suppress(httpx2.TransportError):
            httpx2.patch(sender.base + path, content=pieces, headers=headers, timeout=60)
        assert child.wait(60) == -signal.SIGKILL
        child.communicate()
        child, sender = start()
        shown = httpx2.head(sender.base + path, headers={**sender.headers, **TUS}, timeout=60)
        assert shown.status_code == 200, shown.text
        kept, sure = int(shown.headers["upload-offset"]), kept
        assert kept == sure if checked else kept >= sure + (3 << 20)
    try:
        rest = uploader(sender, body, "killed.wav", url=sender.base + path, chunk_size=8 << 20)
        rest.upload()
        finished = tmp_path / "door/data/inbox" / sender.feed / "killed.wav"
        assert blake3(finished.read_bytes()).digest() == blake3(body).digest()
        assert not partial.exists()
    finally:
        child.kill()
        child.communicate()


def _until(pieces: Iterator[bytes], partial: Path, size: int, pid: int) -> Iterator[bytes]:
    """Kill the server once so much is on its disk."""
    for piece in pieces:
        yield piece
        if partial.stat().st_size >= size:
            os.kill(pid, signal.SIGKILL)
            return
    soon(lambda: partial.stat().st_size >= size, "it came to the disk")
    os.kill(pid, signal.SIGKILL)
