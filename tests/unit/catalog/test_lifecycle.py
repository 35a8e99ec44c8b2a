"""The states of deliveries: one table, and one function that keeps to it."""

from __future__ import annotations

import itertools

import pytest

from catalog.lifecycle import ACCEPTED, DELIVERY, MEANING, SETTLED, DeliveryState, move
from catalog.models import Delivery
from core.errors import Conflict

PAIRS = list(itertools.product(DeliveryState, repeat=2))


def test_every_state_has_its_row_and_its_meaning() -> None:
    assert set(DELIVERY) == set(DeliveryState) == set(MEANING)
    assert all(text.endswith(".") for text in MEANING.values())
    assert len(set(MEANING.values())) == len(MEANING)


def test_every_state_can_be_reached_from_the_first() -> None:
    reached, todo = set(), {DeliveryState.INCOMPLETE}
    while todo:
        reached |= todo
        todo = {after for state in todo for after in DELIVERY[state]} - reached
    assert reached == set(DeliveryState)


def test_what_is_incomplete_can_only_become_complete() -> None:
    assert DELIVERY[DeliveryState.INCOMPLETE] == {DeliveryState.RECEIVED}
    assert all(DeliveryState.INCOMPLETE not in after for after in DELIVERY.values())


def test_every_state_that_is_at_work_can_end_and_fail() -> None:
    for state in set(DeliveryState) - SETTLED - {DeliveryState.INCOMPLETE}:
        assert DELIVERY[state], f"{state} is a dead end"
        assert DeliveryState.FAILED in DELIVERY[state]


def test_what_is_accepted_never_runs_again() -> None:
    assert ACCEPTED < SETTLED
    for state in ACCEPTED:
        assert DELIVERY[state] <= ACCEPTED
    for state in SETTLED - ACCEPTED:
        again = DELIVERY[state] - {DeliveryState.REFUSED}
        assert again == {DeliveryState.RECEIVED}, "only another try, or an operator's refusal"


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_move_keeps_to_the_table(before: DeliveryState, after: DeliveryState) -> None:
    delivery = Delivery(id="dlv_1", state=str(before))
    if after == before or after in DELIVERY[before]:
        move(delivery, after)
        assert delivery.state == after
    else:
        with pytest.raises(Conflict, match=f"dlv_1 is {before}.*{after}"):
            move(delivery, after)
        assert delivery.state == before
