"""Months in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.errors import Misuse
from ddex.dsr.names import period_dates
from server.reporting.periods import parse_month, parse_period


def test_a_month_has_its_days_and_instants() -> None:
    month = parse_month("2028-02")
    assert (month.first, month.last) == (date(2028, 2, 1), date(2028, 2, 29))
    assert month.start == datetime(2028, 2, 1, tzinfo=UTC)
    assert month.end == datetime(2028, 3, 1, tzinfo=UTC)
    assert str(month) == "2028-02"
    assert month.is_open(datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC))
    assert not month.is_open(month.end)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-1", "26-11", "2026-11-01", "9999-12"]
)
def test_no_months(text: str) -> None:
    with pytest.raises(Misuse) as caught:
        parse_month(text)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "first", "last", "months"),
    [
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29), 1),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), 3),
        ("2026-11-30--2026-12-06", date(2026, 11, 30), date(2026, 12, 6), 2),
    ],
)
def test_periods_are_named_as_in_files(text: str, first: date, last: date, months: int) -> None:
    period = parse_period(text)
    assert (period.first, period.last, len(period.months)) == (first, last, months)
    assert str(period) == text
    assert period_dates(str(period)) == (first, last)


@pytest.mark.parametrize(
    "text", ["2026-W07", "2026-Q5", "2026-11-01--2026-11-08", "2026-02-30--2026-03-08"]
)
def test_no_periods(text: str) -> None:
    with pytest.raises(Misuse):
        parse_period(text)
