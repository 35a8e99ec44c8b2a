"""Lines and columns of elements, by one more pass over the bytes.

libxml2 keeps neither columns nor, for most callers, lines beyond 65,535; so places are told by path
or by number while a document is read, and turned into lines only for the few that are shown.
"""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_CHUNK = 1 << 18
_MOST_NAMES = 65_535
_DECLARED = re.compile(rb"""<\?xml[^>]{1,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def guess_encoding(data: bytes) -> str:
    """Name of a Python codec for these bytes, by mark, by zero bytes, by declaration."""
    if data.startswith((codecs.BOM_UTF16_LE, b"<\0")):
        return "utf-16-le"
    if data.startswith((codecs.BOM_UTF16_BE, b"\0<")):
        return "utf-16-be"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    declared = _DECLARED.match(data)
    try:
        return codecs.lookup(declared[1].decode()).name if declared else "utf-8"
    except LookupError:
        return "utf-8"


def as_utf8(data: bytes) -> Iterator[bytes]:
    """The document in pieces of UTF-8, without a mark; what it declares does not hold any more."""
    encoding = guess_encoding(data)
    if encoding in {"utf-8", "ascii"}:
        for start in range(0, len(data), _CHUNK):
            yield data[start : start + _CHUNK]
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for start in range(0, len(data), _CHUNK):
        text = decoder.decode(data[start : start + _CHUNK])
        yield (text.removeprefix("\ufeff") if start == 0 else text).encode(errors="replace")


def walk(
    pieces: Iterable[bytes],
    start: Callable[[expat.XMLParserType, str], None],
    end: Callable[[], None] | None = None,
) -> None:
    """Call `start` with parser and local name for each element; ends early on broken bytes."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def begin(tag: str, _attributes: list[str]) -> None:
        start(parser, tag.rpartition(":")[2])

    parser.ordered_attributes = True
    parser.StartElementHandler = begin
    if end is not None:
        parser.EndElementHandler = lambda _tag: end()
    try:
        for piece in pieces:
            parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003 - the C function takes no names
    except (expat.ExpatError, LookupError, ValueError, _Enough):
        return


class _Enough(Exception):
    """All that was looked for is found."""


class Positions:
    """Path, line and column of each element of a document by its number from 1.

    At the first question the outer elements are found, down to the entries of lists; at the first
    one about an entry, what is in it. So a big document costs little memory.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._bytes = b""
        self._outer: _Table | None = None
        self._inner: dict[int, _Table] = {}

    def line(self, ordinal: int) -> int:
        """1-based line of the start tag, 0 when unknown."""
        table, row, above = self._at(ordinal)
        return table.spot(row)[0] if above is None else _below(above, table.spot(row))[0]

    def xpath(self, ordinal: int) -> str:
        """Path of local names from the root, `[n]` where siblings share the name."""
        table, row, above = self._at(ordinal)
        if above is None or row == 0:
            return table.path(row)
        outer = self._read()
        entry = outer.row(ordinal)
        return outer.path(entry) + "/" + table.path(row).partition("/")[2].partition("/")[2]

    def find(self, xpath: str) -> tuple[int, int] | None:
        """1-based line and column of the start tag at a path; `[1]` may be left out."""
        table, row = self._read(), 0
        above: tuple[int, int] | None = None
        for step in xpath.strip("/").split("/"):
            if above is None and table.depths[row] == _OUTER:
                above = table.spot(row)
                table, row = self._entry(row), 1
            below = table.below(row)
            found = below.get(step) or below.get(step[:-3] if step[-3:] == "[1]" else step + "[1]")
            if found is None:
                return None
            row = found
        if row == 0:
            return None
        return table.spot(row) if above is None else _below(above, table.spot(row))

    def _at(self, ordinal: int) -> tuple[_Table, int, tuple[int, int] | None]:
        """The table that knows an element, its row there, and where that table's first row is."""
        outer = self._read()
        row = outer.row(ordinal)
        inside = ordinal - outer.ordinals[row]
        if inside == 0 or outer.depths[row] < _OUTER:
            return outer, row if inside == 0 else 0, None
        table = self._entry(row)
        return table, inside + 1 if inside + 1 < len(table.parents) else 0, outer.spot(row)

    def _read(self) -> _Table:
        if self._outer is None:
            plain = guess_encoding(self._data) in {"utf-8", "ascii"}
            self._bytes = self._data if plain else b"".join(as_utf8(self._data))
            self._outer = _Table(_OUTER)
            walk(_stretches(self._bytes, 0), self._outer.start, self._outer.end)
        return self._outer

    def _entry(self, row: int) -> _Table:
        if row not in self._inner:
            if len(self._inner) > _KEPT:
                self._inner.clear()
            table = _Table(None)
            start = self._read().offsets[row]
            walk(_stretches(self._bytes, start), table.start, table.end_of_entry)
            self._inner[row] = table
        return self._inner[row]


_OUTER = 3
"""Depth of the entries of lists."""
_KEPT = 64


def _stretches(data: bytes, start: int) -> Iterator[bytes]:
    step = _CHUNK if start == 0 else 1 << 12
    for at in range(start, len(data), step):
        yield data[at : at + step]


def _below(above: tuple[int, int], spot: tuple[int, int]) -> tuple[int, int]:
    """A spot of a fragment, seen from the document that it is part of."""
    line, column = spot
    if line == 0:
        return spot
    return above[0] + line - 1, column + above[1] - 1 if line == 1 else column


class _Table:
    """Columns of what is known of elements to some depth; the first row stands for the document."""

    def __init__(self, deepest: int | None) -> None:
        self.parents = array("I", [0])
        self.depths = array("H", [0])
        self.ordinals = array("I", [0])
        self.offsets = array("I", [0])
        self._names = array("H", [0])
        self._lines = array("I", [0])
        self._columns = array("I", [0])
        self._name_of: list[str] = [""]
        self._number_of: dict[str, int] = {"": 0}
        self._open = [0]
        self._depth = self._seen = 0
        self._deepest = _DEEPEST if deepest is None else deepest
        self._steps: dict[int, dict[int, str]] = {}
        self._below: dict[int, dict[str, int]] = {}

    def start(self, parser: expat.XMLParserType, name: str) -> None:
        self._depth += 1
        self._seen += 1
        if self._depth > self._deepest:
            return
        number = self._number_of.get(name)
        if number is None:
            number = len(self._name_of)
            if number > _MOST_NAMES:
                raise _Enough
            self._number_of[name] = number
            self._name_of.append(name)
        self._names.append(number)
        self.parents.append(self._open[-1])
        self._open.append(len(self.ordinals))
        self.depths.append(self._depth)
        self.ordinals.append(self._seen)
        self.offsets.append(parser.CurrentByteIndex)
        self._lines.append(parser.CurrentLineNumber)
        self._columns.append(parser.CurrentColumnNumber + 1)

    def end(self) -> None:
        if self._depth <= self._deepest:
            self._open.pop()
        self._depth -= 1

    def end_of_entry(self) -> None:
        """As `end`; the first element's end is that of what is read."""
        self.end()
        if self._depth == 0:
            raise _Enough

    def row(self, ordinal: int) -> int:
        """The row of the element, or of the last one before it that has a row."""
        return bisect_right(self.ordinals, ordinal) - 1

    def spot(self, row: int) -> tuple[int, int]:
        """Line and column."""
        return self._lines[row], self._columns[row]

    def path(self, row: int) -> str:
        """Path from the first element."""
        steps: list[str] = []
        while row:
            parent = self.parents[row]
            steps.append(self.steps(parent)[row])
            row = parent
        return "/" + "/".join(reversed(steps)) if steps else ""

    def below(self, parent: int) -> dict[str, int]:
        """Rows of the children by the last step of their paths."""
        known = self._below.get(parent)
        if known is None:
            known = {step: child for child, step in self.steps(parent).items()}
            self._below[parent] = known
        return known

    def steps(self, parent: int) -> dict[int, str]:
        """The last step of the path of each child."""
        known = self._steps.get(parent)
        if known is not None:
            return known
        children = []
        for at in range(parent + 1, len(self.parents)):
            if self.parents[at] < parent:  # what is below stands behind it
                break
            if self.parents[at] == parent:
                children.append(at)
        totals = Counter(self._names[child] for child in children)
        seen: Counter[int] = Counter()
        steps = self._steps[parent] = {}
        for child in children:
            number = self._names[child]
            seen[number] += 1
            name = self._name_of[number]
            steps[child] = f"{name}[{seen[number]}]" if totals[number] > 1 else name
        return steps


_DEEPEST = 10_000


def root_line(data: bytes) -> int:
    """The line of the root's start tag, 1 when unknown."""
    found: list[int] = []

    def start(parser: expat.XMLParserType, _name: str) -> None:
        found.append(parser.CurrentLineNumber)
        raise _Enough

    walk(as_utf8(data), start)
    return found[0] if found else 1


def locate(data: bytes, xpaths: Iterable[str]) -> dict[str, tuple[int, int]]:
    """1-based line and column of the start tag of each path (`[1]` may be left out).

    Paths that are not there, or behind a break in the bytes, are left out.
    """
    wanted = {path for path in xpaths if path}
    if not wanted:
        return {}
    positions = Positions(data)
    found = {path: positions.find(path) for path in wanted}
    return {path: spot for path, spot in found.items() if spot}
