"""Where each element of a document stands, so that a change touches its bytes and no others.

Offsets count in the UTF-8 form of the text; `Outline.replaced` gives the document back in its own
encoding, mark and declaration included. Only for documents that `ddex.xml.parse` has accepted.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from ddex import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_START_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_STEP = re.compile(r"([^\[]+)(?:\[(\d+)\])?")


@dataclass(slots=True, eq=False)
class Element:
    """An element: `start` to `end` is all of it, `inner` to `inner_end` what its tags enclose.

    An empty-element tag (`<a/>`) encloses nothing: both stand at its end.
    """

    name: str
    start: int
    inner: int
    parent: Element | None
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    inner_end: int = 0
    end: int = 0
    text: str = ""

    def all(self, name: str) -> list[Element]:
        """Children of this local name."""
        return [child for child in self.children if child.name == name]

    def first(self, *names: str) -> Element | None:
        """The first child of one of these names."""
        return next((child for child in self.children if child.name in names), None)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """New text for the bytes from `start` to `end` of the outline."""

    start: int
    end: int
    text: str = field(compare=False)


class Outline:
    """A document with the place of each of its elements."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError when the bytes are not text in the declared encoding."""
        self._codec = _codec(data)
        self.utf8 = data.decode(self._codec).encode()
        builder = _Builder(self.utf8)
        self.root = builder.run()

    def find(self, xpath: str) -> Element | None:
        """The element at a path of local names, as findings name it."""
        steps = [_STEP.fullmatch(step) for step in xpath.strip("/").split("/")]
        here: Element | None = None
        for step in steps:
            if step is None:
                return None
            candidates = [self.root] if here is None else here.children
            named = [each for each in candidates if each.name == step[1]]
            number = int(step[2] or 1)
            if number > len(named):
                return None
            here = named[number - 1]
        return here

    def line_of(self, element: Element) -> int:
        """The 1-based line on which it starts."""
        return self.utf8.count(b"\n", 0, element.start) + 1

    def whole_line(self, element: Element) -> tuple[int, int]:
        """The element with the white space before it: what goes when it is removed."""
        start = len(self.utf8[: element.start].rstrip(b" \t\r\n"))
        return start, element.end

    def white_before(self, element: Element) -> str:
        """The white space in front of an element, to put before a new one beside it."""
        start, _ = self.whole_line(element)
        return self.utf8[start : element.start].decode()

    def replaced(self, edits: Iterable[Edit]) -> bytes:
        """The document with the edits, in its own encoding. Overlapping edits: the first stays."""
        pieces: list[bytes] = []
        reached = 0
        for edit in sorted(set(edits)):
            if edit.start < reached:
                continue
            pieces += [self.utf8[reached : edit.start], edit.text.encode()]
            reached = edit.end
        whole = b"".join([*pieces, self.utf8[reached:]]).decode()
        return whole.encode(self._codec, "xmlcharrefreplace")

    def __iter__(self) -> Iterator[Element]:
        """All elements, in document order."""
        ahead = [self.root]
        while ahead:
            here = ahead.pop()
            yield here
            ahead.extend(reversed(here.children))


def _codec(data: bytes) -> str:
    """A codec that keeps a byte order mark as a character, so that it comes back."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return name
    return source.encoding(data).removesuffix("-sig")


class _Builder:
    """Follows expat through the text."""

    def __init__(self, utf8: bytes) -> None:
        self._utf8 = utf8
        self._open: list[Element] = []
        self._root: Element | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def run(self) -> Element:
        try:
            self._parser.Parse(self._utf8, True)  # noqa: FBT003 - the C function takes no names
        except expat.ExpatError as wrong:
            raise ValueError(str(wrong)) from None
        if self._root is None:
            raise ValueError("no element")
        return self._root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        at = self._parser.CurrentByteIndex
        found = _START_TAG.match(self._utf8, at)
        parent = self._open[-1] if self._open else None
        made = Element(tag.rpartition(":")[2], at, found.end() if found else at, parent, attributes)
        if parent is None:
            self._root = made
        else:
            parent.children.append(made)
        self._open.append(made)

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        if self._utf8[element.inner - 2 : element.inner] == b"/>":
            element.inner_end = element.end = element.inner
            return
        element.inner_end = self._parser.CurrentByteIndex
        element.end = self._utf8.index(b">", element.inner_end) + 1

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text
