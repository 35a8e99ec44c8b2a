"""Clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.clock import ManualClock, system_clock


def test_a_manual_clock_stands_until_moved() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock() == clock() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.advance(timedelta(hours=1))
    clock.advance(timedelta(minutes=-30))
    assert clock() == datetime(2026, 1, 1, 0, 30, tzinfo=UTC)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert system_clock().utcoffset() == timedelta(0)
