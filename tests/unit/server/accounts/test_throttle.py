"""Guessing passwords takes time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import ManualClock
from server.accounts.throttle import PER_ADDRESS, PER_NAME, REMEMBERED, Throttle
from server.errors import Throttled


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, tzinfo=UTC))


def test_one_name_is_closed_and_opens_again(clock: ManualClock) -> None:
    throttle = Throttle(clock)
    for _ in range(PER_NAME):
        throttle.check("1.2.3.4", "ada")
        throttle.failed("1.2.3.4", "ada")
    with pytest.raises(Throttled) as refused:
        throttle.check("1.2.3.4", "ada")
    assert refused.value.retry_after == 300
    throttle.check("1.2.3.4", "eve")
    throttle.check("5.6.7.8", "ada")
    clock.advance(timedelta(seconds=300))
    throttle.check("1.2.3.4", "ada")


def test_many_names_of_one_address_are_closed_too(clock: ManualClock) -> None:
    throttle = Throttle(clock)
    for number in range(PER_ADDRESS):
        throttle.failed("1.2.3.4", f"name{number}")
    with pytest.raises(Throttled):
        throttle.check("1.2.3.4", "another")


def test_success_forgives_the_name_and_not_the_address(clock: ManualClock) -> None:
    throttle = Throttle(clock)
    for _ in range(PER_ADDRESS):
        throttle.failed("1.2.3.4", "eve")
        throttle.succeeded("1.2.3.4", "eve")
    with pytest.raises(Throttled):
        throttle.check("1.2.3.4", "eve")


def test_memory_is_bounded(clock: ManualClock) -> None:
    throttle = Throttle(clock)
    for number in range(REMEMBERED):
        throttle.failed(f"address{number}", "ada")
    assert len(throttle._counts) == REMEMBERED
