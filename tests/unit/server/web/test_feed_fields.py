"""The fields of a feed's form: pure, and back again."""

from __future__ import annotations

import pytest

from core.errors import Misuse
from ingest.feed_terms import FeedTerms, names
from server.web import feed_fields

TERMS = (
    "quota_bytes=50GB",
    "max_file_bytes=1234567",
    "types=wav,flac",
    "schedule=mon-fri 08:00-18:00 Europe/Berlin",
    "process=hold",
    "waits_hours=1.5",
    "legacy_algorithms=true",
    "notify.events=refused,held",
    "watch.interval_s=60",
)


def test_every_term_has_a_field() -> None:
    assert {field.name for field in feed_fields.FIELDS} == set(names())


def test_a_form_says_the_terms_that_it_shows() -> None:
    terms = FeedTerms().changed(TERMS)
    texts = feed_fields.texts(terms)
    assert texts["quota_bytes"] == "50GB"
    assert texts["max_file_bytes"] == "1234567", "a size is never rounded"
    assert texts["networks"] == ""
    assert feed_fields.read(texts) == terms
    assert feed_fields.read({}) == FeedTerms()
    with pytest.raises(Misuse, match="no network"):
        feed_fields.read({**texts, "networks": "everywhere"})


def test_the_page_shows_what_limits_something() -> None:
    assert feed_fields.agreed(FeedTerms()) == []
    assert feed_fields.agreed(FeedTerms().changed(["process=hold"])) == [
        ("Processing", [("Each delivery", "waits for your release")])
    ]
