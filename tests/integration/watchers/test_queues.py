"""S3's events through SQS of moto: what they name is fetched, and messages go when it is safe."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import NotAllowed
from core.outbound import Outbound, OutboundRefused
from ingest.watchers.queues import Queues, by_queue
from ingest.watchers.s3 import S3Source
from ingest.watchers.s3_client import S3Access
from ingest.watchers.watched import watched
from storage.source import StoreFault
from tests.integration.watchers.world import BATCH, COMPLETE, World

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.watchers.watched import Watched
    from tests.fixtures.stores import Moto

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
SECRET = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "secret"}
ROLE = "arn:aws:iam::123456789012:role/segue"


@pytest.fixture
def queue(moto: Moto) -> str:
    """The address of a new queue."""
    return moto.sqs.create_queue(QueueName=f"q-{uuid.uuid4().hex[:8]}")["QueueUrl"]


@pytest.fixture
def world(tmp_path: Path, moto: Moto, queue: str) -> World:
    bucket = f"b-{uuid.uuid4().hex[:8]}"
    moto.s3.create_bucket(Bucket=bucket)
    moto.s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": _arn(moto, queue), "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    terms = {"queue": queue, "endpoint": moto.endpoint}
    return World(tmp_path, S3Source(moto.s3, bucket), name=bucket, terms=terms)


def _arn(moto: Moto, queue: str) -> str:
    said = moto.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return said["Attributes"]["QueueArn"]


def access(moto: Moto, **more: Any) -> S3Access:
    return S3Access(
        outbound=Outbound(), trusted=(moto.endpoint,), sts_endpoint=moto.endpoint, **more
    )


def place(world: World) -> Watched:
    with world.database.read() as session:
        found = watched(session, world.feed)
    assert found is not None
    return found


def listen(world: World, moto: Moto) -> int:
    """One receive."""
    queues = Queues(connect=lambda one: access(moto).sqs(one, SECRET), wait=1)
    return queues.round(world.watcher, [place(world)])


def left(moto: Moto, queue: str) -> int:
    """Messages that the queue still has, hidden ones too."""
    said = moto.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    hidden = int(said["ApproximateNumberOfMessagesNotVisible"])
    return int(said["ApproximateNumberOfMessages"]) + hidden


def empty(moto: Moto, queue: str) -> str:
    """Take all messages away; the last one's text."""
    text = ""
    while found := moto.sqs.receive_message(QueueUrl=queue).get("Messages", []):
        text = found[0]["Body"]
        moto.sqs.delete_message(QueueUrl=queue, ReceiptHandle=found[0]["ReceiptHandle"])
    return text


def test_what_events_name_is_received_and_messages_go(world: World, moto: Moto, queue: str) -> None:
    for name in (COMPLETE, f"{BATCH}/r/a b+\u00fc.flac", f"{BATCH}/r/r.xml"):
        world.put(name)
    while left(moto, queue):
        assert listen(world, moto)
    assert set(world.view()) == {COMPLETE, f"{BATCH}/r/a b+\u00fc.flac", f"{BATCH}/r/r.xml"}
    assert world.arrivals()[-1] == COMPLETE
    assert len(world.deliveries()) == 1
    assert world.round().fetched == 0  # the poll finds nothing more


@pytest.mark.parametrize("shape", ["sns", "bridge", "twice"])
def test_other_shapes_of_the_same(world: World, moto: Moto, queue: str, shape: str) -> None:
    empty(moto, queue)
    world.put("x y.flac")
    body = json.loads(empty(moto, queue))
    texts = [json.dumps(body)] * 2
    if shape == "sns":
        texts = [json.dumps({"Type": "Notification", "Message": json.dumps(body)})]
    if shape == "bridge":
        detail = {"bucket": {"name": world.name}, "object": {"key": "in/x y.flac"}}
        texts = [
            json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})
        ]
    for text in texts:
        moto.sqs.send_message(QueueUrl=queue, MessageBody=text)
    while left(moto, queue):
        listen(world, moto)
    assert set(world.view()) == {"x y.flac"}
    assert world.state().fetched == 1


