"""Whole policy documents, conditions too, and bound digests, judged by Ceph's gateway."""

from __future__ import annotations

import json
import os
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner

from core import spawn
from server.cli import app
from server.cli.s3 import policies
from server.cli.s3.places import Place, place
from tests.fixtures.environment import program

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.fixtures.ceph import Rados

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


@pytest.fixture
def feed(rados: Rados) -> Place:
    made = place(rados.bucket(), "feeds/one", "done/one", "bad/one")
    for key in ("feeds/one/B/B.xml", "feeds/one/acknowledgements/A.xml", "feeds/two/x", "x"):
        rados.client.put_object(Bucket=made.bucket, Key=key, Body=b"<x/>")
    return made


def segue(rados: Rados, keys: tuple[str, str], command: str, *more: str) -> Result:
    environment = {
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    named = ("--endpoint", rados.endpoint)
    return CliRunner().invoke(app, ["s3", command, *more, *named], env=environment)


def client(service: str, rados: Rados, keys: tuple[str, str]) -> Any:  # noqa: ANN401 - by service
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=rados.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        config=Config(s3={"addressing_style": "path"}),
    )


def user(rados: Rados, document: dict[str, Any]) -> tuple[str, str]:
    """A user with this policy, as it is printed."""
    name = f"u-{uuid.uuid4().hex[:12]}"
    keys = rados.user(name)
    iam = client("iam", rados, (rados.access_key, rados.secret_key))
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    return keys


def judged(done: Result) -> dict[str, str]:
    told = json.loads(done.stdout)
    return {row["check"]: row["verdict"] for row in told["checks"] if row["verdict"] != "unseen"}


@pytest.mark.parametrize("moves", [False, True])
def test_the_reader_needs_no_more_and_has_no_more(rados: Rados, feed: Place, moves: bool) -> None:  # noqa: FBT001
    keys = user(rados, policies.reader(feed, moves=moves))
    where = ("--bucket", feed.bucket, "--prefix", feed.prefix)
    moved = ("--moves", "--processed", "done/one", "--errors", "bad/one") if moves else ()
    found = judged(segue(rados, keys, "check", *where, *moved, "--json"))
    assert set(found.values()) == {"ok"}, found
    assert {"list the inbox", "get from the inbox", "list the bucket"} <= found.keys()


def test_the_sender_needs_no_more_and_has_no_more(rados: Rados, feed: Place) -> None:
    keys = user(rados, policies.sender(feed))
    where = ("--bucket", feed.bucket, "--prefix", feed.prefix)
    found = judged(segue(rados, keys, "check", *where, "--sender", "--json"))
    assert set(found.values()) == {"ok"}, found
    assert {"put into the inbox", "get acknowledgements", "list the bucket"} <= found.keys()


def test_signed_addresses_are_bound_to_their_bytes(
    rados: Rados, feed: Place, tmp_path: Path
) -> None:
    folder = tmp_path / "B"
    folder.mkdir()
    (folder / "a.wav").write_bytes(os.urandom((6 << 20) + 5))
    (folder / "b.xml").write_bytes(b"<x/>")
    keys = user(rados, policies.reader(feed, presigns=True))
    where = ("--bucket", feed.bucket, "--prefix", feed.prefix)
    text = segue(rados, keys, "presign", str(folder), *where, "--part-mb", "5", "--script").stdout
    shell = program("dash", "sh")
    assert spawn.run([shell, "-c", text], cwd=folder, timeout=200).code == 0
    mine = client("s3", rados, keys)  # here, who put an object owns it
    kept = mine.get_object(Bucket=feed.bucket, Key="feeds/one/a.wav")["Body"].read()
    assert kept == (folder / "a.wav").read_bytes()
    (folder / "a.wav").unlink()
    text = segue(rados, keys, "presign", str(folder), *where, "--script").stdout
    for body, code in ((b"<y/>", "BadDigest"), (b"<x/>longer", "SignatureDoesNotMatch")):
        (folder / "b.xml").write_bytes(body)
        refused = spawn.run([shell, "-c", text], cwd=folder, timeout=200)
        assert (refused.code, code in refused.err) == (1, True), refused.err
