"""A whole delivery in one request, and the verdict that keeps nothing."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import delete

from catalog.lifecycle import DeliveryState
from catalog.models import Delivery, InboxFile
from tests.fixtures.packages import good
from tests.integration.doors.harness import soon
from tests.integration.doors.http_harness import Running, running_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Running]:
    with running_http(tmp_path / "door") as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One door for everything that is refused; it never has anything."""
    with running_http(tmp_path_factory.mktemp("strict")) as running:
        yield running


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release folder of a good batch."""
    batch = good(tmp_path_factory.mktemp("album"))
    return next(each for each in batch.folder.iterdir() if each.is_dir())


def parts_of(release: Path, *, message_last: bool = False) -> list[tuple[str, Any]]:
    message = release / f"{release.name}.xml"
    found = [
        ("file", (path.relative_to(release).as_posix(), path.read_bytes()))
        for path in sorted(release.rglob("*"))
        if path.is_file() and path != message
    ]
    told = ("message", (message.name, message.read_bytes()))
    return [*found, told] if message_last else [told, *found]


def send(door: Running, files: Any, path: str = "", **headers: str) -> httpx2.Response:  # noqa: ANN401
    with door.alpha.client() as client:
        return client.post(
            f"{door.alpha.base}/api/v1/deliveries{path}", files=files, headers=headers
        )


def test_curl_delivers_an_album(door: Running, release: Path) -> None:
    argv = ["-F", f"message=@{release / release.name}.xml"]
    for path in sorted((release / "resources").iterdir()):
        argv += ["-F", f"file=@{path};filename=resources/{path.name}"]
    status, told = door.alpha.curl(*argv, f"{door.alpha.base}/api/v1/deliveries")
    assert status == 202
    (row,) = door.deliveries()
    assert told["id"] == row.id
    assert (told["state"], told["feed"]) == ("received", door.alpha.feed)
    assert row.xml_path == f"{release.name}.xml"
    assert {each["path"] for each in row.files} == {
        path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()
    }
    placed = door.finished(f"{row.batch}/{row.release_folder}")
    for path in release.rglob("*.flac"):
        assert (placed / path.relative_to(release)).read_bytes() == path.read_bytes()
    assert door.left_over() == []


def test_the_order_of_parts_is_free_and_the_address_is_told(door: Running, release: Path) -> None:
    answer = send(door, parts_of(release, message_last=True))
    assert answer.status_code == 202
    with door.alpha.client() as client:
        told = client.get(door.alpha.base + answer.headers["location"]).json()
    assert told == answer.json()


def test_the_status_is_for_its_own_feed_only(door: Running, release: Path) -> None:
    answer = send(door, parts_of(release))
    address = door.alpha.base + answer.headers["location"]
    with door.database.write() as session:
        row = session.get_one(Delivery, answer.json()["id"])
        row.state, row.fault = DeliveryState.FAILED, "secret of the house"
    with door.alpha.client() as mine, door.beta.client() as theirs:
        told = mine.get(address).json()
        assert told["state"] == "failed"
        assert "secret" not in str(told)
        assert theirs.get(address).status_code == 404
        assert mine.get(f"{door.alpha.base}/api/v1/deliveries").json()["total"] == 1
        assert theirs.get(f"{door.alpha.base}/api/v1/deliveries").json()["total"] == 0
        assert mine.post(f"{address}/retry").status_code == 401
        assert mine.get(f"{door.alpha.base}/api/v1/feeds").status_code == 401
    assert httpx2.get(address, timeout=60).status_code == 401


def test_the_same_key_is_the_same_delivery(door: Running, release: Path) -> None:
    first = send(door, parts_of(release), **{"idempotency-key": "order 1"})
    again = send(door, parts_of(release, message_last=True), **{"idempotency-key": "order 1"})
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    other = [*parts_of(release), ("file", ("resources/more.txt", b"more"))]
    refused = send(door, other, **{"idempotency-key": "order 1"})
    assert refused.status_code == 409
    assert "key" in refused.json()["error"]["remedy"]
    assert send(door, other, **{"idempotency-key": "x" * 300}).status_code == 400
    assert send(door, other, **{"idempotency-key": "order 2"}).status_code == 202
    assert len(door.deliveries()) == 2


def test_a_key_goes_on_where_a_crash_left_it(door: Running, release: Path) -> None:
    """The batch was begun and never completed: the next try completes that one."""
    first = send(door, parts_of(release), **{"idempotency-key": "order 1"})
    with door.database.write() as session:
        row = session.get_one(Delivery, first.json()["id"])
        batch = row.batch
        complete = f"{batch}/BatchComplete_{batch[2:]}.xml"
        session.delete(row)
        session.execute(delete(InboxFile).where(InboxFile.path == complete))
    door.finished(complete).unlink()
    again = send(door, parts_of(release), **{"idempotency-key": "order 1"})
    assert again.json()["batch"] == batch
    assert len(door.deliveries()) == 1


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([("file", ("a.wav", b"x"))], 400, "message"),
        ([("message", ("a.xml", b"x")), ("message", ("b.xml", b"x"))], 400, "two"),
        ([("message", ("a.xml", b"x")), ("upload", ("a.wav", b"x"))], 400, "named"),
        ([("message", ("a.xml", b"x")), ("file", ("../../a.wav", b"x"))], 403, "climbs"),
        ([("message", ("a.xml", b"x")), ("file", ("a.wav.part", b"x"))], 400, "unfinished"),
        ([("message", ("a.xml", b"x")), ("file", ("a", b"x")), ("file", ("a", b"y"))], 409, "name"),
        (
            [("message", ("a.xml", b"x")), ("file", ("a/b", b"x")), ("file", ("a", b"y"))],
            409,
            "name",
        ),
        ([("message", ("a.xml", b"x")), ("file", ("a\u202eb", b"x"))], 400, "seen"),
        ([("message", ("a.xml", b"x")), ("file", ("x" * 250, b"x"))], 400, "longer"),
        ([("message", ("acknowledgements.xml", b"x"))], 403, "written by us"),
    ],
)
def test_packages_that_make_no_sense_leave_nothing(
    strict: Running,
    files: Any,  # noqa: ANN401
    status: int,
    said: str,
) -> None:
    answer = send(strict, files)
    assert (answer.status_code, strict.deliveries(), strict.received()) == (status, [], {})
    assert said in answer.text
    assert strict.left_over() == []
    assert not list(strict.finished("").glob("N_*"))


def test_digests_of_parts_are_proven(strict: Running) -> None:
    value = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    wrong = {"content-digest": f"sha-256=:{value}:"}
    files = [("message", ("a.xml", b"x")), ("file", ("a.wav", b"x", "audio/wav", wrong))]
    answer = send(strict, files)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "digest_mismatch")
    assert (strict.deliveries(), strict.left_over()) == ([], [])


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data; boundary=b", b"--b\r\nno header", 400),
        ("multipart/form-data; boundary=b", b"--c\r\n\r\n", 400),
        ("multipart/form-data", b"--b--", 400),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"a: b\r\n" * 99 + b"\r\n--b--", 400),
        ("multipart/form-data; boundary=b", b"--b\r\na: " + b"x" * 9999 + b"\r\n\r\n--b--", 400),
        ("application/zip", b"PK", 415),
        ("", b"x", 415),
    ],
)
def test_bodies_that_are_no_packages(strict: Running, kind: str, body: bytes, status: int) -> None:
    with strict.alpha.client() as client:
        address = f"{strict.alpha.base}/api/v1/deliveries"
        answer = client.post(address, content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert (strict.deliveries(), strict.left_over()) == ([], [])


def test_a_cut_package_leaves_nothing(strict: Running, release: Path) -> None:
    def stopping() -> Iterator[bytes]:
        request = httpx2.Request("POST", "http://x", files=parts_of(release))
        headers.update(request.headers)
        body = request.read()
        yield body[: len(body) // 2]
        time.sleep(0.5)
        raise ConnectionError

    headers: dict[str, str] = {}
    body = stopping()
    first = next(body)
    pieces = (piece for rest in ([first], body) for piece in rest)
    kind = {"content-type": headers["content-type"]}
    with strict.alpha.client() as client, pytest.raises(ConnectionError):
        client.post(f"{strict.alpha.base}/api/v1/deliveries", content=pieces, headers=kind)
    soon(lambda: strict.left_over() == [], "what came is gone")
    assert (strict.deliveries(), strict.received()) == ([], {})


def test_two_of_one_key_at_once_are_one_delivery(door: Running, release: Path) -> None:
    answers: list[int] = []

    def work() -> None:
        key = {"idempotency-key": "both"}
        while (answer := send(door, parts_of(release), **key)).status_code == 423:
            time.sleep(0.05)
        answers.append(answer.status_code)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [202, 202, 202]
    assert len(door.deliveries()) == 1


def test_a_message_is_judged_and_nothing_is_kept(strict: Running, release: Path) -> None:
    whole = send(strict, parts_of(release), "/validate")
    assert whole.status_code == 200, whole.text
    (file,) = whole.json()["files"]
    assert (whole.json()["ok"], file["outcome"]) == (True, "accept")
    assert file["path"] == f"{release.name}.xml"
    lacking = send(strict, parts_of(release)[:-1], "/validate").json()
    assert not lacking["ok"]
    assert {finding["rule"] for finding in lacking["files"][0]["findings"]} >= {19}
    message = (release / f"{release.name}.xml").read_bytes()
    with strict.alpha.client() as client:
        address = f"{strict.alpha.base}/api/v1/deliveries/validate"
        alone = client.post(address, content=message, headers={"content-type": "application/xml"})
        assert alone.json()["ok"] is True
        broken = client.post(
            address, content=message[:-20], headers={"content-type": "text/xml; charset=utf-8"}
        )
        assert broken.json()["files"][0]["outcome"] == "reject"
    assert (strict.deliveries(), strict.received(), strict.left_over()) == ([], {}, [])
    assert not list((strict.data / "http").rglob("*.json"))


def test_what_a_killed_server_left_of_a_package_goes_at_the_next_start(tmp_path: Path) -> None:
    with running_http(tmp_path) as door:
        left = door.data / "http" / door.alpha.feed / "packages" / "0" / "a.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half of it")
    with running_http(tmp_path):
        assert not left.exists()
