"""Failed logins of one address get slower and slower, and are forgotten."""

from __future__ import annotations

from ingest.doors.common.slowdown import Slowdown, SlowdownPolicy

POLICY = SlowdownPolicy(first=1.0, longest=5.0, memory=60.0)


def test_each_failure_doubles_up_to_the_longest() -> None:
    slow = Slowdown(POLICY)
    assert [slow.failed("a", now) for now in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert slow.failed("b", 5) == 1.0


def test_success_and_time_forget() -> None:
    slow = Slowdown(POLICY)
    slow.failed("a", 0)
    slow.succeeded("a")
    assert slow.failed("a", 1) == 1.0
    assert slow.failed("a", 100) == 1.0


def test_memory_is_bounded() -> None:
    slow = Slowdown(POLICY)
    slow.failed("first", 0)
    for number in range(10_000):
        slow.failed(str(number), 0)
    assert slow.failed("first", 1) == 1.0
