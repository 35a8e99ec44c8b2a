"""The reference of `bench/rights.py` and what it measures give the same answers."""

from __future__ import annotations

import random
import sys
from importlib import import_module

import pytest  # noqa: TC002 - fixtures are typed at run time

from tests.fixtures.environment import REPOSITORY


def test_both_sides_of_the_benchmark_decide_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["the folder of the script", str(REPOSITORY), *sys.path])
    bench = import_module("bench.rights")
    draw = random.Random(1)  # noqa: S311 - the same each time
    releases = {f"release-{n:05}": bench._terms(draw, n) for n in range(50)}
    book, policy = bench.RightsBook(), bench.RightsPolicy()
    for digest, terms in releases.items():
        book.read(digest, policy, lambda said=terms: said)
    questions = [bench._question(draw, 50) for _ in range(2000)]
    heard = bench._decide(book, policy, questions)
    assert heard == bench._read(releases, questions)
    assert 200 < heard < 1800
