from __future__ import annotations

import json

import pytest  # noqa: TC002 - fixtures are typed at run time

from bench import _common
from core.errors import PartMissing


def test_pairs_are_measured_in_turn_and_matched() -> None:
    calls: list[str] = []

    def ours() -> float:
        calls.append("ours")
        return 3.0

    def reference() -> float:
        calls.append("reference")
        return 2.0

    pairs = _common.measured_in_turn(ours, reference, pairs=3)
    assert calls == ["ours", "reference", "reference", "ours", "ours", "reference"]
    assert (pairs.ours, pairs.reference, pairs.ratio) == ([3.0] * 3, [2.0] * 3, 1.5)


def test_the_ratio_is_the_median_of_the_pairs_not_of_the_sides() -> None:
    pairs = _common.Pairs(ours=[1.0, 9.0, 4.0], reference=[1.0, 3.0, 8.0])
    assert pairs.ratio == 1.0
    assert pairs.figures("seconds")["ours_seconds"] == 4.0


def test_the_answer_is_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    found = _common.report("x", "y", {"x": 1.0}, {"n": 2})
    assert _common.answer(lambda: found, ["--json"]) == 0
    assert json.loads(capsys.readouterr().out) == found


def test_a_missing_part_is_named_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> dict[str, object]:
        raise PartMissing("no wrk", remedy="apt-get install wrk")

    assert _common.answer(missing, []) == 1
    assert "apt-get install wrk" in capsys.readouterr().err
