"""Folding and cutting of words."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from search.text import fold, is_unspaced, tokens, whole, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Début", "debut"),
        ("STRAẞE", "strasse"),
        ("Mø Łódź Đặng", "mo lodz dang"),
        ("\uff26\uff35\uff2c\uff2c", "full"),
        ("ｶﾞ", "が"),
        ("カナリア", "かなりあ"),
        ("Ελλάδα", "ελλαδα"),
        ("ёлка", "елка"),
        ("مُحَمَّد", "محمد"),
        ("ที่", "ที่"),
    ],
)
def test_fold(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T.N.T.", ["tnt"]),
        ("AC/DC", ["ac", "dc", "acdc"]),
        ("P!nk", ["p", "nk", "pnk", "pink"]),
        ("Ke$ha", ["ke", "ha", "keha", "kesha"]),
        ("Hello!", ["hello"]),
        ("don\u2019t", ["dont"]),
        ("東京", ["東", "京", "東京"]),
        ("the the", ["the"]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_words_of_a_question() -> None:
    assert words("ac/dc  T.N.T.") == ["ac", "dc", "tnt"]
    assert words("東京の夜") == ["東京", "京の", "の夜"]
    assert words("夜") == ["夜"]
    assert words("東京tower") == ["東京", "tower"]
    assert is_unspaced("東京")
    assert not is_unspaced("tower")


def test_whole() -> None:
    assert whole("Slow  Harbour!") == whole("slow harbour") == "slowharbour"


@given(st.text(max_size=60))
def test_each_word_of_a_text_finds_the_text(text: str) -> None:
    assert set(words(text)) <= set(tokens(text))
    assert fold(fold(text)) == fold(text)
