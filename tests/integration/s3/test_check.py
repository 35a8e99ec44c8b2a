"""`segue s3 check` on a server that enforces rights."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.cli.s3 import documents, policies
from tests.integration.s3.conftest import ACCOUNT, REGION, ROOT, Keys, Moto

if TYPE_CHECKING:
    from typer.testing import Result

    from server.cli.s3.places import Place

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture
def feed(moto: Moto) -> Place:
    return moto.feed()


def check(endpoint: str, where: Place, keys: Keys, *more: str) -> Result:
    named = ["--bucket", where.bucket, "--prefix", where.prefix, "--endpoint", endpoint]
    environment = {
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return CliRunner().invoke(app, ["s3", "check", *named, *more], env=environment)


def verdicts(done: Result) -> dict[str, str]:
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["ok"] is (done.exit_code == 0)
    return {row["check"]: row["verdict"] for row in told["checks"]}


def failures(done: Result) -> set[str]:
    return {name for name, verdict in verdicts(done).items() if verdict == "fail"}


def test_the_printed_policy_passes(moto: Moto, feed: Place) -> None:
    keys = moto.user(policies.reader(feed), policies.operator(feed))
    with moto.enforcing():
        done = check(moto.endpoint, feed, keys, "--json")
    # moto judges no prefix of a listing, so this right seems too wide there
    assert failures(done) == {"list the bucket"}, done.stdout
    found = verdicts(done)
    assert found["get from the inbox"] == found["put acknowledgements"] == "ok"
    assert found["put into the inbox"] == found["delete from the inbox"] == "ok"


def test_what_lacks_is_named(moto: Moto, feed: Place) -> None:
    keys = moto.user(policies.reader(feed, acknowledges=False))
    moved = ("--moves", "--processed", "done/one", "--errors", "bad/one")
    with moto.enforcing():
        done = check(moto.endpoint, feed, keys, "--json", *moved)
    assert done.exit_code == 1
    assert failures(done) - {"list the bucket"} == {
        "delete from the inbox",
        "put acknowledgements",
        "put into done/one/",
        "put into bad/one/",
    }


def test_what_is_too_much_is_named(moto: Moto, feed: Place) -> None:
    anything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    keys = moto.user({"Version": "2012-10-17", "Statement": [anything]})
    with moto.enforcing():
        done = check(moto.endpoint, feed, keys, "--json")
    assert failures(done) == {
        "put into the inbox",
        "delete from the inbox",
        "delete acknowledgements",
        "list the bucket",
        "get beyond the prefix",
        "put beyond the prefix",
        "delete beyond the prefix",
    }
    client = moto.client("s3")
    keys_left = [one["Key"] for one in client.list_objects_v2(Bucket=feed.bucket)["Contents"]]
    assert not [key for key in keys_left if "segue-check" in key]
    assert "Uploads" not in client.list_multipart_uploads(Bucket=feed.bucket)


def test_a_sender_is_judged_as_one(moto: Moto, feed: Place) -> None:
    keys = moto.user(policies.sender(feed))
    with moto.enforcing():
        done = check(moto.endpoint, feed, keys, "--sender", "--json")
    # moto judges no prefix of a listing
    assert failures(done) == {"list the inbox", "list the bucket"}


def test_a_bucket_as_printed_is_fine(moto: Moto, feed: Place) -> None:
    client, queues = moto.client("s3"), moto.client("sqs")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q-{feed.bucket}"
    policy = json.dumps(policies.queue(feed, arn, ACCOUNT))
    queues.create_queue(QueueName=f"q-{feed.bucket}", Attributes={"Policy": policy})
    named = {"Bucket": feed.bucket}
    client.put_bucket_notification_configuration(
        **named, NotificationConfiguration=documents.notifications(feed, arn)
    )
    client.put_bucket_lifecycle_configuration(
        **named, LifecycleConfiguration=documents.lifecycle(feed)
    )
    client.put_bucket_cors(**named, CORSConfiguration=documents.cors(["https://label.example"]))
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    client.put_public_access_block(
        **named, PublicAccessBlockConfiguration=dict.fromkeys(switches, True)
    )
    client.put_bucket_encryption(
        **named,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    more = ("--queue", arn, "--queue-endpoint", moto.endpoint, "--json")
    found = verdicts(check(moto.endpoint, feed, ROOT, *more))
    looked = ("queue", "versioning", "events", "lifecycle", "public access", "encryption")
    assert {name: found[name] for name in looked} == dict.fromkeys(looked, "ok")
    assert found["clock"] == "ok"
    table = check(moto.endpoint, feed, ROOT).stdout
    assert "take it away: `segue s3 policy`" in table
    assert table.splitlines()[-1] == "not ok"


def test_exit_codes_say_why(moto: Moto, feed: Place) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = check(nowhere, feed, ROOT, "--json")
    assert (done.exit_code, failures(done)) == (6, {"endpoint"})
    absent = type(feed)(bucket="no-such-bucket-here", prefix=feed.prefix)
    done = check(moto.endpoint, absent, ROOT, "--json")
    assert (done.exit_code, failures(done)) == (4, {"bucket"})
    with moto.enforcing():
        done = check(moto.endpoint, feed, ("AKIANOBODY", "x"), "--json")
    assert (done.exit_code, failures(done)) == (5, {"credentials"})
