"""Genres as sent, to those that a catalogue is browsed by."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ddex.ern.genres import GENRES, canonical


@pytest.mark.parametrize(
    ("text", "sub_genre", "expected"),
    [
        ("Pop", "", "pop"),
        ("POP ", "Dream Pop", "pop"),
        ("Hip Hop/Rap", "", "hip-hop"),
        ("Hip-Hop", "", "hip-hop"),
        ("R&B/Soul", "", "r-and-b"),
        ("R & B", "", "r-and-b"),
        ("Rhythm and Blues", "", "r-and-b"),
        ("Metal", "Progressive Metal", "metal"),
        ("Classical Crossover", "", "classical"),
        ("Música Mexicana", "", "latin"),
        ("Children's Music", "", "children"),
        ("Electronic > House", "", "electronic"),
        ("Nu Disco", "", "dance"),
        ("German Pop", "", "pop"),
        ("K-Pop", "", "pop"),
        ("Modern Jazz", "", "jazz"),
        ("World Music", "", "world"),
        ("Genre 17", "Death Metal", "metal"),
        ("Zzz", "", ""),
        ("", "", ""),
        ("日本", "", ""),
    ],
)
def test_what_is_sent_finds_its_genre(text: str, sub_genre: str, expected: str) -> None:
    assert canonical(text, sub_genre) == expected


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_is_taken(text: str, sub_genre: str) -> None:
    assert canonical(text, sub_genre) in {"", *GENRES}


def test_a_word_belongs_to_one_genre() -> None:
    words = [word for key, said in GENRES.items() for word in (key, *said.split("|"))]
    assert sorted(words) == sorted(set(words))
    assert {key: canonical(key) for key in GENRES} == {key: key for key in GENRES}
    assert all(canonical(word) for word in words)
