from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from core.errors import Misuse
from server.cli.s3 import policies
from server.cli.s3.places import Place, place

if TYPE_CHECKING:
    from server.cli.s3.policies import Document

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:segue-new"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f1e"


@pytest.fixture
def feed() -> Place:
    return place("labels", "feeds/one", "done/one", "bad/one")


def allowed(document: Document, action: str, resource: str) -> bool:
    """What a document says, conditions apart."""
    effects = {
        one["Effect"]
        for one in document["Statement"]
        if action in one["Action"] and any(fnmatchcase(resource, each) for each in one["Resource"])
    }
    return effects == {"Allow"}


def keys(document: Document, action: str, *names: str) -> set[str]:
    return {each for each in names if allowed(document, action, f"arn:aws:s3:::labels/{each}")}


MINE = "feeds/one/B/B.xml"
ANSWER = "feeds/one/acknowledgements/A.xml"
IN_BATCH = "feeds/one/B/acknowledgements/A.xml"
DONE, BAD = "done/one/B/B.xml", "bad/one/B/B.xml"
OTHERS = ("feeds/one2/x", "feeds/two/x", "x", "done/two/x")
ALL = (MINE, ANSWER, IN_BATCH, DONE, BAD, *OTHERS)


def test_a_reader_that_only_reads(feed: Place) -> None:
    made = policies.reader(feed, acknowledges=False)
    assert keys(made, "s3:GetObject", *ALL) == {MINE, ANSWER, IN_BATCH}
    assert keys(made, "s3:PutObject", *ALL) == set()
    assert keys(made, "s3:DeleteObject", *ALL) == set()
    assert {action for one in made["Statement"] for action in one["Action"]} == {
        "s3:ListBucket",
        "s3:GetObject",
    }


def test_a_reader_that_answers(feed: Place) -> None:
    made = policies.reader(feed)
    assert keys(made, "s3:PutObject", *ALL) == {ANSWER, IN_BATCH}
    assert keys(made, "s3:DeleteObject", *ALL) == set()
    assert not keys(made, "s3:GetObjectVersion", *ALL)
    assert keys(policies.reader(feed, versions=True), "s3:GetObjectVersion", MINE)


def test_a_reader_that_moves(feed: Place) -> None:
    made = policies.reader(feed, moves=True)
    assert keys(made, "s3:PutObject", *ALL) == {ANSWER, IN_BATCH, DONE, BAD}
    assert keys(made, "s3:DeleteObject", *ALL) == {MINE}


def test_moving_needs_a_place(feed: Place) -> None:
    with pytest.raises(Misuse, match="no place to go"):
        policies.reader(place("labels", feed.prefix), moves=True)


def test_listing_is_bound_to_the_prefix(feed: Place) -> None:
    listing = policies.reader(feed)["Statement"][0]
    assert listing["Resource"] == ["arn:aws:s3:::labels"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["feeds/one/*"]}}
    assert "Condition" not in policies.reader(place("labels"))["Statement"][0]


def test_a_reader_hears_its_queue_and_uses_its_key(feed: Place) -> None:
    made = policies.reader(feed, queue=QUEUE, key=KEY)
    assert allowed(made, "sqs:DeleteMessage", QUEUE)
    assert not allowed(made, "sqs:SendMessage", QUEUE)
    assert not allowed(made, "sqs:PurgeQueue", QUEUE)
    crypt = made["Statement"][-1]
    assert crypt["Resource"] == [KEY]
    assert crypt["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"] == [
        "arn:aws:s3:::labels",
        "arn:aws:s3:::labels/*",
    ]


def test_a_sender_delivers_and_reads_its_answers(feed: Place) -> None:
    made = policies.sender(feed)
    assert keys(made, "s3:PutObject", *ALL) == {MINE}
    assert keys(made, "s3:GetObject", *ALL) == {ANSWER, IN_BATCH}
    assert keys(made, "s3:AbortMultipartUpload", *OTHERS) == set()
    assert keys(made, "s3:DeleteObject", *ALL) == set()
    assert "s3:ListBucketMultipartUploads" not in str(made)


@pytest.mark.parametrize(
    "principal",
    ["*", "arn:aws:iam::123456789012:*", "arn:aws:iam::1:root", "arn:aws:iam::123456789012:role/*"],
)
def test_trust_names_one_principal(principal: str) -> None:
    with pytest.raises(Misuse, match="no principal"):
        policies.trust(principal, "feed-1f")


@pytest.mark.parametrize("external", ["", "x", "a b", "x" * 1225, "a*"])
def test_trust_needs_an_external_id(external: str) -> None:
    with pytest.raises(Misuse, match="external id"):
        policies.trust("arn:aws:iam::123456789012:role/segue", external)


def test_trust_asks_for_the_external_id() -> None:
    (one,) = policies.trust("arn:aws:iam::123456789012:role/segue", "feed-1f")["Statement"]
    assert one["Principal"] == {"AWS": "arn:aws:iam::123456789012:role/segue"}
    assert one["Condition"] == {"StringEquals": {"sts:ExternalId": "feed-1f"}}


def test_only_the_bucket_of_the_account_tells_the_queue(feed: Place) -> None:
    (one,) = policies.queue(feed, QUEUE, "123456789012")["Statement"]
    assert one["Condition"] == {
        "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::labels"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }
    with pytest.raises(Misuse, match="no account"):
        policies.queue(feed, QUEUE, "")
    with pytest.raises(Misuse, match="no queue"):
        policies.queue(feed, "arn:aws:sqs:*:*:*", "123456789012")


def test_an_operator_sees_no_object(feed: Place) -> None:
    made = policies.operator(feed)
    assert keys(made, "s3:GetObject", *ALL) == set()
    assert made["Statement"][0]["Resource"] == ["arn:aws:s3:::labels"]


def test_a_key_is_named_by_itself(feed: Place) -> None:
    """IAM knows no key by its alias: such a policy would allow nothing."""
    with pytest.raises(Misuse, match="key"):
        policies.sender(feed, key="arn:aws:kms:eu-central-1:123456789012:alias/inbox")


@pytest.mark.parametrize("given", [("", "feed-1"), ("arn:aws:iam::123456789012:user/x", "")])
def test_what_is_not_given_is_named(given: tuple[str, str]) -> None:
    with pytest.raises(Misuse, match="is given"):
        policies.trust(*given)


def test_a_function_reads_its_queue_and_writes_its_log_and_nothing_else() -> None:
    made = policies.function(QUEUE)
    log = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/segue-notices:log-stream:a"
    assert allowed(made, "sqs:ReceiveMessage", QUEUE)
    assert not allowed(made, "sqs:ReceiveMessage", QUEUE.replace("new", "other"))
    assert allowed(made, "logs:PutLogEvents", log)
    assert not allowed(made, "logs:PutLogEvents", log.replace("notices", "other"))
    assert not any("s3:" in action for one in made["Statement"] for action in one["Action"])
    (trusted,) = policies.lambda_trust()["Statement"]
    assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}
    with pytest.raises(Misuse):
        policies.function("arn:aws:sqs:eu-west-1:1:x")
