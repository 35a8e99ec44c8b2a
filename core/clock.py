"""Time is passed in, so that tests never sleep to wait for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(tz=UTC)  # noqa: TID251 - the one place that reads it


class ManualClock:
    """A clock that stands still until it is moved; shipped for tests and simulations."""

    def __init__(self, start: datetime) -> None:
        self.instant = start

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move forward (or back, to simulate skew)."""
        self.instant += by
