"""Questions as typed."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from search.query import MAX_WORDS, code_of, edits, tolerance, understand


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GB-AYE-69-00531", "GBAYE6900531"),
        ("isrc: x", ""),
        ("ISRC GBAYE6900531", "GBAYE6900531"),
        ("036000291452", "00036000291452"),
        ("4006381333931", "04006381333931"),
        ("12345678", "00000012345678"),
        ("123456789", ""),
        ("1999", ""),
        ("paper", ""),
    ],
)
def test_codes(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    ("word", "distance"),
    [
        ("tide", 0),
        ("tides", 1),
        ("harbours", 1),
        ("behaviour", 2),
        ("12345", 0),
        ("東京の夜の音楽", 0),
    ],
)
def test_tolerance(word: str, distance: int) -> None:
    assert tolerance(word) == distance


@pytest.mark.parametrize(
    ("word", "other", "limit", "prefix", "expected"),
    [
        ("harbor", "harbour", 1, False, 1),
        ("hihg", "high", 1, False, 1),
        ("harb", "harbour", 0, True, 0),
        ("hrab", "harbour", 1, True, 1),
        ("harb", "harbour", 1, False, None),
        ("abc", "xyz", 2, False, None),
        ("", "abc", 0, True, 0),
    ],
)
def test_edits(word: str, other: str, limit: int, prefix: bool, expected: int | None) -> None:  # noqa: FBT001
    assert edits(word, other, limit, prefix=prefix) == expected


def test_only_the_last_word_goes_on() -> None:
    question = understand("paper tid")
    assert [word.prefix for word in question.words] == [False, True]
    assert not understand("paper ").words[0].prefix


@given(st.text())
def test_any_text_is_understood(text: str) -> None:
    assert len(understand(text).words) <= MAX_WORDS
