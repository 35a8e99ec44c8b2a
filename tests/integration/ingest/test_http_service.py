"""The whole road over HTTP: curl and tuspy deliver to a real service, the album can be played."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tusclient.client import TusClient

from core import spawn
from tests.fixtures.environment import program
from tests.fixtures.packages import SIDES, Shape, good

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures.service import Service

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


def feed_of(service: Service, name: str) -> dict[str, Any]:
    made = ("feeds", "create", "--name", name, "--dpid", SIDES.sender_dpid, "--protocol", "http")
    service.feed = service.run(*made)
    return service.feed


def curl(feed: dict[str, Any], *argv: str) -> Any:  # noqa: ANN401
    told = ["-sS", "--fail-with-body", "--oauth2-bearer", feed["api_key"]]
    done = spawn.run([program("curl", "curl"), *told, *argv], timeout=200)
    assert done.code == 0, done.out.decode() + done.err
    return json.loads(done.out) if done.out else None


def until_live(service: Service, feed: dict[str, Any], delivery: str) -> dict[str, Any]:
    address = f"{service.addresses['api']}/deliveries/{delivery}"

    def settled() -> dict[str, Any] | None:
        told: dict[str, Any] = curl(feed, address)
        return told if told["state"] in {"live", "refused", "failed", "held"} else None

    found: dict[str, Any] = service.until(settled, 60, "the delivery is settled")
    assert found["state"] == "live", found
    return found


def test_albums_delivered_over_http_are_live(shared_service: Service, tmp_path: Path) -> None:
    service = shared_service
    feed = feed_of(service, "by file")
    assert feed["url"] == f"{service.addresses['api']}/feeds/{feed['id']}"
    batch = good(tmp_path / "one", Shape(seed=71)).folder
    files = sorted(path for path in batch.rglob("*") if path.is_file())
    files.sort(key=lambda path: path.name.startswith("BatchComplete"))
    for path in files[:-1]:
        place = f"{feed['url']}/files/{batch.name}/{path.relative_to(batch).as_posix()}"
        assert curl(feed, "-T", str(path), place)["size"] == path.stat().st_size
    tus = TusClient(f"{feed['url']}/uploads", {"Authorization": f"Bearer {feed['api_key']}"})
    meta = {"path": f"{batch.name}/{files[-1].name}"}
    with files[-1].open("rb") as stream:
        tus.uploader(file_stream=stream, metadata=meta).upload()
    (row,) = service.until(
        lambda: curl(feed, f"{service.addresses['api']}/deliveries")["deliveries"], 20, "it began"
    )
    told = until_live(service, feed, row["id"])
    assert told["protocol"] == "http"
    service.until(service.acknowledgements, 30, "it is acknowledged")
    path = curl(feed, f"{service.addresses['api']}/deliveries/{row['id']}")["acknowledgement"]
    headers = {"authorization": f"Bearer {feed['api_key']}"}
    answer = httpx2.get(f"{feed['url']}/files/{path}", headers=headers, timeout=60)
    assert b"FileOK" in answer.content


def test_our_own_sender_delivers_over_http(shared_service: Service, tmp_path: Path) -> None:
    service = shared_service
    feed = feed_of(service, "by segue")
    key = tmp_path / "key"
    key.write_text(feed["api_key"])
    batch = good(tmp_path / "three", Shape(seed=73)).folder
    argv = ("deliver", str(batch), "--to", feed["url"], "--password-file", str(key), "--wait")
    told = service.run(*argv, "--timeout", "240")
    assert told["ok"] is True
    assert [each["status"] for each in told["acknowledgements"]] == ["FileOK"]


def test_a_package_delivered_over_http_is_live(shared_service: Service, tmp_path: Path) -> None:
    service = shared_service
    feed = feed_of(service, "by package")
    batch = good(tmp_path / "two", Shape(seed=72)).folder
    (release,) = (each for each in batch.iterdir() if each.is_dir())
    argv = ["-F", f"message=@{release / release.name}.xml"]
    for path in sorted((release / "resources").iterdir()):
        argv += ["-F", f"file=@{path};filename=resources/{path.name}"]
    address = f"{service.addresses['api']}/deliveries"
    verdict = curl(feed, *argv, f"{address}/validate")
    assert verdict["ok"] is True, verdict
    assert curl(feed, address)["total"] == 0
    key = ("-H", "Idempotency-Key: 72")
    first, again = curl(feed, *argv, *key, address), curl(feed, *argv, *key, address)
    assert first["id"] == again["id"]
    until_live(service, feed, first["id"])
