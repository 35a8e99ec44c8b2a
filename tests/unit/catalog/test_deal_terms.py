"""Dates of deals become instants."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from catalog.deal_terms import (
    FIRST,
    LAST,
    DateUnreadable,
    DealTerms,
    end_instant,
    start_instant,
)
from ddex.ern.model import Deal, Period

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-12-12", "Europe/Berlin", "2026-12-11T23:00:00+00:00"),
        ("2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00+00:00"),
        ("2026-07", "Europe/Berlin", "2026-06-30T22:00:00+00:00"),
        ("2026", "UTC", "2026-01-01T00:00:00+00:00"),
        ("2026-07-01", "America/New_York", "2026-07-01T04:00:00+00:00"),
        ("2026-07-01Z", "America/New_York", "2026-07-01T00:00:00+00:00"),
        ("2026-07-01+02:00", "America/New_York", "2026-06-30T22:00:00+00:00"),
        ("2026-07-01T09:30:00", "Europe/Berlin", "2026-07-01T07:30:00+00:00"),
        ("2026-07-01T09:30:00Z", "Europe/Berlin", "2026-07-01T09:30:00+00:00"),
        ("2026-07-01T09:30:00-08:00", "Europe/Berlin", "2026-07-01T17:30:00+00:00"),
        ("2026-07-01T09:30:00.2500001Z", "UTC", "2026-07-01T09:30:00.250000+00:00"),
        ("2026-07-01T24:00:00", "UTC", "2026-07-02T00:00:00+00:00"),
        ("2026-07-01T09:30Z", "UTC", "2026-07-01T09:30:00+00:00"),
        (" 2026-07-01 ", "UTC", "2026-07-01T00:00:00+00:00"),
        # Beirut's clocks go from 00:00 to 01:00: the day begins at the jump
        ("2024-03-31", "Asia/Beirut", "2024-03-30T22:00:00+00:00"),
    ],
)
def test_starts(text: str, zone: str, expected: str) -> None:
    assert start_instant(text, ZoneInfo(zone)).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-12-31", "Europe/Berlin", "2026-12-31T23:00:00+00:00"),
        ("2028-02", "UTC", "2028-03-01T00:00:00+00:00"),
        ("2026", "UTC", "2027-01-01T00:00:00+00:00"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T23:00:00+00:00"),
        ("2026-07-01T09:30:00", "Europe/Berlin", "2026-07-01T07:30:00+00:00"),
        ("2026-12-31Z", "Europe/Berlin", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_ends(text: str, zone: str, expected: str) -> None:
    assert end_instant(text, ZoneInfo(zone)).isoformat() == expected


def test_open_sides_and_the_ends_of_the_calendar() -> None:
    assert start_instant("", BERLIN) == FIRST
    assert end_instant("", BERLIN) == LAST
    assert end_instant("9999-12-31", BERLIN) == LAST
    assert start_instant("0001-01-01", BERLIN) == FIRST
    assert end_instant("9999-12-31T24:00:00", ZoneInfo("America/New_York")) == LAST


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01",
        "2026-02-30",
        "2026-7-1",
        "yesterday",
        "2026-07-01T25:00:00",
        "2026-07-01T09:61:00Z",
        "2026-07-01+99:00",
        "0000",
        "0000-00-00",
        "12026-07-01",
        "2026-07-01T24:00:01",
        "٢٠٢٦-07-01",
        "2026-07-01\x00",
        "x" * 100_000,
    ],
)
def test_no_dates(text: str) -> None:
    with pytest.raises(DateUnreadable) as caught:
        start_instant(text, BERLIN)
    assert caught.value.text == text.strip()
    with pytest.raises(DateUnreadable):
        end_instant(text, BERLIN)


@given(
    st.text()
    | st.from_regex(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?)?", fullmatch=True)
)
def test_any_text_gives_an_instant_or_says_no_date(text: str) -> None:
    for read in (start_instant, end_instant):
        try:
            assert read(text, BERLIN).tzinfo is UTC
        except DateUnreadable as caught:
            assert caught.text == text.strip()  # noqa: PT017 - both ends are right ones


def test_terms_of_a_deal_as_read() -> None:
    deal = Deal(
        release_references=("R0",),
        commercial_models=("SubscriptionModel",),
        use_types=("Stream",),
        territories=("DE", "AT"),
        periods=(Period(start="2026-01-01"), Period(start="2027-01-01", end="2027-06-30")),
        is_takedown=True,
    )
    terms = DealTerms.from_deal(deal, 3)
    assert terms.periods == (("2026-01-01", ""), ("2027-01-01", "2027-06-30"))
    assert terms.territories == ("DE", "AT")
    assert (terms.reference, terms.number) == ("", 3)
    assert terms.is_takedown
    assert DealTerms.from_json(terms.to_json()) == terms


def test_json_with_nothing_in_it() -> None:
    assert DealTerms.from_json({}) == DealTerms()
    assert start_instant("2026-01-01", UTC) == datetime(2026, 1, 1, tzinfo=UTC)
