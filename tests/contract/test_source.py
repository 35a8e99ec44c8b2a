"""Every bucket of a sender passes these: in memory, on Ceph, on Azurite, by both S3 libraries."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from obstore.store import MemoryStore

from ingest.watchers.s3 import S3Source
from storage.backends.clouds import ObstoreSource, open_bucket
from storage.backends.memory import MemorySource
from storage.source import ObjectChanged, StoreFault
from tests.fixtures.ceph import rados
from tests.fixtures.stores import (
    ACCOUNT,
    ACCOUNT_KEY,
    Moto,
    azure,
    azurite,
    make_container,
    moto,
    shared_access,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.source import Source

__all__ = ["azurite", "moto", "rados"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(600)]


def _boto3(request: pytest.FixtureRequest) -> Source:
    server = request.getfixturevalue("rados")
    return S3Source(server.client, server.bucket())


def _s3(request: pytest.FixtureRequest) -> Source:
    server = request.getfixturevalue("rados")
    secret = {"access_key": server.access_key, "secret_key": server.secret_key}
    return open_bucket("s3", server.bucket(), endpoint=server.endpoint, secret=secret)


def _gcs(request: pytest.FixtureRequest) -> Source:
    """The XML dialect of Google is that of S3, and moto looks at no token."""
    server = request.getfixturevalue("moto")
    name = f"b{uuid.uuid4().hex[:12]}"
    server.s3.create_bucket(Bucket=name)
    return open_bucket("gs", name, endpoint=server.endpoint, secret={"token": "any"})


def _azure(request: pytest.FixtureRequest) -> Source:
    endpoint = request.getfixturevalue("azurite")
    name = f"c{uuid.uuid4().hex[:12]}"
    make_container(endpoint, name)
    secret = {"account_key": ACCOUNT_KEY}
    return open_bucket("az", name, account=ACCOUNT, endpoint=endpoint, secret=secret)


MAKERS: dict[str, Callable[[pytest.FixtureRequest], Source]] = {
    "memory": lambda _: MemorySource(page=2),
    "obstore memory": lambda _: ObstoreSource(MemoryStore()),
    "boto3 on ceph": _boto3,
    "obstore on ceph": _s3,
    "obstore on azurite": _azure,
    "google by obstore on moto": _gcs,
}


@pytest.fixture(params=[name for name in MAKERS if "google" not in name])
def copying(request: pytest.FixtureRequest) -> Source:
    """All but Google's, whose copies moto makes empty: it does not know `x-goog-copy-source`."""
    return MAKERS[request.param](request)


@pytest.fixture(params=MAKERS)
def bucket(request: pytest.FixtureRequest) -> Source:
    return MAKERS[request.param](request)


def _keys(bucket: Source, prefix: str, after: str = "") -> list[str]:
    return [found.key for page in bucket.pages(prefix, after) for found in page]


def test_a_listing_is_of_a_folder_and_goes_on_after_a_key(bucket: Source) -> None:
    names = ["in/a.xml", "in/b/c d+e%20f.flac", "in/b/\u00fcber.flac", "in/z"]
    for name in [*names, "inner/x", "out/y"]:
        bucket.put(name, b"x")
    assert sorted(_keys(bucket, "in/")) == sorted(names)
    listed = _keys(bucket, "in/")
    assert _keys(bucket, "in/", listed[1]) == listed[2:]
    assert _keys(bucket, "none/") == []


HOSTILE = ("in/a//b", "in/c/%2e%2e/up", "in/" + "l" * 1000)
"""What Azurite can list: it falls over control characters itself."""


@pytest.mark.parametrize("kind", ["account_key", "sas"])
def test_no_name_stops_the_listing_of_azure(azurite: str, kind: str) -> None:
    name = f"c{uuid.uuid4().hex[:12]}"
    make_container(azurite, name)
    secret = {kind: ACCOUNT_KEY if kind == "account_key" else shared_access(name)}
    bucket = open_bucket("az", name, account=ACCOUNT, endpoint=azurite, secret=secret)
    bucket.put("in/album/a.xml", b"plain")
    before = [found.mark for page in bucket.pages("in/") for found in page]
    for key in HOSTILE:
        azure(azurite, "PUT", f"/{name}/{quote(key)}", {}, b"x", x_ms_blob_type="BlockBlob")
    listed = [found for page in bucket.pages("in/") for found in page]
    assert {"in/a//b", HOSTILE[-1]} <= {found.key for found in listed}
    [plain] = [found for found in listed if found.key == "in/album/a.xml"]
    assert [plain.mark] == before
    assert bucket.read(plain, 0, 5) == b"plain"
    assert [found.key for page in bucket.pages("in/", "in/album/a.xml") for found in page] == [
        found.key for found in listed if found.key > plain.key
    ]


