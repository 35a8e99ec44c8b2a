"""Months in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.errors import Misuse
from server.reporting.periods import parse_month


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
