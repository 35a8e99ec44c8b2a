"""Plots of days: bars with a part of each marked, or with a line beside them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 720.0, 150.0
GAP = 6.0
LABELS = 7
IN_A_MONTH = {1, 7, 14, 21, 28}
"""Days that are named where a plot shows days of one month."""
FENCE, APART = 1.5, 1.25
"""An outlier is beyond the third quartile by so many interquartile ranges (Tukey, 1977), and above
it by this factor where days hardly differ."""
ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Day:
    """A day (ISO 8601): its figure, another one to set beside it (None: there is none), and the
    words for both."""

    day: str
    figure: int
    other: int | None = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A day as drawn, in px: its place, its height and that of its marked part."""

    x: float
    width: float
    height: float
    part: float | None
    day: str
    figure: int
    words: str
    peak: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars; `line` through the other figures, as points of a polyline; grid as (y from the top,
    figure); labels as (x, text)."""

    bars: tuple[Bar, ...]
    line: str
    grid: tuple[tuple[float, int], ...]
    labels: tuple[tuple[float, str], ...]
    width: float
    height: float = HEIGHT

    @property
    def peak(self) -> Bar | None:
        """The day that stands out, if one does."""
        return next((bar for bar in self.bars if bar.peak), None)


def plot(days: Sequence[Day], width: float = WIDTH) -> Plot | None:
    """None when there is nothing to draw; `width` in px."""
    most = max((max(day.figure, day.other or 0) for day in days), default=0)
    if most <= 0:
        return None
    top, step = nice(most), width / len(days)
    gap = min(GAP, step / 3)
    far = outlier([day.figure for day in days])

    def tall(figure: int) -> float:
        return round(max(figure, 0) / top * HEIGHT, 2)

    bars = tuple(
        Bar(
            x=round(place * step, 2),
            width=round(step - gap, 2),
            height=tall(day.figure),
            part=None if day.other is None else tall(day.other),
            day=day.day,
            figure=day.figure,
            words=day.words,
            peak=place == far,
        )
        for place, day in enumerate(days)
    )
    marks = sorted({top, top // 2} - {0}, reverse=True)
    return Plot(
        bars=bars,
        line=" ".join(
            f"{_middle(bar):.1f},{HEIGHT - bar.part:.1f}" for bar in bars if bar.part is not None
        ),
        grid=tuple((round(HEIGHT - mark / top * HEIGHT, 2), mark) for mark in marks),
        labels=tuple((_middle(bars[place]), text) for place, text in _labels(days)),
        width=width,
    )


def nice(count: int) -> int:
    """The next number that divides well: 2, 4, 6, 10, 20, 40, 60, 100 and so on."""
    scale = 1
    while True:
        for step in (2, 4, 6, 10):
            if step * scale >= count:
                return step * scale
        scale *= 10


def outlier(figures: Sequence[int]) -> int | None:
    """The place of the highest figure, if it is far above what is usual among them."""
    if sum(1 for figure in figures if figure > 0) < ENOUGH:
        return None
    low, _, high = quantiles(figures, method="inclusive")
    fence = max(high + FENCE * (high - low), APART * high)
    highest = max(range(len(figures)), key=figures.__getitem__)
    return highest if figures[highest] > fence else None


def _middle(bar: Bar) -> float:
    return round(bar.x + bar.width / 2, 1)


def _labels(days: Sequence[Day]) -> list[tuple[int, str]]:
    """(place, text): numbers within a month, else a few days with their months."""
    found = [date.fromisoformat(day.day) for day in days]
    last = len(found) - 1
    if (found[0].year, found[0].month) == (found[-1].year, found[-1].month):
        if last < LABELS:
            return [(place, str(day.day)) for place, day in enumerate(found)]
        close = {place for place in range(last - 1, last) if found[place].day in IN_A_MONTH}
        return [
            (place, str(day.day))
            for place, day in enumerate(found)
            if place in {0, last} or (day.day in IN_A_MONTH and place not in close)
        ]
    step = -(-len(found) // LABELS)
    return [(place, f"{found[place].day} {found[place]:%b}") for place in range(0, last + 1, step)]
