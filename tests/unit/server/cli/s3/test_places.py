from __future__ import annotations

import pytest

from core.errors import Misuse
from server.cli.s3.places import place


def test_a_prefix_ends_where_the_feed_ends() -> None:
    found = place("labels", "feeds/label", "done/label", "bad")
    assert (found.prefix, found.processed, found.errors) == ("feeds/label/", "done/label/", "bad/")
    assert found.arn() == "arn:aws:s3:::labels"
    assert found.arn(f"{found.prefix}*") == "arn:aws:s3:::labels/feeds/label/*"


@pytest.mark.parametrize(
    "bucket", ["", "ab", "Labels", "la_bels", "-labels", "la..bels", "192.168.0.1", "a" * 64, "l/x"]
)
def test_names_that_no_bucket_has(bucket: str) -> None:
    with pytest.raises(Misuse, match="bucket"):
        place(bucket)


@pytest.mark.parametrize(
    "prefix", ["feeds/*", "f?eds", "${aws:username}", "a//b", "../x", "a/./b", "a\nb", "x" * 901]
)
def test_prefixes_that_would_mean_more_than_they_say(prefix: str) -> None:
    with pytest.raises(Misuse):
        place("labels", prefix)


@pytest.mark.parametrize("processed", ["feeds", "feeds/label", "feeds/label/acknowledgements"])
def test_what_was_read_does_not_go_where_the_inbox_is(processed: str) -> None:
    with pytest.raises(Misuse, match="holds the inbox"):
        place("labels", "feeds/label", processed)


def test_what_was_read_may_go_below_the_inbox() -> None:
    assert place("labels", "feeds/label", "feeds/label/processed").moved == (
        "feeds/label/processed/",
    )


def test_partitions_are_known() -> None:
    assert place("labels", partition="aws-cn").arn("*") == "arn:aws-cn:s3:::labels/*"
    with pytest.raises(Misuse):
        place("labels", partition="mars")
