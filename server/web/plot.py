"""The plot of a feed's days: bars of deliveries, the failed part marked, two grid lines. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 720.0, 132.0
GAP = 6.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: its place in px, the height of all deliveries and of the failed ones."""

    x: float
    width: float
    height: float
    failed: float
    day: str
    deliveries: int
    failures: int


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars, and grid lines as (y in px from the top, deliveries)."""

    bars: tuple[Bar, ...]
    grid: tuple[tuple[float, int], ...]
    width: float = WIDTH
    height: float = HEIGHT


def plot(days: Sequence[Mapping[str, Any]]) -> Plot | None:
    """None when nothing was delivered on any of the days."""
    most = max((day["deliveries"] for day in days), default=0)
    if not most:
        return None
    top = nice(most)
    step = WIDTH / len(days)
    gap = min(GAP, step / 3)
    bars = tuple(
        Bar(
            x=round(place * step, 2),
            width=round(step - gap, 2),
            height=round(day["deliveries"] / top * HEIGHT, 2),
            failed=round(day["failures"] / top * HEIGHT, 2),
            day=day["day"],
            deliveries=day["deliveries"],
            failures=day["failures"],
        )
        for place, day in enumerate(days)
    )
    marks = sorted({top, top // 2} - {0}, reverse=True)
    return Plot(bars, tuple((round(HEIGHT - mark / top * HEIGHT, 2), mark) for mark in marks))


def nice(count: int) -> int:
    """The next number that divides well: 2, 4, 6, 10, 20, 40, 60, 100 and so on."""
    scale = 1
    while True:
        for step in (2, 4, 6, 10):
            if step * scale >= count:
                return step * scale
        scale *= 10
