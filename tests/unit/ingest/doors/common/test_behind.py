"""How much of one upload may wait, beside others that come or are still to come."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from ingest.doors.common.behind import CEILING, Writers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def writers() -> Iterator[Writers]:
    with Writers("test", 1) as made:
        yield made


def test_one_has_the_most(writers: Writers) -> None:
    assert writers.ceiling() == CEILING


def test_a_crowd_that_is_still_at_the_gate_leaves_the_first_no_more(writers: Writers) -> None:
    with ExitStack() as crowd:
        for _ in range(200):
            crowd.enter_context(writers.awaiting())
        among = writers.ceiling()
        for _ in range(100_000):
            crowd.enter_context(writers.awaiting())
        assert writers.ceiling() == 1 << 18, "each may have so much"
        gate = [writers.at_the_gate]
    gate.append(writers.at_the_gate)
    assert gate == [True, False]
    assert among < CEILING // 6
    assert writers.ceiling() == CEILING
