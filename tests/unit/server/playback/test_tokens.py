"""Media tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.playback.tokens import Grant, MediaTokens

GRANT = Grant("acc", 1, "rel", "rec", "a" * 64, "GB", "premium", "SubscriptionModel", "Stream", 9)


def test_a_token_says_what_was_granted() -> None:
    tokens = MediaTokens(b"k" * 32)
    token = tokens.issue(GRANT)
    assert tokens.read(token) == GRANT
    assert MediaTokens(b"k" * 32).read(token) == GRANT
    assert "/" not in token


def test_another_key_reads_nothing() -> None:
    assert MediaTokens(b"x" * 32).read(MediaTokens(b"k" * 32).issue(GRANT)) is None


@pytest.mark.parametrize("token", ["", "x", "a.b", "." * 50, "W10.aaaa", "x" * 3000])
def test_nonsense_reads_nothing(token: str) -> None:
    assert MediaTokens(b"k" * 32).read(token) is None


def test_every_changed_letter_is_found() -> None:
    tokens = MediaTokens(b"k" * 32)
    token = tokens.issue(GRANT)
    for place in range(0, len(token) - 1, 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tokens.read(changed) is None


def test_few_are_remembered_and_all_are_read() -> None:
    tokens = MediaTokens(b"k" * 32, remembered=2)
    issued = [tokens.issue(replace(GRANT, expires=n)) for n in range(5)]
    for _ in range(2):
        assert [g.expires for g in map(tokens.read, issued) if g] == [0, 1, 2, 3, 4]
