"""The guide for operators of buckets, followed to the letter; only "Your values" are others."""

from __future__ import annotations

import base64
import hashlib
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
_HERE = """\
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
segue() {
    case "$1 $2" in
        "feeds create") command segue "$@" --endpoint "$AWS_ENDPOINT_URL" ;;
        *) command segue "$@" ;;
    esac
}
"""
"""For queues, aws does not look into its environment; and feeds never do."""
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
        "SEGUE": "https://segue.example",
        "SEGUE_DATA": str(folder / "data"),
        "SEGUE_WATCHERS_ENDPOINTS": moto.endpoint,
        "SEGUE_OUTBOUND_ALLOW_PRIVATE": "true",
    }
    shell = program("dash", "sh")
    return spawn.run([shell, "-euc", _HERE + typed], cwd=folder, env=environment, timeout=280)


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
        "SEGUE",
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
    _runs_as_a_function(moto, tmp_path)
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
    typed = [each for each in _TYPED.findall(GUIDE.read_text("utf-8")) if "s3 check" in each]
    of_queue = ("queue", "events")  # the feed has let go of it, for the function
    for each, more in zip(typed, (of_queue, ()), strict=True):
        done = follow(moto, folder, exported + each.removeprefix("$ "))
        assert done.code == 1, done.err
        said = done.out.decode()
        assert said.rstrip().endswith("not ok")
        rows = {line.split("  ")[0].strip(): line for line in said.splitlines()}
        for right in ("list the inbox", "credentials", *more):
            assert " ok " in rows[right], rows


def _runs_as_a_function(moto: Moto, folder: Path) -> None:
    """What Lambda was given is what was packed, and it is called for the queue."""
    made = moto.client("lambda", region=ELSEWHERE)
    function = made.get_function(FunctionName="segue-notices")["Configuration"]
    digest = hashlib.sha256((folder / "segue-lambda.zip").read_bytes()).digest()
    assert function["CodeSha256"] == base64.b64encode(digest).decode()
    key = json.loads((folder / "feed.json").read_text(encoding="utf-8"))["api_key"]
    given = {"NOTICES_URL": "https://segue.example", "NOTICES_KEY": key}
    assert function["Environment"]["Variables"] == given
    (mapping,) = made.list_event_source_mappings(FunctionName="segue-notices")[
        "EventSourceMappings"
    ]
    assert mapping["EventSourceArn"].endswith(":segue-acme-inbox")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queues = moto.client("sqs", region=ELSEWHERE)
    queue = queues.get_queue_url(QueueName="segue-acme-inbox")["QueueUrl"]
    told = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert int(told["VisibilityTimeout"]) >= 6 * function["Timeout"], "AWS asks for that"
    assert json.loads(told["RedrivePolicy"])["deadLetterTargetArn"].endswith("-dead")


SENDERS = {
    "s3": ("secret", "key-of-lantern-hill"),
    "gcs": ("service-account.json", '{"type": "service_account"}'),
    "azure": ("sas", "sv=2021-08-06&sig=x"),
}


@pytest.mark.parametrize("store", SENDERS)
def test_feeds_are_made_as_the_guides_for_senders_say(
    moto: Moto, tmp_path: Path, store: str
) -> None:
    guide = REPOSITORY / "docs" / "how-to" / f"deliver-over-{store}.md"
    typed = [each for each in _TYPED.findall(guide.read_text("utf-8")) if "segue feeds" in each]
    name, secret = SENDERS[store]
    (tmp_path / name).write_text(secret, encoding="ascii")
    lines = "".join(each.removeprefix("$ ") for each in typed)
    done = follow(moto, tmp_path, f"unset -f segue\n{lines}segue feeds show 'Lantern Hill' --json")
    assert done.code == 0, done.err
    told = json.loads(done.out[done.out.index(b"\n{") :])
    assert told["protocols"] == [store]
    assert told["terms"]["watch"]["url"].endswith("/segue")
    assert told["terms"]["watch"].get("push_account", "") == (
        "segue-push@lantern.iam.gserviceaccount.com" if store == "gcs" else ""
    )
    assert {each["kind"] for each in told["credentials"]} >= {"store"}
    assert secret.encode() not in done.out


def test_a_feed_may_name_a_role_in_place_of_a_key(moto: Moto, tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "how-to" / "deliver-over-s3.md").read_text("utf-8")
    (typed,) = [each for each in _TYPED.findall(text) if "feeds create" in each]
    assert "`watch.role_arn` and" in text
    command = typed.partition(" \\\n    --store-key")[0].removeprefix("$ ")
    role = f"arn:aws:iam::{ACCOUNT}:role/segue"
    more = f" --set watch.role_arn={role} --set watch.external_id=feed-0f3c9a --json"
    done = follow(moto, tmp_path, f"unset -f segue\n{command}{more}")
    assert done.code == 0, done.err


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
