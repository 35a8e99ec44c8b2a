"""The guide for operators of buckets, followed to the letter; only "Your values" are others."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.environment import REPOSITORY, program
from tests.integration.s3.conftest import ACCOUNT, Moto

if TYPE_CHECKING:
    from core.spawn import Finished

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
GUIDE = REPOSITORY / "docs" / "how-to" / "s3-for-operators.md"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROFILES = "[{}]\naws_access_key_id = test\naws_secret_access_key = test\n"
ELSEWHERE = "eu-central-1"
_AWS = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'
"""For queues, aws does not look into its environment."""
BATCH = "N_20261121120000000"


def follow(moto: Moto, folder: Path, typed: str) -> Finished:
    """Type it into a shell, in a folder that holds a batch."""
    home = Path(sys.executable).parent
    environment = {
        "PATH": f"{home}:{os.defpath}",
        "HOME": str(folder),
        "BUCKET": "acme-inbox",
        "PREFIX": "feeds/lantern",
        "ACCOUNT": ACCOUNT,
        "BATCH": BATCH,
        "AWS_DEFAULT_REGION": ELSEWHERE,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": moto.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }
    shell = program("dash", "sh")
    return spawn.run([shell, "-euc", _AWS + typed], cwd=folder, env=environment, timeout=110)


def as_amazon_does(moto: Moto) -> None:
    """What every new bucket of Amazon's has had since 2023, and none of moto's."""
    s3 = moto.client("s3", region=ELSEWHERE)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket="acme-inbox", PublicAccessBlockConfiguration=dict.fromkeys(names, True)
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(
        Bucket="acme-inbox", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def test_the_guide_works_as_it_stands(moto: Moto, tmp_path: Path) -> None:
    values, *blocks = _BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert re.findall(r"\b([A-Z_]+)=", values) == [
        "BUCKET",
        "PREFIX",
        "ACCOUNT",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "BATCH",
    ]
    (tmp_path / BATCH / "1" / "resources").mkdir(parents=True)
    (tmp_path / BATCH / "1" / "1.xml").write_bytes(b"<x/>")
    (tmp_path / BATCH / "1" / "resources" / "a.flac").write_bytes(os.urandom(100_000))
    (tmp_path / BATCH / f"BatchComplete_{BATCH}.xml").touch()
    exported = "".join(re.findall(r"^export .*\n", blocks[0], re.MULTILINE))
    for typed in (blocks[0], exported + "".join(blocks[1:])):
        done = follow(moto, tmp_path, typed)
        assert done.code == 0, done.out.decode() + done.err
        as_amazon_does(moto)
    listed = moto.client("s3").list_objects_v2(Bucket="acme-inbox")["Contents"]
    assert [each["Key"] for each in listed] == [
        f"feeds/lantern/{BATCH}/1/1.xml",
        f"feeds/lantern/{BATCH}/1/resources/a.flac",
        f"feeds/lantern/{BATCH}/BatchComplete_{BATCH}.xml",
    ]
    checked = json.loads((tmp_path / "check.json").read_text(encoding="utf-8"))["checks"]
    configured = {"versioning", "lifecycle", "public access", "public policy", "encryption"}
    assert [row for row in checked if row["check"] in configured and row["verdict"] != "ok"] == []
    _is_checked_by_profiles(moto, tmp_path, exported)
    queues = moto.client("sqs", region=ELSEWHERE)
    queue = queues.get_queue_url(QueueName="segue-acme-inbox")["QueueUrl"]
    told = queues.receive_message(QueueUrl=queue)
    assert told["Messages"]


def _is_checked_by_profiles(moto: Moto, folder: Path, exported: str) -> None:
    """Segue's credentials and the operator's; that moto lets both do all is a finding."""
    (folder / ".aws").mkdir()
    names = ("segue-reader", "operator")
    profiles = "".join(_PROFILES.format(name) for name in names)
    (folder / ".aws" / "credentials").write_text(profiles, encoding="utf-8")
    (typed,) = [each for each in _TYPED.findall(GUIDE.read_text("utf-8")) if "--queue" in each]
    done = follow(moto, folder, exported + typed.removeprefix("$ "))
    assert done.code == 1, done.err
    assert done.out.decode().rstrip().endswith("not ok")


def test_the_figures_of_the_guide_are_near(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    said = re.search(r"size of the zip \((\d+) kB\)", text)
    done = spawn.run(
        [str(Path(sys.executable).with_name("segue")), "s3", "lambda-package", "--json"],
        cwd=tmp_path,
        timeout=240,
    )
    told = json.loads(done.out)
    assert said is not None
    assert round(told["bytes"] / 1000) == int(said[1])
    assert (tmp_path / told["path"]).stat().st_size == told["bytes"]
