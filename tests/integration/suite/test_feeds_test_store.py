"""`segue feeds test` of a feed that delivers into a bucket, on a real S3 server."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.google import google_before
from tests.fixtures.service import SEGUE, Service
from tests.fixtures.stores import ACCOUNT, ACCOUNT_KEY, Moto, azurite, make_container, moto
from tests.integration.watchers.services import watch

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder
    from tests.fixtures.ceph import Rados

__all__ = ["azurite", "moto"]
pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


def test_a_bucket_is_tried_out(rados: Rados, tmp_path: Path, schema_folder: SchemaFolder) -> None:
    bucket = f"suite-{secrets.token_hex(4)}"
    rados.client.create_bucket(Bucket=bucket)
    settings = {"SEGUE_WATCHERS_INTERVAL_S": "1", "SEGUE_WATCHERS_ENDPOINTS": rados.endpoint}
    service = Service(tmp_path / "data", schema_folder.root, settings=settings)
    keys = {"public": rados.access_key, "secret": rados.secret_key}
    feed = watch(service, "bucket", f"s3://{bucket}/in", rados.endpoint, **keys)
    service.start()
    told = service.run("feeds", "test", feed)
    assert service.stop() == 0
    (report,) = told["protocols"]
    states = {step["step"]: step["state"] for step in report["steps"]}
    assert {name for name, state in states.items() if state == "not offered"} == {
        "resume",
        "rename",
    }
    assert told["ok"] is True, told
    left = rados.client.list_objects_v2(Bucket=bucket).get("Contents", [])
    assert [each["Key"] for each in left] == []


def test_a_container_is_tried_out(
    azurite: str,
    tmp_path: Path,
    schema_folder: SchemaFolder,
) -> None:
    """And its sheet tells where, without the key."""
    container = f"suite-{secrets.token_hex(4)}"
    make_container(azurite, container)
    settings = {"SEGUE_WATCHERS_INTERVAL_S": "1", "SEGUE_WATCHERS_ENDPOINTS": azurite}
    service = Service(tmp_path / "data", schema_folder.root, settings=settings)
    url = f"az://{ACCOUNT}/{container}/in"
    feed = watch(service, "container", url, azurite, secret=ACCOUNT_KEY)
    sheet = spawn.run([SEGUE, "feeds", "sheet", feed], timeout=240, env=service.env).out.decode()
    assert container in sheet
    assert ACCOUNT_KEY not in sheet
    service.start()
    told = service.run("feeds", "test", feed)
    assert service.stop() == 0
    assert told["ok"] is True, told
    (report,) = told["protocols"]
    assert {step["state"] for step in report["steps"]} == {"passed", "not offered"}


def test_a_bucket_of_google_is_tried_out(
    moto: Moto, tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    """By a service account, at a door that judges it; another key of the account is refused."""
    bucket = f"suite{secrets.token_hex(4)}"  # unsigned, moto finds no name with a dash
    moto.s3.create_bucket(Bucket=bucket)
    settings = {"SEGUE_WATCHERS_INTERVAL_S": "1", "SEGUE_OUTBOUND_ALLOW_PRIVATE": "true"}
    service = Service(tmp_path / "data", schema_folder.root, settings=settings)
    with google_before(moto.endpoint) as google:
        account = google.account()
        feed = watch(service, "google", f"gs://{bucket}/in", google.url, secret=account)
        argv = [SEGUE, "feeds", "sheet", feed]
        sheet = spawn.run(argv, timeout=60, env=service.env).out.decode()
        assert "Google" in sheet
        assert bucket in sheet
        assert "PRIVATE KEY" not in sheet
        service.start()
        told = service.run("feeds", "test", feed, ok=(0, 3))
        assert service.stop() == 0
    (report,) = told["protocols"]
    assert report["protocol"] == "gcs"
    assert [each for each in report["steps"] if each["state"] == "failed"] == []
    assert told["ok"] is True
    states = {each["step"]: each["state"] for each in report["steps"]}
    assert states["wrong password"] == "passed"
    assert set(states.values()) == {"passed", "not offered"}
