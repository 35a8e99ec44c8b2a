"""A delivery's XML cut into what an operator needs to see: marked places, the rest folded. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AROUND = 5
LINE_KEPT = 400
FOLD_SHOWN = 400

ORDER = {"reject": 0, "hold": 1, "warn": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """One line, its number from 1, and the numbered findings that stand on it."""

    number: int
    text: str
    marks: tuple[Mapping[str, Any], ...] = ()

    def parts(self) -> tuple[str, str, str]:
        """The text before, in and after the value that a finding speaks of."""
        for mark in self.marks:
            before, value, after = self.text.partition(str(mark.get("value") or "\0"))
            if value:
                return before, value, after
        return self.text, "", ""


@dataclass(frozen=True, slots=True)
class Part:
    """A run of lines that are shown, or that are folded away."""

    folded: bool
    count: int
    lines: list[Line] = field(default_factory=list)


def numbered(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The findings in their order: errors, held, warnings, each as in the file; with numbers."""
    ranked = sorted(
        findings,
        key=lambda one: (ORDER.get(str(one.get("severity")), 3), one.get("line") or 1 << 30),
    )
    return [{**one, "number": at} for at, one in enumerate(ranked, start=1)]


def marked(xml: bytes, findings: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The message as shown and folded parts. Findings elsewhere than in it are left out."""
    texts = xml.decode("utf-8", "replace").splitlines()
    places: dict[int, list[Mapping[str, Any]]] = {}
    for one in findings:
        number = int(one.get("line") or 0)
        if 1 <= number <= len(texts):
            places.setdefault(number, []).append(one)
    shown = {
        number
        for place in places or {AROUND + 1: []}
        for number in range(place - AROUND, place + AROUND + 1)
    }
    lines = [
        Line(number, text[:LINE_KEPT], tuple(places.get(number, ())))
        for number, text in enumerate(texts, start=1)
    ]
    return _parts(lines, shown)


def _parts(lines: list[Line], shown: set[int]) -> list[Part]:
    parts: list[Part] = []
    start = 0
    while start < len(lines):
        folded = lines[start].number not in shown
        end = start
        while end < len(lines) and (lines[end].number not in shown) == folded:
            end += 1
        run = lines[start:end]
        kept = run[:FOLD_SHOWN] if folded else run
        parts.append(Part(folded and len(run) > 1, len(run), kept))
        start = end
    return parts
