"""File names of reports."""

from __future__ import annotations

from datetime import date

import pytest

from ddex.dsr.names import NameUnusable, ReportName, parse_name, period_dates, safe_part

NAME = "DSR_PADPIDA1_Segue_Premium_2026-11_DE_1of1_20261201T060000.tsv"


def test_a_name_is_written_and_read() -> None:
    name = ReportName(
        recipient="PADPIDA1",
        sender="Segue",
        service="Premium",
        period="2026-11",
        territory="DE",
        stamp="20261201T060000",
    )
    assert str(name) == NAME
    assert parse_name(NAME) == name
    assert parse_name(NAME + ".gz") == name


def test_parts_have_no_underscores_or_blanks() -> None:
    assert safe_part("My_Label Co. / GmbH") == "My-Label-Co.-GmbH"
    assert safe_part("../etc") == "etc"
    left_out = ReportName(
        recipient="A", sender="", service="", period="", territory="", stamp="20261201T060000"
    )
    assert str(left_out) == "DSR_A_____1of1_20261201T060000.tsv"
    assert parse_name(str(left_out)) == left_out


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026", (date(2026, 1, 1), date(2026, 12, 31))),
        ("2028-02", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-11-21", (date(2026, 11, 21), date(2026, 11, 21))),
        ("2026-Q4", (date(2026, 10, 1), date(2026, 12, 31))),
        ("2026-W01", (date(2025, 12, 29), date(2026, 1, 4))),
        ("2026-11-02--2026-11-08", (date(2026, 11, 2), date(2026, 11, 8))),
        ("2026-11-08--2026-11-02", None),
        ("2026-13", None),
        ("2026-W60", None),
        ("--", None),
        ("", None),
        ("a" * 1000, None),
    ],
)
def test_periods(text: str, days: tuple[date, date] | None) -> None:
    assert period_dates(text) == days


@pytest.mark.parametrize("name", ["", "DSR.tsv", NAME[4:], NAME.replace("1of1", "of")])
def test_unusable_names(name: str) -> None:
    with pytest.raises(NameUnusable):
        parse_name(name)
