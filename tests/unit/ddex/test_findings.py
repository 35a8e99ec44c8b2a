"""Findings: folding, what is left out, JSON, and texts that are safe to show."""

from __future__ import annotations

import tracemalloc

from hypothesis import given, strategies as st

from ddex.choreography.answers import STATUSES
from ddex.ern.rules import all_rules
from ddex.findings import LEFT_OUT, LISTED, Finding, Outcome, Severity, clip, fold, outcome
from ddex.others import RULES


def finding(
    message: str = "m",
    severity: Severity = Severity.WARN,
    *,
    code: str = "ERN-1702",
    count: int = 1,
) -> Finding:
    return Finding(
        code=code,
        rule=17,
        severity=severity,
        ack_status="",
        message=message,
        remedy="r",
        count=count,
    )


def test_the_same_finding_is_counted_at_its_first_place() -> None:
    found = fold([finding("a"), finding("b"), finding("a"), finding("a", count=3)])
    assert [(each.message, each.count) for each in found] == [("a", 5), ("b", 1)]


def test_the_worst_are_kept_in_document_order_and_the_rest_is_counted() -> None:
    warnings = [finding(str(number)) for number in range(10)]
    late = finding("late", Severity.REJECT)
    found = fold([*warnings, late], limit=5)
    assert [each.message for each in found[:4]] == ["0", "1", "2", "late"]
    assert found[4].code == LEFT_OUT.code
    assert found[4].count == 7
    assert "7 more" in found[4].message
    assert outcome(found) is Outcome.REJECT


def test_as_many_as_there_is_room_for_are_all_listed() -> None:
    found = fold([finding(str(number)) for number in range(5)], limit=5)
    assert [each.message for each in found] == ["0", "1", "2", "3", "4"]


def test_folding_twice_says_the_same() -> None:
    once = fold([finding(str(number)) for number in range(LISTED + 500)])
    assert len(once) == LISTED
    assert once[-1].count == 501
    assert fold(once) == once
    more = fold((*once, finding("one more")))
    assert len(more) == LISTED
    assert more[-1].count == 502


def test_memory_is_bounded_by_what_is_listed() -> None:
    tracemalloc.start()
    found = fold(finding(str(number)) for number in range(50_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found[-1].count == 50_000 - LISTED + 1
    assert peak < 5 << 20


@given(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(list(Severity))), max_size=60),
    st.integers(2, 20),
)
def test_nothing_is_lost_silently(made: list[tuple[int, Severity]], limit: int) -> None:
    found = fold([finding(str(n), severity) for n, severity in made], limit=limit)
    assert len(found) <= limit
    listed = [each for each in found if each.code != LEFT_OUT.code]
    left_out = sum(each.count for each in found if each.code == LEFT_OUT.code)
    if not left_out:
        assert sum(each.count for each in found) == len(made)
    else:
        assert len(listed) == limit - 1
    worst = min((list(Severity).index(s) for _, s in made), default=None)
    if worst is not None:
        assert any(list(Severity).index(each.severity) == worst for each in listed)


def test_findings_survive_json() -> None:
    found = finding("x", Severity.HOLD, count=3)
    assert Finding.from_json(found.to_json()) == found


def test_values_are_cut_and_made_printable() -> None:
    assert clip("a" * 300) == "a" * 199 + "…"
    assert clip("a\x00b\u202ec") == "a\ufffdb\ufffdc"
    assert clip("\ud800") == "\ufffd"


def test_what_refuses_or_holds_can_be_told_in_an_acknowledgement() -> None:
    for rule in (*RULES, *all_rules()):
        known = STATUSES if rule.severity is not Severity.WARN else STATUSES | {"", "FileOK"}
        assert rule.ack_status in known, rule.code
