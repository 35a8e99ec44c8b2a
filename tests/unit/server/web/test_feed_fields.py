"""The fields of a feed's form and the plot of its days: pure, and back again."""

from __future__ import annotations

import pytest

from core.errors import Misuse
from ingest.feed_terms import FeedTerms, names
from server.web import feed_fields
from server.web.plot import HEIGHT, WIDTH, plot

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


def _day(deliveries: int, failures: int = 0) -> dict[str, object]:
    return {"day": "2026-11-01", "deliveries": deliveries, "failures": failures}


@pytest.mark.parametrize(
    ("most", "grid"), [(1, [2, 1]), (7, [10, 5]), (12, [20, 10]), (61, [100, 50])]
)
def test_the_grid_has_two_round_lines(most: int, grid: list[int]) -> None:
    drawn = plot([_day(most), _day(0)])
    assert drawn is not None
    assert [mark for _, mark in drawn.grid] == grid


def test_bars_stay_inside_and_failures_inside_them() -> None:
    drawn = plot([_day(4, 1), _day(0), _day(8, 8)])
    assert drawn is not None
    assert drawn.bars[-1].x + drawn.bars[-1].width <= WIDTH
    assert all(bar.failed <= bar.height <= HEIGHT for bar in drawn.bars)
    assert drawn.bars[2].failed == drawn.bars[2].height
    assert plot([_day(0)]) is None
