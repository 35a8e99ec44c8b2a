"""Path, line and column of each element of a small document, whose tree is there.

It answers as `ddex.positions.Positions` does, which reads big documents once more for it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from ddex.elements import Pathfinder, local_name
from ddex.positions import as_utf8

if TYPE_CHECKING:
    from lxml import etree

# In well-formed XML a `<` that is no tag stands in one of these.
_NO_TAGS = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_START = re.compile(rb"<[^/]")
_MOST_LINES = 65_535  # libxml2 counts no further
_STEP = re.compile(r"([^\[]*)(?:\[([0-9]{1,9})\])?")


class Spots:
    """Elements by their number from 1, in document order."""

    def __init__(self, data: bytes, root: etree._Element) -> None:
        self._data = data
        self._root = root
        self._finder = Pathfinder()
        self._told: dict[str, int] = {}
        self._spots: dict[int, tuple[int, int]] = {}

    def line(self, ordinal: int) -> int:
        """1-based line of the start tag."""
        return self._spot(ordinal)[0]

    def xpath(self, ordinal: int) -> str:
        """Path of local names from the root, `[n]` where siblings share the name."""
        path = self._finder.path(self._elements[ordinal - 1])
        self._told[path] = ordinal
        return path

    def find(self, xpath: str) -> tuple[int, int] | None:
        """1-based line and column of the start tag at a path; `[1]` may be left out."""
        told = self._told.get(xpath)
        if told is not None:
            return self._spot(told)
        first, *steps = xpath.strip("/").split("/")
        if first.removesuffix("[1]") != local_name(self._root):
            return None
        found: etree._Element | None = self._root
        for step in steps:
            found = _below(found, step)
            if found is None:
                return None
        return self._spot(self._ordinals[found]) if found is not None else None

    @cached_property
    def _elements(self) -> list[etree._Element]:
        return list(self._root.iter())

    @cached_property
    def _ordinals(self) -> dict[etree._Element, int]:
        return {element: number for number, element in enumerate(self._elements, 1)}

    @cached_property
    def _bytes(self) -> bytes:
        return b"".join(as_utf8(self._data))

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._bytes.split(b"\n")

    @cached_property
    def _offsets(self) -> list[int]:
        tags = _NO_TAGS.sub(lambda found: b" " * len(found[0]), self._bytes)
        return [found.start() for found in _START.finditer(tags)]

    def _spot(self, ordinal: int) -> tuple[int, int]:
        found = self._spots.get(ordinal)
        if found is None:
            offset = self._alone(ordinal) or self._offsets[ordinal - 1]
            found = self._spots[ordinal] = self._counted(offset)
        return found

    def _alone(self, ordinal: int) -> int | None:
        """The offset of an element that is alone in its line as libxml2 counted it."""
        around = self._elements[max(0, ordinal - 2) : ordinal + 1]
        lines = [each.sourceline or 0 for each in around]
        element = self._elements[ordinal - 1]
        number = element.sourceline or 0
        if lines.count(number) > 1 or number >= _MOST_LINES or b"\r" in self._bytes:
            return None
        line = self._lines[number - 1 : number]
        prefix = f"{element.prefix}:" if element.prefix else ""
        tag = f"<{prefix}{local_name(element)}".encode()
        if not line or line[0].count(tag) != 1 or b"<!" in line[0] or b"<?" in line[0]:
            return None
        return sum(map(len, self._lines[: number - 1])) + number - 1 + line[0].find(tag)

    def _counted(self, offset: int) -> tuple[int, int]:
        before = self._bytes[:offset]
        if b"\r" in before:
            before = before.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        last = before[before.rfind(b"\n") + 1 :]
        return before.count(b"\n") + 1, len(last.decode(errors="replace")) + 1


def _below(parent: etree._Element | None, step: str) -> etree._Element | None:
    named = _STEP.fullmatch(step)
    if parent is None or named is None:
        return None
    name, number = named[1], int(named[2] or 1)
    for child in parent:
        number -= local_name(child) == name
        if number == 0:
            return child
    return None
