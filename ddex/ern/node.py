"""A light view of an XML element: children by local name, texts, and its place when asked.

Nodes live only while their part of the message is read (see `ddex.ern.stream`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ddex.ern.place import Finder

_NONE: tuple[Node, ...] = ()
_MOST = 20_000
_SHORT = 48
_new = object.__new__
_CHILDLESS: dict[str, list[Node]] = {}


class Shared:
    """What the nodes of one message share: its positions, and one copy of values that repeat."""

    __slots__ = ("positions", "strings", "tuples")

    def __init__(self, positions: Finder) -> None:
        self.positions = positions
        self.strings: dict[str, str] = {}
        self.tuples: dict[tuple[str, ...], tuple[str, ...]] = {}

    def one(self, text: str) -> str:
        """The copy that is kept of this text."""
        if len(text) > _SHORT or len(self.strings) > _MOST:
            return self.strings.get(text, text)
        return self.strings.setdefault(text, text)

    def tuple(self, texts: list[str]) -> tuple[str, ...]:
        """The copy that is kept of this tuple."""
        found = tuple(texts)
        if not found or len(self.tuples) > _MOST:
            return self.tuples.get(found, found)
        return self.tuples.setdefault(found, found)


class Node:
    """An element seen by local names; namespaces of children are the schema's business.

    Attributes:
        name: local name.
        text: text before the first child, without white space around it; comments in it are gone.
        attributes: values as sent by name, `{namespace}name` where there is one.
        kids: children by name; None when there are none.
        ordinal: number in the document, from 1.
    """

    __slots__ = ("attributes", "kids", "name", "ordinal", "parent", "shared", "text")

    # Made by the million, so without an __init__: `ddex.ern.stream` sets all of these.
    attributes: Mapping[str, str]
    kids: dict[str, list[Node]] | None
    name: str
    ordinal: int
    parent: Node | None
    shared: Shared
    text: str

    @property
    def children(self) -> dict[str, list[Node]]:
        """Child elements by local name, in document order within a name."""
        return _CHILDLESS if self.kids is None else self.kids

    def forget(self) -> None:
        """Drop what hangs below; big messages are read piece by piece in bounded memory."""
        self.kids = None

    def all(self, *paths: str) -> Iterator[Node]:
        """The elements at these relative paths (`A/B`, `A/*`), path by path."""
        for path in paths:
            yield from self._at(path)

    def first(self, *paths: str) -> Node | None:
        """The first of `all`."""
        if self.kids is not None:
            for path in paths:
                for found in self._at(path):
                    return found
        return None

    def text_at(self, *paths: str) -> str:
        """Text of the first element that has any, without white space around it."""
        if self.kids is not None:
            for path in paths:
                for found in self._at(path):
                    if found.text:
                        return found.text
        return ""

    def texts(self, *paths: str) -> tuple[str, ...]:
        """All non-empty texts; equal tuples are one object."""
        if self.kids is None:
            return ()
        found = [node.text for path in paths for node in self._at(path) if node.text]
        return self.shared.tuple(found) if found else ()

    def attribute(self, name: str) -> str:
        """Value of an attribute, empty when absent."""
        value = self.attributes.get(name)
        return self.shared.one(value.strip()) if value else ""

    @property
    def place(self) -> Place:
        """Line and path."""
        made: Place = _new(Place)  # by the hundred thousand, so without its __init__
        made.positions = self.shared.positions
        made.ordinal = self.ordinal
        return made

    def _at(self, path: str) -> tuple[Node, ...] | list[Node]:
        kids = self.kids
        if kids is None:
            return _NONE
        if path in kids:
            return kids[path]
        if "/" not in path and path != "*":
            return _NONE
        nodes: tuple[Node, ...] | list[Node] = (self,)
        for step in path.split("/"):
            nodes = _down(nodes, step)
            if not nodes:
                break
        return nodes


def _down(nodes: tuple[Node, ...] | list[Node], step: str) -> tuple[Node, ...] | list[Node]:
    if step == "*":
        return [kid for node in nodes for kids in node.children.values() for kid in kids]
    if len(nodes) == 1:
        return nodes[0].children.get(step, _NONE)
    return [kid for node in nodes for kid in node.children.get(step, _NONE)]
