"""A message read piece by piece: each piece as a tree of nodes, dropped when it was read.

A piece is an entry of one of the root's lists (`ResourceList/SoundRecording`), any other child of
the root (`MessageHeader`), or one `Deal` of a `ReleaseDeal`, which may hold most of a message.
Of a big message the tree is cut off as it grows, so memory is that of the model.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar

from lxml import etree

from ddex.ern.node import Node, Shared
from ddex.errors import MessageUnreadable
from ddex.growing import growing, refused
from ddex.positions import Positions
from ddex.spots import Spots
from ddex.xml import MAX_DEPTH, STRETCH, TOO_LARGE, too_deep

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ddex.xml import Document

USER_DEFINED = "UserDefined"
_HOLDER = "ReleaseDeal"
_MAX_DEPTH = MAX_DEPTH - 3  # of a piece
_MAX_NAMES = 5_000
_MAX_PIECE = 400_000
_MAX_STRETCHES = 256
_MOST_MISSES = 500
_MOST_SEEN = 1_000
_MOST_BYTES = 1 << 13
_PLAIN: Mapping[str, str] = {}  # nobody changes the attributes of a node
_new = object.__new__


F = TypeVar("F")


class Taker(Protocol[F]):
    """Who reads the pieces."""

    def take(self, node: Node, gathered: list[Node]) -> F | None:
        """One piece; what is returned is remembered for a `Deal` that is equal to this one."""
        ...

    def again(self, first: F, node: Node) -> None:
        """An equal `Deal`, by a node without children, and what `take` made of the first."""
        ...


def pieces(document: Document, watched: Collection[str], taker: Taker[F]) -> Node:
    """Read a message; give each piece to the taker, and last the root.

    It gets the node and those nodes at or below it, in document order, whose name is watched
    or that hold the value `UserDefined`. The node's parent tells which list it is of. A ReleaseDeal
    comes after its deals, with its other children.

    Raises:
        MessageUnreadable: the bytes are no XML that is read here.
    """
    reader = _Reader(document, watched, taker)
    with collector_off():
        for element, is_whole in growing(document):
            reader.read(element, 0, is_whole=is_whole)
    return reader.root


class _Reader(Generic[F]):
    """Makes the nodes of each piece that is complete, and cuts it off the tree that grows."""

    def __init__(self, document: Document, watched: Collection[str], taker: Taker[F]) -> None:
        self._data = document.data
        self._cuts = document.tree is None
        data, tree = document.data, document.tree
        self._shared = Shared(Positions(data) if tree is None else Spots(data, tree))
        self._known = self._shared.strings
        self._taker = taker
        self._seen: dict[bytes, tuple[F, int]] = {}  # deals: what was made of them, how many nodes
        self._hits = self._misses = 0
        self._watched = frozenset(watched)
        self._names: dict[object, str] = {}
        self._open: list[Node] = []  # root, list and ReleaseDeal that are not complete yet
        self._gathered: list[Node] = []
        self._parents: list[Node] = []
        self._count = count(1)
        self._waited = 0
        self.root = Node()

    def read(self, element: etree._Element, depth: int, *, is_whole: bool) -> None:
        """Read those children that are complete, of an element that is no piece itself."""
        if depth == len(self._open):
            self._open.append(self._begun(element, self._open[-1] if depth else None))
        node = self._open[depth]
        for child in list(element):
            is_complete = is_whole or child.getnext() is not None
            if not self._is_piece(child, node):
                self.read(child, depth + 1, is_whole=is_complete)
            elif is_complete:
                self._waited = 0
                self._read_piece(self._begun(child, node), child)
            else:
                self._wait(child)
            if is_complete and self._cuts:
                element.remove(child)
        if is_whole:
            self._open.pop()
            node.text = (element.text or "").strip()
            self._finish(node, [node] if self._is_watched(node) else [])
            node.kids = None

    def _wait(self, element: etree._Element) -> None:
        """For the rest of a piece; it grows as a tree, so not for ever."""
        self._waited += 1
        if self._waited > _MAX_STRETCHES:
            text = (
                f"One <{self._names[element.tag]}> has more than {_MAX_STRETCHES * STRETCH} bytes."
            )
            raise MessageUnreadable([TOO_LARGE.at(None, text)])

    def _is_piece(self, element: etree._Element, parent: Node) -> bool:
        """Whether the child is to be read as a whole, not child by child."""
        name = self._names.get(element.tag) or self._learned(element.tag)
        if parent.parent is None:
            return not name.endswith("List")
        return not (name == _HOLDER and parent.name == "DealList")

    def _begun(self, element: etree._Element, parent: Node | None) -> Node:
        """A node without text and children."""
        node: Node = _new(Node)
        node.name = self._names.get(element.tag) or self._learned(element.tag)
        node.attributes = self._attributes(element)
        node.ordinal = next(self._count)
        node.parent = parent
        node.shared = self._shared
        node.kids = None
        node.text = ""
        if parent is None:
            self.root = node
        return node

    def _read_piece(self, node: Node, element: etree._Element) -> None:
        if node.name != "Deal" or self._misses > _MOST_MISSES + self._hits:
            self._read_new(node, element)
            return
        sent = etree.tostring(element, with_tail=False)
        found = self._seen.get(sent)
        if found is not None:
            self._hits += 1
            first, size = found
            self._count = count(node.ordinal + size)
            self._taker.again(first, node)
            return
        self._misses += 1
        made = self._read_new(node, element)
        if made is not None and len(sent) <= _MOST_BYTES and len(self._seen) < _MOST_SEEN:
            following = next(self._count)
            self._count = count(following)
            self._seen[sent] = made, following - node.ordinal

    def _read_new(self, node: Node, element: etree._Element) -> F | None:
        text = (element.text or "").strip()
        node.text = self._known.get(text) or self._shared.one(text)
        if self._is_watched(node):
            self._gathered.append(node)
        if len(element):
            self._grow(node, element, 1)
        gathered, self._gathered = self._gathered, []
        made = self._finish(node, gathered)
        holder = node.parent
        if holder is not None and holder.name == _HOLDER and node.name != "Deal":
            holder.kids = holder.kids or {}
            holder.kids.setdefault(node.name, []).append(node)
        return made

    def _finish(self, node: Node, gathered: list[Node]) -> F | None:
        parents, self._parents = self._parents, []
        made = self._taker.take(node, gathered)
        for each in parents:  # parents and children refer to each other
            each.kids = None
        return made

    def _is_watched(self, node: Node) -> bool:
        return (
            node.name in self._watched
            or node.text == USER_DEFINED
            or USER_DEFINED in node.attributes.values()
        )

    def _grow(  # noqa: C901, PLR0912, PLR0915 - what it would call, it would call for every element
        self, node: Node, element: etree._Element, depth: int
    ) -> None:
        """Make the nodes below a node; it runs for every element, so it is long and plain."""
        names, known, shared, watched = self._names, self._known, self._shared, self._watched
        number, is_big = self._count, self._cuts
        kids: dict[str, list[Node]] = {}
        node.kids = kids
        self._parents.append(node)
        if depth > _MAX_DEPTH or len(self._parents) > _MAX_PIECE:
            self._refuse(node, depth)
        for each in element if is_big else element[:]:  # a list takes less time, more memory
            tag = each.tag
            name = names.get(tag) or self._learned(tag)
            child: Node = _new(Node)
            child.name = name
            child.ordinal = next(number)
            child.parent = node
            child.shared = shared
            child.kids = None
            text = each.text
            if text:
                text = text.strip()
                if is_big:
                    text = known.get(text) or shared.one(text)
                child.text = text
            else:
                child.text = text = ""
            items = each.items()
            if items:
                child.attributes = attributes = dict(items)
                for key in attributes:
                    if key not in names:
                        self._learned(key)
                if USER_DEFINED in attributes.values() or name in watched or text == USER_DEFINED:
                    self._gathered.append(child)
            else:
                child.attributes = _PLAIN
                if name in watched or text == USER_DEFINED:
                    self._gathered.append(child)
            if name in kids:
                kids[name].append(child)
            else:
                kids[name] = [child]
            if len(each):
                self._grow(child, each, depth + 1)

    def _refuse(self, node: Node, depth: int) -> NoReturn:
        """The nodes with children are too many or too deep."""
        if depth > _MAX_DEPTH:
            raise too_deep()
        text = f"One <{node.name}> holds more than {_MAX_PIECE} elements with children."
        raise MessageUnreadable([TOO_LARGE.at(node.place, text)])

    def _attributes(self, element: etree._Element) -> Mapping[str, str]:
        items = element.items()
        for key, _ in items:
            if key not in self._names:
                self._learned(key)
        return dict(items) if items else _PLAIN

    def _learned(self, tag: object) -> str:
        """The local name of a tag or attribute that is met for the first time."""
        if not isinstance(tag, str):  # an entity, which nobody has declared
            raise refused(self._data, "an entity is not declared")
        if len(self._names) > _MAX_NAMES:
            text = f"The message has more than {_MAX_NAMES} names of elements and attributes."
            raise MessageUnreadable([TOO_LARGE.at(None, text)])
        self._names[tag] = name = tag.rpartition("}")[2]
        return name


_pausing = threading.Lock()
_paused = 0
_was_on = True


@contextmanager
def collector_off() -> Iterator[None]:
    """Without the cycle collector: a model is made of many small objects that all stay."""
    global _paused, _was_on  # noqa: PLW0603 - as global as the collector
    with _pausing:
        if _paused == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _paused += 1
    try:
        yield
    finally:
        with _pausing:
            _paused -= 1
            if _paused == 0 and _was_on:
                gc.enable()
