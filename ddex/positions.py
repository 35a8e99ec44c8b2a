"""Lines and columns of elements, by one more pass over the bytes.

libxml2 keeps neither columns nor, for most callers, lines beyond 65,535; so places are told by path
or by number while a document is read, and turned into lines only for the few that are shown.
"""

from __future__ import annotations

import codecs
import re
from array import array
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

    All are found together at the first question. It takes 14 bytes for each element.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._table: _Table | None = None
        self._steps: dict[int, dict[int, str]] = {}
        self._below: dict[int, dict[str, int]] = {}

    def line(self, ordinal: int) -> int:
        """1-based line of the start tag, 0 when unknown."""
        table = self._read()
        return table.lines[ordinal] if ordinal < len(table.lines) else 0

    def find(self, xpath: str) -> tuple[int, int] | None:
        """1-based line and column of the start tag at a path; `[1]` may be left out."""
        table = self._read()
        ordinal: int | None = 0
        for step in xpath.strip("/").split("/"):
            if ordinal is None:
                return None
            below = self._children(ordinal)
            ordinal = below.get(step) or below.get(step + "[1]" if step[-1:] != "]" else step[:-3])
        return (table.lines[ordinal], table.columns[ordinal]) if ordinal else None

    def xpath(self, ordinal: int) -> str:
        """Path of local names from the root, `[n]` where siblings share the name."""
        parents = self._read().parents
        steps: list[str] = []
        while 0 < ordinal < len(parents):
            steps.append(self._step(ordinal, parents[ordinal]))
            ordinal = parents[ordinal]
        return "/" + "/".join(reversed(steps)) if steps else ""

    def _read(self) -> _Table:
        if self._table is None:
            table = _Table()
            walk(as_utf8(self._data), table.start, table.end)
            self._table = table
        return self._table

    def _children(self, parent: int) -> dict[str, int]:
        """Numbers of the children by the last step of their paths."""
        if parent not in self._below:
            steps = self._read().steps(parent)
            self._below[parent] = {step: child for child, step in steps.items()}
        return self._below[parent]

    def _step(self, ordinal: int, parent: int) -> str:
        if parent not in self._steps:
            self._steps[parent] = self._read().steps(parent)
        return self._steps[parent][ordinal]


class _Table:
    """Columns of what is known of each element; the first row stands for the document."""

    def __init__(self) -> None:
        self.parents = array("I", [0])
        self.names = array("H", [0])
        self.lines = array("I", [0])
        self.columns = array("I", [0])
        self._name_of: list[str] = [""]
        self._number_of: dict[str, int] = {"": 0}
        self._open = [0]

    def start(self, parser: expat.XMLParserType, name: str) -> None:
        number = self._number_of.get(name)
        if number is None:
            number = len(self._name_of)
            if number > _MOST_NAMES:
                raise _Enough
            self._number_of[name] = number
            self._name_of.append(name)
        self.names.append(number)
        self.parents.append(self._open[-1])
        self._open.append(len(self.lines))
        self.lines.append(parser.CurrentLineNumber)
        self.columns.append(parser.CurrentColumnNumber + 1)

    def end(self) -> None:
        self._open.pop()

    def steps(self, parent: int) -> dict[int, str]:
        """The last step of the path of each child."""
        parents, names = self.parents, self.names
        children = []
        at = parent + 1
        while at < len(parents) and parents[at] >= parent:  # what is below stands behind it
            if parents[at] == parent:
                children.append(at)
            at += 1
        totals = Counter(names[child] for child in children)
        seen: Counter[int] = Counter()
        steps = {}
        for child in children:
            number = names[child]
            seen[number] += 1
            name = self._name_of[number]
            steps[child] = f"{name}[{seen[number]}]" if totals[number] > 1 else name
        return steps


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
