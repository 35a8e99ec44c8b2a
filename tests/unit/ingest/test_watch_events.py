"""What S3 says, in the shapes of Amazon's documentation."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.errors import Misuse
from ingest.watchers.events import EventUnreadable, Written, read
from ingest.watchers.place import Place


def record(key: str, name: str = "ObjectCreated:Put", bucket: str = "b") -> dict[str, Any]:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": key, "size": 1, "eTag": "e", "sequencer": "0A"},
        },
    }


def test_records_have_encoded_keys() -> None:
    said = json.dumps({"Records": [record("in/a+b%2Bc/%C3%BCber.flac")]})
    assert read(said) == [Written("b", "in/a b+c/\u00fcber.flac")]


@pytest.mark.parametrize(
    "name",
    ["ObjectCreated:Put", "ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Copy"],
)
def test_every_way_of_writing_counts(name: str) -> None:
    assert read(json.dumps({"Records": [record("k", name)]})) == [Written("b", "k")]


def test_what_tells_of_something_else_is_empty() -> None:
    removed = record("k", "ObjectRemoved:Delete")
    assert read(json.dumps({"Records": [removed]})) == []
    assert read(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"})) == []
    bridge = {"source": "aws.s3", "detail-type": "Object Deleted", "detail": {}}
    assert read(json.dumps(bridge)) == []


def test_sns_wraps_it_as_text_and_twice_is_once() -> None:
    inner = json.dumps({"Records": [record("k"), record("k")]})
    outer = {"Type": "Notification", "MessageId": "m", "Message": inner}
    assert read(json.dumps(outer)) == [Written("b", "k")]


def test_eventbridge_has_plain_keys() -> None:
    detail = {"bucket": {"name": "b"}, "object": {"key": "in/a+b%20c", "size": 1}}
    said = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    assert read(json.dumps(said)) == [Written("b", "in/a+b%20c")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"Records": 3}',
        '{"Records": [{}]}',
        '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {}}}]}',
        '{"Type": "Notification"}',
        '{"Type": "Notification", "Message": "{}"}',
        "[" * 100_000,
        " " * 300_000,
    ],
)
def test_what_is_no_message_of_s3_is_told(text: str) -> None:
    with pytest.raises(EventUnreadable):
        read(text)


def test_envelopes_without_end_are_refused() -> None:
    text = "{}"
    for _ in range(6):
        text = json.dumps({"Type": "Notification", "Message": text})
    with pytest.raises(EventUnreadable):
        read(text)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(
                    ["Records", "s3", "detail", "source", "Type", "Message", "eventName"]
                ),
                x,
            )
        ),
    )
)
def test_nothing_else_ever_leaves(said: object) -> None:
    with contextlib.suppress(EventUnreadable):
        read(json.dumps(said))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("s3://bucket", Place(scheme="s3", bucket="bucket")),
        ("s3://bucket/a/b/", Place(scheme="s3", bucket="bucket", prefix="a/b/")),
        ("gs://my.bucket_1/x", Place(scheme="gs", bucket="my.bucket_1", prefix="x/")),
        ("az://acc0unt/box/x", Place(scheme="az", account="acc0unt", bucket="box", prefix="x/")),
    ],
)
def test_addresses_of_stores(url: str, place: Place) -> None:
    assert Place.of(url) == place
    assert Place.of(place.url) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "bucket",
        "http://b/x",
        "s3://",
        "s3://B/x",
        "s3://b..x/y",
        "s3://bucket/../x",
        "s3://bucket/a//b",
        "s3://bucket/a\nb",
        "az://account",
        "az://ACC/box",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Misuse):
        Place.of(url)


def test_places_overlap_when_one_lies_in_the_other() -> None:
    place = Place.of("s3://bucket/a")
    assert place.overlaps(Place.of("s3://bucket/a/b"))
    assert place.overlaps(Place.of("s3://bucket"))
    assert not place.overlaps(Place.of("s3://bucket/ab"))
    assert not place.overlaps(Place.of("s3://other/a"))
    assert place.below("done") == "a/done/"
    assert place.below("/done/it") == "done/it/"
