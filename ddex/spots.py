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
_FEW = 64
_STRETCH = 512
_STEP = re.compile(r"([^\[]*)(?:\[([0-9]{1,9})\])?")


class Spots:
    """Elements by their number from 1, in document order."""

    def __init__(self, data: bytes, root: etree._Element) -> None:
        self._data = data
        self._root = root
        self._finder = Pathfinder()
        self._ends: dict[tuple[int, int], int] = {}  # of lines, by the stretch they are in
        self._told: dict[str, etree._Element] = {}
        self._known: dict[int, etree._Element] = {}
        self._spots: dict[etree._Element, tuple[int, int]] = {}

    def line(self, ordinal: int) -> int:
        """1-based line of the start tag."""
        return self._spot(self._element(ordinal))[0]

    def xpath(self, ordinal: int) -> str:
        """Path of local names from the root, `[n]` where siblings share the name."""
        element = self._element(ordinal)
        path = self._finder.path(element)
        self._told[path] = element
        return path

    def find(self, xpath: str) -> tuple[int, int] | None:
        """1-based line and column of the start tag at a path; `[1]` may be left out."""
        above, _, last = xpath.rpartition("/")
        found = self._told.get(xpath)
        if found is None and above in self._told:
            found = _below(self._told[above], last)
        elif found is None:
            found = self._walked(xpath)
        return None if found is None else self._spot(found)

    def _walked(self, xpath: str) -> etree._Element | None:
        first, *steps = xpath.strip("/").split("/")
        if first.removesuffix("[1]") != local_name(self._root):
            return None
        found: etree._Element | None = self._root
        for step in steps:
            found = _below(found, step)
        return found

    def _element(self, ordinal: int) -> etree._Element:
        """By libxml2 while it is asked of few: a list of all takes longer."""
        found = self._known.get(ordinal)
        if found is None and len(self._known) < _FEW:
            found = self._root.xpath(f"(/descendant-or-self::*)[{ordinal:d}]")[0]
            self._known[ordinal] = found
        return self._elements[ordinal - 1] if found is None else found

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
    def _has_returns(self) -> bool:
        return b"\r" in self._bytes

    @cached_property
    def _offsets(self) -> list[int]:
        tags = _NO_TAGS.sub(lambda found: b" " * len(found[0]), self._bytes)
        return [found.start() for found in _START.finditer(tags)]

    def _spot(self, element: etree._Element) -> tuple[int, int]:
        found = self._spots.get(element)
        if found is None:
            found = self._alone(element)
            if found is None:
                found = self._counted(self._offsets[self._ordinals[element] - 1])
            self._spots[element] = found
        return found

    def _alone(self, element: etree._Element) -> tuple[int, int] | None:
        """The spot of an element that is alone in its line as libxml2 counted it."""
        number = element.sourceline or 0
        around = {
            each.sourceline for each in (_before(element), _after(element)) if each is not None
        }
        if number in around or not 0 < number < _MOST_LINES or self._has_returns:
            return None
        start = self._begin(number)
        if start is None:
            return None
        end = self._bytes.find(b"\n", start)
        line = self._bytes[start : end if end >= 0 else None]
        prefix = f"{element.prefix}:" if element.prefix else ""
        tag = f"<{prefix}{local_name(element)}".encode()
        if line.count(tag) != 1 or b"<!" in line or b"<?" in line:
            return None
        return number, len(line[: line.find(tag)].decode(errors="replace")) + 1

    def _begin(self, number: int) -> int | None:
        """The offset of a line by its number from 1, by halves: so the bytes are read twice."""
        if number == 1:
            return 0
        data, low, high, wanted = self._bytes, 0, len(self._bytes), number - 1
        while high - low > _STRETCH:
            middle = (low + high) // 2
            there = self._ends.get((low, middle))
            if there is None:
                there = self._ends[low, middle] = data.count(b"\n", low, middle)
            if there >= wanted:
                high = middle
            else:
                low, wanted = middle, wanted - there
        for _ in range(wanted):
            low = data.find(b"\n", low) + 1
            if low == 0:
                return None
        return low

    def _counted(self, offset: int) -> tuple[int, int]:
        before = self._bytes[:offset]
        if b"\r" in before:
            before = before.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        last = before[before.rfind(b"\n") + 1 :]
        return before.count(b"\n") + 1, len(last.decode(errors="replace")) + 1


def _before(element: etree._Element) -> etree._Element | None:
    """The element before it in document order."""
    found = element.getprevious()
    if found is None:
        return element.getparent()
    while len(found):
        found = found[-1]
    return found


def _after(element: etree._Element) -> etree._Element | None:
    """The element after it in document order."""
    if len(element):
        return element[0]
    above: etree._Element | None = element
    while above is not None:
        found = above.getnext()
        if found is not None:
            return found
        above = above.getparent()
    return None


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
