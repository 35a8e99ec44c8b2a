"""A short seeded run of `make fuzz`: hostile messages break nothing that reads messages."""

from __future__ import annotations

import resource
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.mutations import mutated
from tests.fuzz.oracle import Oracle
from tests.fuzz.seeds import seeds
from tests.fuzz.structures import messages

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

CASES = 750
MEMORY = 400 << 20
"""By which a run may grow, resident."""


@pytest.fixture(scope="module")
def oracle(schema_folder: SchemaFolder) -> Oracle:
    return Oracle(schema_folder)


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.timeout(600)
def test_changed_structures_break_nothing(oracle: Oracle) -> None:
    before, turn = peak(), 0

    @seed(20261121)
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(messages())
    def judged(data: bytes) -> None:
        nonlocal turn
        turn += 1
        oracle.judge(data, turn)

    judged()
    assert turn >= CASES
    assert peak() - before < MEMORY


@pytest.mark.timeout(600)
def test_changed_bytes_break_nothing(oracle: Oracle) -> None:
    chance, before = Random(20261121), peak()
    read = 0
    for turn in range(CASES):
        data = mutated(chance)
        try:
            read += oracle.judge(data, turn).message is not None
        except Exception as error:
            error.add_note(f"case {turn}: {data[:2_000]!r}")
            raise
    assert CASES // 5 < read < CASES
    assert peak() - before < MEMORY


def test_seeds_are_judged_in_every_way(oracle: Oracle) -> None:
    for each in seeds()[::3]:
        for turn in range(12):
            assert oracle.judge(each.data, turn).message is not None


def test_the_oracle_tells_what_broke() -> None:
    def gone(name: str) -> bytes:
        raise ZeroDivisionError(name)

    with pytest.raises(ZeroDivisionError):
        Oracle(gone).judge(seeds()[0].data)