def test_no_name_stops_the_listing_of_google(moto: Moto) -> None:
    name = f"b{uuid.uuid4().hex[:12]}"
    moto.s3.create_bucket(Bucket=name)
    bucket = open_bucket("gs", name, endpoint=moto.endpoint, secret={"token": "any"})
    moto.s3.put_object(Bucket=name, Key="in/album/a.xml", Body=b"plain")
    before = [found.mark for page in bucket.pages("in/") for found in page]
    for key in ("in/a//b", "in/bell\x07", "in/z"):
        moto.s3.put_object(Bucket=name, Key=key, Body=b"x")
    listed = [found for page in bucket.pages("in/") for found in page]
    assert {"in/a//b", "in/z", "in/album/a.xml"} <= {found.key for found in listed}
    assert before == [found.mark for found in listed if found.key == "in/album/a.xml"]


def test_what_was_put_is_found_and_read_in_ranges(bucket: Source, tmp_path: Path) -> None:
    data = bytes(range(256)) * 8000
    file = tmp_path / "file"
    file.write_bytes(data)
    bucket.put("in/big", file)
    found = bucket.find("in/big")
    assert found is not None
    assert (found.key, found.size) == ("in/big", len(data))
    assert found.mark == next(one.mark for page in bucket.pages("in/") for one in page)
    assert bucket.read(found, 0, 10) == data[:10]
    assert bucket.read(found, 1_000_000, len(data)) == data[1_000_000:]
    assert bucket.find("in/bi") is None
    assert bucket.find("in") is None


def test_what_changed_is_not_read_as_what_was_found(bucket: Source) -> None:
    bucket.put("in/x", b"first")
    found = bucket.find("in/x")
    assert found is not None
    bucket.put("in/x", b"second")
    now = bucket.find("in/x")
    assert now is not None
    assert now.mark != found.mark
    with pytest.raises(ObjectChanged):
        bucket.read(found, 0, 5)
    with pytest.raises(ObjectChanged):
        bucket.delete(found)
    assert bucket.read(now, 0, 6) == b"second"
    bucket.delete(now)
    assert bucket.find("in/x") is None
    with pytest.raises(ObjectChanged):
        bucket.read(now, 0, 6)
    with pytest.raises(ObjectChanged):
        bucket.delete(now)


def test_a_copy_is_whole_and_replaces(copying: Source) -> None:
    bucket = copying
    bucket.put("in/x y", b"first")
    bucket.put("in/done/x y", b"other")
    found = bucket.find("in/x y")
    assert found is not None
    bucket.copy(found, "in/done/x y")
    copied = bucket.find("in/done/x y")
    assert copied is not None
    assert bucket.read(copied, 0, 5) == b"first"
    bucket.put("in/x y", b"second")
    with pytest.raises(ObjectChanged):
        bucket.copy(found, "in/done/again")


@pytest.mark.parametrize("maker", ["boto3 on ceph", "obstore on ceph", "obstore on azurite"])
def test_wrong_keys_are_a_lasting_fault_that_says_so(
    request: pytest.FixtureRequest, maker: str
) -> None:
    if "azurite" in maker:
        endpoint = request.getfixturevalue("azurite")
        secret = {"account_key": "d3Jvbmc="}
        bucket: Source = open_bucket(
            "az", "nothing", account=ACCOUNT, endpoint=endpoint, secret=secret
        )
    else:
        server = request.getfixturevalue("rados")
        secret = {"access_key": server.access_key, "secret_key": "wrong"}
        name = server.bucket()
        if maker == "obstore on ceph":
            bucket = open_bucket("s3", name, endpoint=server.endpoint, secret=secret)
        else:
            bucket = S3Source(server.signed("wrong"), name)
    with pytest.raises(StoreFault) as told:
        _keys(bucket, "in/")
    assert not told.value.retryable
    assert told.value.remedy
    assert "\n" not in told.value.message


def test_a_store_that_is_not_there_is_a_fault_that_may_pass() -> None:
    bucket = open_bucket("s3", "nothing", endpoint="http://127.0.0.1:9", secret={})
    with pytest.raises(StoreFault) as told:
        _keys(bucket, "in/")
    assert told.value.retryable
