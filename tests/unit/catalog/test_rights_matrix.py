"""Verdicts on hand-written cases, and an oracle that reads the rules one after the other."""

from __future__ import annotations

import pytest

from tests.unit.catalog import matrix_terms, matrix_times
from tests.unit.catalog.rights_cases import Case, ask, mismatches

CASES = [*matrix_terms.CASES, *matrix_times.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict(case: Case) -> None:
    assert mismatches(case, ask(case)) == []


def test_the_matrix_is_large_and_says_nothing_twice() -> None:
    questions = {(case.deals, case.question, case.policy) for case in CASES}
    assert len(questions) == len(CASES) >= 200
