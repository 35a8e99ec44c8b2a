"""Files over HTTP by PUT: whole or not at all, digests proven, every feed for itself."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx2
import pytest
from blake3 import blake3

from core import spawn
from ingest.doors.common.upload import Intake
from server.api.delivering_table import DELIVERING
from tests.fixtures.environment import program
from tests.integration.doors.harness import soon
from tests.integration.doors.http_harness import QUICK, Running, running_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
BODY = b"music " * 1000


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_http(tmp_path_factory.mktemp("http")) as running:
        yield running


def digest(name: str, body: bytes = BODY) -> str:
    return base64.b64encode(hashlib.new(name, body).digest()).decode()


def test_curl_puts_a_big_file_with_a_digest(door: Running, big: Path) -> None:
    sender, body = door.alpha, big.read_bytes()
    told = f"Repr-Digest: sha-256=:{digest('sha256', body)}:"
    status, answer = sender.curl("-T", str(big), "-H", told, f"{sender.files}new/folder/big.wav")
    assert status == 201
    assert answer["blake3"] == blake3(body).hexdigest()
    assert answer["size"] == len(body) == door.received()["new/folder/big.wav"]
    assert door.finished("new/folder/big.wav").read_bytes() == body
    assert "big.wav" not in door.left_over()


@pytest.mark.parametrize(
    ("header", "right", "wrong"),
    [
        ("content-digest", f"sha-256=:{digest('sha256')}:", f"sha-256=:{digest('sha256', b'')}:"),
        ("repr-digest", f"sha-512=:{digest('sha512')}:", f"sha-512=:{digest('sha512', b'')}:"),
        (
            "content-digest",
            f"unixsum=:AA==:, sha-256=:{digest('sha256')}:",
            f"sha-256=:{digest('sha256')}:, sha-512=:{digest('sha512', b'')}:",
        ),
        ("content-md5", digest("md5"), digest("md5", b"")),
    ],
)
def test_declared_digests_are_proven(door: Running, header: str, right: str, wrong: str) -> None:
    with door.alpha.client() as client:
        address = f"{door.alpha.files}digest-{header}.wav"
        client.delete(address)
        refused = client.put(address, content=BODY, headers={header: wrong})
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "digest_mismatch"
        assert header in refused.json()["error"]["message"].lower()
        assert client.head(address).status_code == 404
        assert client.put(address, content=BODY, headers={header: right}).status_code == 201
        refused = client.put(address, content=b"other", headers={header: right})
        assert refused.status_code == 400
        assert client.get(address).content == BODY


@pytest.mark.parametrize(
    ("header", "right", "wrong", "code"),
    [
        (
            "content-digest",
            f"sha-256=:{digest('sha256')}:",
            f"sha-256=:{digest('sha256', b'')}:",
            "digest_mismatch",
        ),
        ("content-md5", digest("md5"), digest("md5", b""), "bad_request"),
    ],
)
def test_a_digest_that_comes_twice_has_to_be_right_twice(
    door: Running, header: str, right: str, wrong: str, code: str
) -> None:
    with door.alpha.client() as client:
        both = [*door.alpha.headers.items(), (header, right), (header, wrong)]
        refused = client.put(f"{door.alpha.files}twice.wav", content=BODY, headers=both)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("content-digest", "md5=:AAAA:", 400),
        ("content-digest", "sha-256=abc", 400),
        ("repr-digest", f"sha-256=:{base64.b64encode(b'ab' * 32).decode()}:", 400),
        ("content-md5", "not base64", 400),
        ("content-range", "bytes 5-9/10", 400),
        ("content-encoding", "gzip", 415),
    ],
)
def test_what_can_not_be_taken_is_said(door: Running, header: str, value: str, status: int) -> None:
    with door.alpha.client() as client:
        address = f"{door.alpha.files}refused.wav"
        refused = client.put(address, content=BODY, headers={header: value})
        assert refused.status_code == status
        assert refused.json()["error"]["message"]
        assert client.head(address).status_code == 404


def test_curl_that_resumes_is_told_how(door: Running, big: Path) -> None:
    status, answer = door.alpha.curl("-T", str(big), "-C", "1000", f"{door.alpha.files}resume.wav")
    assert status == 400
    assert "tus" in answer["error"]["remedy"]
    assert "resume.wav" not in door.received()


@pytest.mark.parametrize("how", ["cut", "short", "chunked"])
def test_a_body_that_ends_early_delivers_nothing(door: Running, how: str) -> None:
    lengths = {
        "cut": b"content-length: 9999\r\n\r\nhalf",
        "short": b"content-length: 5\r\n\r\nhalf",
        "chunked": b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    }
    head = f"PUT /api/v1/feeds/{door.alpha.feed}/files/{how}.wav HTTP/1.1\r\nhost: h\r\n"
    with socket.create_connection(("127.0.0.1", door.port)) as wire:
        wire.sendall(f"{head}authorization: Bearer {door.alpha.key}\r\n".encode() + lengths[how])
        soon(lambda: door.partial(f"{how}.wav").exists(), "the upload began")
        if how == "cut":
            wire.close()
        else:  # the door does not wait for ever
            assert b" 408 " in wire.recv(65536)
    with door.alpha.client() as client:
        entries = client.get(door.alpha.files).json()["entries"]
        shown = {entry["name"]: entry for entry in entries}
        soon(lambda: not door.finished(f"{how}.wav").exists(), "nothing is delivered")
        assert shown[f"{how}.wav"]["unfinished"] is True
        assert f"{how}.wav" not in door.received()
        assert client.put(f"{door.alpha.files}{how}.wav", content=BODY).status_code == 201
        assert client.delete(f"{door.alpha.files}{how}.wav").status_code == 204
    assert door.received().keys().isdisjoint({f"{how}.wav"})


def test_files_are_listed_read_replaced_and_removed(door: Running) -> None:
    with door.alpha.client() as client:
        root = door.alpha.files
        assert client.put(f"{root}kept/ümläut.wav", content=b"one").status_code == 201
        assert client.put(f"{root}kept/ümläut.wav", content=b"second").status_code == 201
        listing = client.get(f"{root}kept/").json()
        assert [(each["name"], each["size"]) for each in listing["entries"]] == [("ümläut.wav", 6)]
        head = client.head(f"{root}kept/ümläut.wav")
        assert head.headers["content-length"] == "6"
        assert client.get(f"{root}kept/ümläut.wav").content == b"second"
        assert client.delete(f"{root}kept").status_code == 409
        assert client.delete(f"{root}kept/ümläut.wav").status_code == 204
        assert client.delete(f"{root}kept").status_code == 204
        assert client.get(f"{root}kept").status_code == 404
        names = {entry["name"] for entry in client.get(root).json()["entries"]}
        assert {"acknowledgements", "reports"} <= names


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("%2e%2e/beta.wav", 403),
        ("a/../../../etc/passwd", 403),
        ("..%2f..%2fkeys%2fweb.key", 403),
        ("a%00b.wav", 400),
        ("a%0Ab.wav", 404),
        ("%ff%fe.wav", 400),
        ("a%5Cb.wav", 400),
        ("%E2%80%AEvaw.exe", 400),
        ("x" * 300, 400),
        ("d/" * 20 + "x", 400),
        ("acknowledgements/ACK_mine.xml", 403),
        ("reports/x", 403),
        ("", 409),
    ],
)
def test_hostile_names(door: Running, path: str, status: int) -> None:
    """By the bare protocol: clients tidy such addresses before they send them."""
    wire = http.client.HTTPConnection("127.0.0.1", door.port, timeout=240)
    address = f"/api/v1/feeds/{door.alpha.feed}/files/{path}"
    wire.request("PUT", address, b"x", {"authorization": f"Bearer {door.alpha.key}"})
    answer = wire.getresponse()
    assert answer.status == status
    assert b'"message"' in answer.read()
    wire.close()
    assert all("x" not in name[-1:] for name in door.received())


def test_other_feeds_are_invisible(door: Running) -> None:
    alpha, beta = door.alpha, door.beta
    with alpha.client() as mine, beta.client() as theirs:
        assert mine.put(f"{alpha.files}secret.wav", content=b"x").status_code == 201
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            answer = theirs.request(method, f"{alpha.files}secret.wav")
            assert answer.status_code == 404, method
        assert theirs.get(f"{beta.files}secret.wav").status_code == 404
        assert "secret" not in theirs.get(beta.files).text
        headers = {"tus-resumable": "1.0.0", "upload-length": "1"}
        assert theirs.post(alpha.uploads, headers=headers).status_code == 404
        assert mine.delete(f"{alpha.files}secret.wav").status_code == 204


def test_wrong_keys_are_refused_and_slowed_down(door: Running) -> None:
    broken = (
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer nonsense",
        f"Bearer {door.alpha.key[:-1]}",
        f"Bearer {door.alpha.key}x",
    )
    with httpx2.Client(timeout=60) as client:
        for said in broken:
            answer = client.get(door.alpha.files, headers={"authorization": said} if said else {})
            assert answer.status_code == 401, said
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.json()["error"]["code"] == "key_required"
        began = time.monotonic()
        client.get(door.alpha.files, headers={"authorization": "Bearer nonsense"})
        assert time.monotonic() - began > 0.15
    assert door.alpha.curl(door.alpha.files)[0] == 200


def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path) -> None:
    with running_http(tmp_path, intake=Intake(watermark=1 << 60)) as door, door.alpha.client() as c:
        answer = c.put(f"{door.alpha.files}a.wav", content=BODY)
        assert answer.status_code == 507
        assert "disk" in answer.json()["error"]["message"]
        assert door.received() == {}


def test_files_have_a_greatest_size(tmp_path: Path) -> None:
    settings = replace(QUICK, most=100, at_once=1)
    with running_http(tmp_path, settings) as door, door.alpha.client() as client:
        assert client.put(f"{door.alpha.files}a.wav", content=BODY).status_code == 413
        pieces = iter([b"x" * 60, b"y" * 60])
        assert client.put(f"{door.alpha.files}a.wav", content=pieces).status_code == 413
        assert door.received() == {}
        assert door.left_over() == []


def test_the_document_names_the_operations_of_senders(door: Running) -> None:
    document = httpx2.get(f"{door.alpha.base}/api/v1/openapi.json", timeout=60).json()
    assert "bearer" in str(document["components"]["securitySchemes"])
    for operation in DELIVERING:
        told = document["paths"][f"/api/v1{operation.path}"][operation.method.lower()]
        assert told["security"] == [{"key": []}]


def test_two_writers_of_one_file(door: Running, big: Path) -> None:
    slow = ["--limit-rate", "4M", "-T", str(big), f"{door.alpha.files}one.wav"]
    argv = [program("curl", "curl"), "-sS", "--oauth2-bearer", door.alpha.key, *slow]
    child = spawn.start(argv)
    try:
        soon(lambda: door.partial("one.wav").exists(), "the first has begun")
        with door.alpha.client() as client:
            busy = client.put(f"{door.alpha.files}one.wav", content=BODY)
            assert busy.status_code == 423
            size = client.head(f"{door.alpha.files}one.wav").headers["content-length"]
            assert 0 <= int(size) <= big.stat().st_size
    finally:
        child.kill()
        child.communicate()
    assert "one.wav" not in door.received()
