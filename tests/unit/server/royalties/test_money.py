"""Money is split without loss."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from server.royalties.money import split


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("100", [1, 1, 2], ["25", "25", "50"]),
        ("0.000001", [1, 1], ["0.000001", "0"]),
        ("1", [1, 1, 1], ["0.333334", "0.333333", "0.333333"]),
        ("10", [0, 3], ["0", "10"]),
        ("0", [0, 0], ["0", "0"]),
        ("0", [1], ["0"]),
        ("5", [], []),
    ],
)
def test_split(amount: str, weights: list[int], parts: list[str]) -> None:
    keys = [str(number) for number in range(len(weights))]
    assert split(Decimal(amount), weights, keys) == [Decimal(part) for part in parts]


def test_ties_go_to_the_smaller_key() -> None:
    assert split(Decimal("0.000001"), [1, 1], ["b", "a"]) == [Decimal(0), Decimal("0.000001")]


@pytest.mark.parametrize(("amount", "weights"), [("0.0000001", [1]), ("1", [1, -2])])
def test_what_can_not_be_split(amount: str, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="split"):
        split(Decimal(amount), weights, ["a", "b"])


@given(
    st.decimals(0, 10**11, places=6),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any),
)
def test_parts_add_up_and_are_fair(amount: Decimal, weights: list[int]) -> None:
    parts = split(amount, weights, [f"{number:03}" for number in range(len(weights))])
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / sum(weights)) < Decimal("0.000002")


def test_reversals_take_money_back() -> None:
    assert split(Decimal(100), [3, -1], ["a", "b"]) == [Decimal(150), Decimal(-50)]
