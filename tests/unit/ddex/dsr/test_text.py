"""Escapes and values of cells."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from ddex.dsr.text import (
    cell_text,
    escape,
    escape_many,
    number,
    split_line,
    split_values,
    stray,
    unescape,
)

CLEAN = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"]) | st.sampled_from("\\|\t \\")
)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Song", "Song"),
        ("Either|Or", "Either\\\\|Or"),
        ("Tab\tbed", "Tab\\\tbed"),
        ("AC\\DC", "AC\\\\\\DC"),
        ("two\r\nlines", "two lines"),
        ("para\u2029graph", "para graph"),
        (" \x00bell\x07 ", "bell"),
        ("", ""),
    ],
)
def test_escape(text: str, cell: str) -> None:
    assert escape(text) == cell


def test_several_values() -> None:
    assert escape_many(["A. Writer", "B|C", "", "D\\E"]) == "A. Writer|B C|D\\\\\\E"
    assert split_values("A. Writer|B C|D\\\\\\E") == ["A. Writer", "B C", "D\\E"]
    assert split_values("a\\\\|b|c") == ["a|b", "c"]


@given(CLEAN)
def test_what_is_escaped_is_read_back(text: str) -> None:
    cell = escape(text)
    assert unescape(cell) == text.strip()
    assert stray(cell) == ""


@given(st.lists(CLEAN, min_size=1, max_size=6))
def test_a_line_of_escaped_cells_has_its_cells_again(texts: list[str]) -> None:
    line = "\t".join(escape(text) for text in texts)
    assert [unescape(cell) for cell in split_line(line)] == [text.strip() for text in texts]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.00"), "0"),
        (Decimal("-0.00"), "0"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12.500"), "12.5"),
        (1_000_000, "1000000"),
    ],
)
def test_numbers(value: Decimal | int, text: str) -> None:
    assert number(value) == text


def test_values_of_all_types() -> None:
    assert cell_text(None) == ""
    assert [cell_text(value) for value in (True, False)] == ["true", "false"]
    assert cell_text(date(2026, 11, 30)) == "2026-11-30"
    assert cell_text(datetime(2026, 12, 1, 6, 0, 0, 5, tzinfo=UTC)) == "2026-12-01T06:00:00Z"
    assert cell_text(["a", "b"]) == "a|b"
    with pytest.raises(ValueError, match="time zone"):
        cell_text(datetime(2026, 12, 1))  # noqa: DTZ001 - the point of the test
    assert stray("a|b") == "|"
    assert stray("a\\b") == "\\"
