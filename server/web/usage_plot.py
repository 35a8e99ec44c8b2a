"""Plots of usage: bars of plays with the listeners as a line, and shares as bars. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.web.plot import GAP, WIDTH, nice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEIGHT = 160.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: its place in px, the height of its plays, and what it says."""

    x: float
    width: float
    height: float
    day: str
    plays: int
    listeners: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Bars; `line` the points of the listeners, for a polyline; grid as (y from the top, plays)."""

    bars: tuple[Bar, ...]
    line: str
    grid: tuple[tuple[float, int], ...]
    width: float = WIDTH
    height: float = HEIGHT


def trend(days: Sequence[Mapping[str, Any]]) -> Trend | None:
    """None when nothing was heard on any of the days."""
    most = max((day["plays"] for day in days), default=0)
    if most <= 0:
        return None
    top, step = nice(most), WIDTH / len(days)
    gap = min(GAP, step / 3)
    bars, points = [], []
    for place, day in enumerate(days):
        bars.append(
            Bar(
                x=round(place * step, 2),
                width=round(step - gap, 2),
                height=round(max(day["plays"], 0) / top * HEIGHT, 2),
                day=day["day"],
                plays=day["plays"],
                listeners=day["listeners"],
            )
        )
        y = HEIGHT - min(day["listeners"], top) / top * HEIGHT
        points.append(f"{place * step + (step - gap) / 2:.1f},{y:.1f}")
    marks = sorted({top, top // 2} - {0}, reverse=True)
    grid = tuple((round(HEIGHT - mark / top * HEIGHT, 2), mark) for mark in marks)
    return Trend(tuple(bars), " ".join(points), grid)


def change(now: float | None, before: float | None) -> str:
    """How a figure moved, such as `+12%` or `no change`; empty where that says nothing."""
    if not now or not before:
        return ""
    moved = round(100 * (now - before) / before)
    if not moved:
        return "no change"
    return f"{'+' if moved > 0 else '−'}{abs(moved):,}%"  # noqa: RUF001 - the sign, as figures have it
