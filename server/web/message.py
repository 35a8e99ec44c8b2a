"""A delivery's XML cut into what an operator needs to see: marked places, the rest folded. Pure.

The XML may be large and is hostile: only lines around findings are decoded, each is cut to a
window around its fault, and what draws nothing is made visible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ddex import source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AROUND = 5
LINE_KEPT = 400
LEFT_KEPT = 120
FOLD_SHOWN = 400
FOLDS_SHOWN = 2_000
"""Lines of all folds together; the whole file is one click away."""
PLACES = 200

ORDER = {"reject": 0, "hold": 1, "warn": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """One line, its number from 1, and the numbered findings that stand on it."""

    number: int
    text: str
    marks: tuple[Mapping[str, Any], ...] = ()
    spot: tuple[int, int] = (0, 0)

    def parts(self) -> tuple[str, str, str]:
        """The text before, in and after the place that the first finding speaks of."""
        if not self.marks:
            return self.text, "", ""
        start, end = self.spot
        return self.text[:start], self.text[start:end], self.text[end:]


@dataclass(frozen=True, slots=True)
class Part:
    """A run of lines that are shown, or that are folded away."""

    folded: bool
    count: int
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark in the strip beside the message: how far down (0-100), and which finding."""

    at: float
    mark: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Marked:
    """The message as shown and folded parts, and the strip of its marks."""

    parts: list[Part]
    ticks: list[Tick]
    total: int


def numbered(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The findings in their order: errors, held, warnings, each as in the file; with numbers."""
    ranked = sorted(
        findings,
        key=lambda one: (ORDER.get(str(one.get("severity")), 3), one.get("line") or 1 << 30),
    )
    return [{**one, "number": at} for at, one in enumerate(ranked, start=1)]


def marked(xml: bytes, findings: Sequence[Mapping[str, Any]]) -> Marked:
    """The message around the findings. Those elsewhere than in it are left out."""
    total = source.count(xml)
    places: dict[int, list[Mapping[str, Any]]] = {}
    for one in findings:
        number = int(one.get("line") or 0)
        if 1 <= number <= total and (number in places or len(places) < PLACES):
            places.setdefault(number, []).append(one)
    runs = _runs(places, total)
    texts = source.lines(xml, {n for _, shown in runs for n in shown})
    parts = [
        Part(
            folded=folded,
            count=len(numbers),
            lines=[_line(n, texts.get(n, ""), tuple(places.get(n, ()))) for n in shown],
        )
        for (folded, numbers), shown in runs
    ]
    ticks = [
        Tick(100 * (number - 1) / max(total, 1), marks[0])
        for number, marks in sorted(places.items())
    ]
    return Marked(parts, ticks, total)


def _runs(places: Mapping[int, object], total: int) -> list[tuple[tuple[bool, range], range]]:
    """Runs of lines as (folded, its numbers) with the numbers of it that are kept."""
    around = [(max(at - AROUND, 1), min(at + AROUND, total)) for at in sorted(places)]
    runs: list[tuple[bool, range]] = []
    reached = 1
    for start, end in around or [(1, min(2 * AROUND + 1, total))]:
        if start > reached:
            runs.append((start - reached > 1, range(reached, start)))
        if end >= reached:
            runs.append((False, range(max(start, reached), end + 1)))
        reached = max(reached, end + 1)
    if reached <= total:
        runs.append((total > reached, range(reached, total + 1)))
    left = FOLDS_SHOWN
    kept = []
    for folded, numbers in runs:
        shown = numbers[: min(FOLD_SHOWN, left)] if folded else numbers
        left -= len(shown) if folded else 0
        kept.append(((folded, numbers), shown))
    return kept


def _line(number: int, text: str, marks: tuple[Mapping[str, Any], ...]) -> Line:
    if not marks:
        return Line(number, source.shown(text[:LINE_KEPT]) + ("…" if text[LINE_KEPT:] else ""))
    first = marks[0]
    start, end = source.span(text, int(first.get("column") or 0), str(first.get("value") or ""))
    begin = max(start - LEFT_KEPT, 0) if len(text) > LINE_KEPT else 0
    stop = begin + LINE_KEPT
    before, after = "…" if begin else "", "…" if text[stop:] else ""
    shift = len(before) - begin
    end = min(end, stop)
    cut = before + source.shown(text[begin:stop]) + after
    return Line(number, cut, marks, (start + shift, end + shift))
