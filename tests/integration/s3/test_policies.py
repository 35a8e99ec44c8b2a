"""The documents suffice and forbid the rest, where a server judges them.

Moto enforces actions and resources, and a wrong external id of a trust policy; it judges no
condition of an S3 request. Ceph's gateway enforces whole documents, the condition on listing too
(`test_ceph`). What only AWS could prove: that a missing external id is refused, KMS, the queue's
own policy, and the names of the actions by which the bucket's configuration is read.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from server.cli.s3 import policies
from tests.integration.s3.conftest import ACCOUNT, REGION, Moto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server.cli.s3.places import Place

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture
def feed(moto: Moto) -> Place:
    return moto.feed()


def attempts(client: Any, where: Place) -> Iterator[tuple[str, Callable[[], object]]]:  # noqa: ANN401
    """What anybody might try, by name."""
    bucket = where.bucket
    spots = {
        "inbox": "feeds/one/B/B.xml",
        "answers": "feeds/one/acknowledgements/A.xml",
        "batch answers": "feeds/one/B/acknowledgements/A.xml",
        "done": "done/one/B.xml",
        "bad": "bad/one/B.xml",
        "others": "feeds/two/x",
        "root": "x",
    }
    for name, key in spots.items():
        spot = {"Bucket": bucket, "Key": key}
        yield f"get {name}", partial(client.get_object, **spot)
        yield f"put {name}", partial(client.put_object, **spot, Body=b"y")
        yield f"delete {name}", partial(client.delete_object, **spot)
    yield "list", lambda: client.list_objects_v2(Bucket=bucket)
    yield "parts", lambda: _parts(client, bucket, spots["inbox"])
    yield "versions", lambda: client.list_object_versions(Bucket=bucket)
    yield "uploads", lambda: client.list_multipart_uploads(Bucket=bucket)
    yield "acl", lambda: client.get_object_acl(Bucket=bucket, Key=spots["inbox"])
    yield "policy", lambda: client.put_bucket_policy(Bucket=bucket, Policy="{}")
    yield "unlock", lambda: client.delete_public_access_block(Bucket=bucket)
    yield "drop", lambda: client.delete_bucket(Bucket=bucket)


def _parts(client: Any, bucket: str, key: str) -> None:  # noqa: ANN401
    upload = {"Bucket": bucket, "Key": key}
    upload["UploadId"] = client.create_multipart_upload(**upload)["UploadId"]
    client.upload_part(**upload, PartNumber=1, Body=b"z")
    client.list_parts(**upload)
    client.abort_multipart_upload(**upload)


def allowed(moto: Moto, where: Place, *documents: dict[str, Any]) -> set[str]:
    """What works with these documents. A thing that is absent was allowed to be asked for."""
    client = moto.client("s3", moto.user(*documents))
    said: dict[str, str] = {}
    with moto.enforcing():
        for name, attempt in attempts(client, where):
            try:
                attempt()
            except ClientError as fault:
                said[name] = fault.response["Error"]["Code"]
            else:
                said[name] = "done"
    assert set(said.values()) <= {"done", "NoSuchKey", "MalformedPolicy", "AccessDenied"}
    return {name for name, code in said.items() if code != "AccessDenied"}


READS = {"list", "get inbox", "get answers", "get batch answers"}
ANSWERS = {"put answers", "put batch answers"}


def test_a_reader_that_only_reads(moto: Moto, feed: Place) -> None:
    assert allowed(moto, feed, policies.reader(feed, acknowledges=False)) == READS


def test_a_reader_that_answers(moto: Moto, feed: Place) -> None:
    assert allowed(moto, feed, policies.reader(feed)) == READS | ANSWERS


def test_a_reader_that_moves(moto: Moto, feed: Place) -> None:
    moves = {"put done", "put bad", "delete inbox"}
    found = allowed(moto, feed, policies.reader(feed, moves=True))
    assert found == READS | ANSWERS | moves


def test_a_sender(moto: Moto, feed: Place) -> None:
    delivers = {"put inbox", "parts"}
    reads = {"list", "get answers", "get batch answers"}
    assert allowed(moto, feed, policies.sender(feed)) == delivers | reads


def test_an_operator_sees_configuration_alone(moto: Moto, feed: Place) -> None:
    assert allowed(moto, feed, policies.operator(feed)) == set()
    client = moto.client("s3", moto.user(policies.operator(feed)))
    with moto.enforcing():
        assert client.get_bucket_versioning(Bucket=feed.bucket)
        assert client.get_bucket_notification_configuration(Bucket=feed.bucket)


def test_a_queue_is_heard_not_filled(moto: Moto, feed: Place) -> None:
    queues = moto.client("sqs")
    url = queues.create_queue(QueueName=f"q-{feed.bucket}")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q-{feed.bucket}"
    queues.send_message(QueueUrl=url, MessageBody="{}")
    mine = moto.client("sqs", moto.user(policies.reader(feed, queue=arn)))
    with moto.enforcing():
        got = mine.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]
        mine.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        mine.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
        forbidden: list[tuple[Any, dict[str, str]]] = [
            (mine.send_message, {"MessageBody": "x"}),
            (mine.purge_queue, {}),
            (mine.delete_queue, {}),
        ]
        for call, more in forbidden:
            with pytest.raises(ClientError, match="AccessDenied"):
                call(QueueUrl=url, **more)


def test_a_role_is_lent_under_its_external_id_alone(moto: Moto, feed: Place) -> None:
    name = f"segue-{feed.bucket}"
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    keys = moto.user({"Version": "2012-10-17", "Statement": [assume]})
    me = moto.client("sts", keys).get_caller_identity()["Arn"]
    iam = moto.client("iam")
    trusts = json.dumps(policies.trust(me, "feed-1f"))
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusts)
    sts = moto.client("sts", keys)
    role = {"RoleArn": arn, "RoleSessionName": "segue"}
    with moto.enforcing():
        assert sts.assume_role(**role, ExternalId="feed-1f")["Credentials"]
        with pytest.raises(ClientError, match="AccessDenied"):
            sts.assume_role(**role, ExternalId="feed-2f")