def test_a_message_stays_until_what_it_names_is_safe(world: World, moto: Moto, queue: str) -> None:
    empty(moto, queue)
    world.put("x.flac")
    real, world.watcher.connect = world.watcher.connect, _away
    assert listen(world, moto) == 0
    assert left(moto, queue) >= 1
    assert "away" in world.state().fault
    world.watcher.connect = real
    assert world.round().fetched == 1  # the poll is the net below


def _away(_: Watched) -> Any:  # noqa: ANN401
    raise StoreFault("the store is away")


def test_poison_stays_for_the_redrive_policy_and_holds_up_nothing(
    world: World, moto: Moto, queue: str
) -> None:
    empty(moto, queue)
    moto.sqs.send_message(QueueUrl=queue, MessageBody="no json")
    world.put("x.flac")
    while not world.view():
        listen(world, moto)
    listen(world, moto)
    assert left(moto, queue) == 1


def test_keys_of_other_prefixes_and_buckets_are_no_business_of_ours(
    world: World, moto: Moto, queue: str
) -> None:
    empty(moto, queue)
    world.bucket.put("other/x.flac", b"x")
    assert listen(world, moto) == 1
    assert (world.view(), left(moto, queue)) == ({}, 0)


def test_a_queue_that_is_gone_is_a_fault(world: World, moto: Moto, queue: str) -> None:
    moto.sqs.delete_queue(QueueUrl=queue)
    with pytest.raises(StoreFault):
        listen(world, moto)


def test_feeds_share_a_queue(world: World) -> None:
    one = place(world)
    other = replace(one, feed_id="feed_other")
    quiet = replace(one, feed_id="feed_quiet", queue="")
    assert by_queue([one, other, quiet]) == {one.queue: (one, other)}


# who we are there


def test_a_role_is_taken_with_its_external_id(world: World, moto: Moto) -> None:
    world.put("x.flac")
    role = replace(place(world), role_arn=ROLE, external_id="segue-and-label")
    client = access(moto).s3(role, SECRET)
    assert client.list_objects_v2(Bucket=world.name)["KeyCount"] == 1
    signed = client._request_signer._credentials  # type: ignore[attr-defined]
    assert signed.access_key.startswith("ASIA")
    assert signed.token


def test_our_own_identity_is_never_used_unless_the_operator_says_so(
    world: World, moto: Moto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOURS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ours")
    with pytest.raises(NotAllowed, match="own identity"):
        access(moto).s3(place(world), {})
    client = access(moto, own_identity=True).s3(place(world), {})
    assert client._request_signer._credentials.access_key == "AKIAOURS"  # type: ignore[attr-defined]


def test_an_endpoint_that_a_feed_names_has_to_be_public(world: World, moto: Moto) -> None:
    strict = S3Access(outbound=Outbound())
    with pytest.raises(OutboundRefused):
        strict.s3(place(world), SECRET)


def test_an_endpoint_that_changes_its_mind_is_not_connected_to(world: World, moto: Moto) -> None:
    port = moto.endpoint.rpartition(":")[2]
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"]])
    guard = Outbound(resolver=lambda *_: next(answers, ["127.0.0.1"]))
    rebound = replace(place(world), endpoint=f"http://store.example:{port}")
    client = S3Access(outbound=guard, connect_timeout=2).s3(rebound, SECRET)
    with pytest.raises(StoreFault):
        S3Source(client, world.name).find("in/x")


def test_a_guarded_endpoint_that_may_be_used_is(world: World, moto: Moto) -> None:
    world.put("x.flac")
    guarded = S3Access(outbound=Outbound(allow_private=True))
    found = S3Source(guarded.s3(place(world), SECRET), world.name).find("in/x.flac")
    assert found is not None
