"""Addresses that `segue s3 presign` prints, used by curl against a store."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from core import spawn
from core.clock import system_clock
from core.errors import Misuse, NotAllowed
from ingest.watchers.presigned import Presigner, Wanted
from server.cli import app
from tests.fixtures.environment import program

if TYPE_CHECKING:
    from pathlib import Path

    from server.cli.s3.places import Place
    from tests.integration.s3.conftest import Moto

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
HOSTILE = 'it\'s $(touch hacked) `x` "ü" & #1.xml'


@pytest.fixture
def where(moto: Moto) -> Place:
    return moto.feed()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "B"
    (made / "resources").mkdir(parents=True)
    (made / HOSTILE).write_bytes(b"<x/>")
    (made / "resources" / "a.wav").write_bytes(os.urandom((11 << 20) + 7))
    (made / "BatchComplete_1.xml").touch()
    return made


def presign(moto: Moto, where: Place, *more: object) -> str:
    named = ("--bucket", where.bucket, "--prefix", where.prefix, "--endpoint", moto.endpoint)
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    words = [str(each) for each in ("s3", "presign", *more, *named)]
    done = CliRunner().invoke(app, words, env=environment)
    assert done.exit_code == 0, done.output
    assert "are keys until" in done.stderr
    return done.stdout


def stored(moto: Moto, where: Place) -> dict[str, bytes]:
    client = moto.client("s3")
    listed = client.list_objects_v2(Bucket=where.bucket, Prefix="feeds/one/")["Contents"]
    keys = [each["Key"] for each in listed if "/B/" not in each["Key"]]
    return {
        key.removeprefix(where.prefix): client.get_object(Bucket=where.bucket, Key=key)[
            "Body"
        ].read()
        for key in keys
        if "acknowledgements" not in key
    }


def test_the_script_uploads_a_folder(moto: Moto, where: Place, folder: Path) -> None:
    text = presign(moto, where, folder, "--part-mb", 5, "--script")
    done = spawn.run([program("dash", "sh"), "-c", text], cwd=folder, timeout=200)
    assert done.code == 0, done.err
    assert done.out.decode().splitlines() == ["resources/a.wav", HOSTILE, "BatchComplete_1.xml"]
    assert stored(moto, where) == {
        path: (folder / path).read_bytes()
        for path in ("resources/a.wav", HOSTILE, "BatchComplete_1.xml")
    }
    assert not (folder / "hacked").exists()
    uploads = moto.client("s3").list_multipart_uploads(Bucket=where.bucket)
    assert "Uploads" not in uploads


def test_json_and_table_tell_the_same(moto: Moto, where: Place, folder: Path) -> None:
    told: dict[str, Any] = json.loads(presign(moto, where, folder, "--json"))
    assert told["prefix"] == "feeds/one/"
    assert [each["path"] for each in told["files"]] == [
        "resources/a.wav",
        HOSTILE,
        "BatchComplete_1.xml",
    ]
    (piece,) = told["files"][1]["pieces"]
    assert piece["headers"]["Content-Length"] == "4"
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-md5%3Bhost" in piece["url"]
    assert "X-Amz-Expires=3600" in piece["url"]
    rows = presign(moto, where, folder, "--sha256", "--expires", 60).splitlines()
    assert len(rows) == 4
    assert all("x-amz-checksum-sha256" in row and "X-Amz-Expires=60&" in row for row in rows[1:])


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a//b", "a\nb", "acknowledgements/x", "", "a/./b", "a\\b", "\u202ea"]
)
def test_hostile_names_are_refused(moto: Moto, where: Place, path: str) -> None:
    signer = Presigner(moto.client("s3"), where.bucket, where.prefix, clock=system_clock)
    with pytest.raises(Misuse):
        signer.sign(Wanted(path=path, size=1))


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(path="a", size=-1),
        Wanted(path="a", size=1, md5="x"),
        Wanted(path="a", size=1, sha256="AAAA"),
        Wanted(path="a", size=100 << 20, part_md5s=("1B2M2Y8AsgTpgAmY7PhCfg==",)),
        Wanted(path="a", size=1 << 50),
    ],
)
def test_sizes_and_digests_that_can_not_be(moto: Moto, where: Place, wanted: Wanted) -> None:
    with pytest.raises(Misuse):
        Presigner(moto.client("s3"), where.bucket, where.prefix, clock=system_clock).sign(wanted)


def test_the_store_may_refuse_to_begin(moto: Moto, where: Place) -> None:
    signer = Presigner(moto.client("s3"), "no-such-bucket", where.prefix, clock=system_clock)
    with pytest.raises(NotAllowed, match="NoSuchBucket"):
        signer.sign(Wanted(path="a", size=1 << 30))


def test_links_are_not_followed(moto: Moto, where: Place, folder: Path) -> None:
    (folder / "secret").symlink_to("/etc/hostname")
    named = ("--bucket", where.bucket, "--endpoint", moto.endpoint)
    done = CliRunner().invoke(
        app,
        ["s3", "presign", str(folder), *named],
        env={"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
    )
    assert isinstance(done.exception, Misuse)
    assert "no plain file" in done.exception.message
