"""A message read piece by piece: each piece as a tree of nodes, dropped when it was read.

A piece is an entry of one of the root's lists (`ResourceList/SoundRecording`), any other child of
the root (`MessageHeader`), or one `Deal` of a `ReleaseDeal`, which may hold most of a message.
The tree of the whole message never exists, so memory is that of the model.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ddex.ern.node import Node, Shared
from ddex.errors import MessageUnreadable
from ddex.xml import MAX_DEPTH, TOO_LARGE, Target, bound_text, stream, too_deep

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

USER_DEFINED = "UserDefined"
_HOLDER = "ReleaseDeal"
_MAX_DEPTH = MAX_DEPTH - 3  # of a piece
_MAX_NAMES = 5_000
_MAX_PIECE = 400_000
_new = object.__new__


def pieces(data: bytes, watched: Collection[str], take: Callable[[Node, list[Node]], None]) -> Node:
    """Read a message; give each piece to `take`, and last the root.

    `take` gets the node and those nodes at or below it, in document order, whose name is watched
    or that hold the value `UserDefined`. The node's parent tells which list it is of. A ReleaseDeal
    comes after its deals, with its other children.

    Raises:
        MessageUnreadable: the bytes are no XML that is read here.
    """
    reader = _Reader(data, watched, take)
    with _collector_off():
        stream(data, reader)
    return reader.root


class _Reader(Target):
    """Makes the nodes; `start` and `end` run for every element, so they are long and plain."""

    def __init__(
        self, data: bytes, watched: Collection[str], take: Callable[[Node, list[Node]], None]
    ) -> None:
        self._texts: list[str] = []
        self.data = self._texts.append
        self._shared = Shared(data)
        self._known = self._shared.strings
        self._take = take
        self._watched = frozenset(watched)
        self._names: dict[str, str] = {}
        self._root: Node | None = None
        self._node: Node | None = None
        self._piece: Node | None = None
        self._gathered: list[Node] = []
        self._parents: list[Node] = []
        self._ordinal = self._depth = 0

    @property
    def root(self) -> Node:
        """The root element, with its attributes only."""
        assert self._root is not None  # noqa: S101 - a document without root is refused before
        return self._root

    def check(self, log: Sequence[Any]) -> None:  # noqa: ARG002 - as the target has it
        bound_text(self._texts)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._ordinal += 1
        names = self._names
        child: Node = _new(Node)
        child.name = name = names.get(tag) or _learned(tag, names)
        child.attributes = attributes
        child.ordinal = self._ordinal
        child.parent = node = self._node
        child.shared = self._shared
        child.kids = None
        child.text = ""
        self._node = child
        if attributes:
            for key in attributes:
                if key not in names:
                    _learned(key, names)
        if self._piece is not None:
            assert node is not None  # noqa: S101 - at least the piece
            kids = node.kids
            if kids is None:
                kids = self._first(node)
            twins = kids.get(name)
            if twins is None:
                kids[name] = [child]
            else:
                twins.append(child)
        elif self._is_piece(child):
            self._piece = child
        self._texts.clear()

    def _first(self, node: Node) -> dict[str, list[Node]]:
        """For the children of a node that turns out to have some."""
        kids: dict[str, list[Node]] = {}
        node.kids = kids
        self._parents.append(node)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise too_deep()
        if len(self._parents) > _MAX_PIECE and self._piece is not None:
            raise _too_large(self._piece)
        if self._texts:
            node.text = "".join(self._texts).strip()
        return kids

    def end(self, _tag: str) -> None:
        here = self._node
        assert here is not None  # noqa: S101 - libxml2 ends what it started
        texts = self._texts
        if here.kids is not None:
            self._depth -= 1
        elif texts:
            text = (texts[0] if len(texts) == 1 else "".join(texts)).strip()
            here.text = self._known.get(text) or self._shared.one(text)
        texts.clear()
        if (
            here.name in self._watched
            or here.text == USER_DEFINED
            or (here.attributes and USER_DEFINED in here.attributes.values())
        ):
            self._gathered.append(here)
        if here is self._piece or self._piece is None:
            self._end_piece(here)
        self._node = here.parent

    def _end_piece(self, node: Node) -> None:
        gathered, self._gathered = self._gathered, []
        parents, self._parents = self._parents, []
        gathered.sort(key=_ordinal)
        self._take(node, gathered)
        for each in parents:  # parents and children refer to each other
            each.kids = None
        if self._piece is None:
            node.kids = None
        elif node.parent is not None and node.parent.name == _HOLDER and node.name != "Deal":
            holder = node.parent
            holder.kids = holder.kids or {}
            holder.kids.setdefault(node.name, []).append(node)
        self._piece = None

    def _is_piece(self, node: Node) -> bool:
        """Whether the node is to be read as a whole, not child by child."""
        parent = node.parent
        if parent is None:
            self._root = node
            return False
        if parent.parent is None:
            return not node.name.endswith("List")
        return not (node.name == _HOLDER and parent.name == "DealList")


def _ordinal(node: Node) -> int:
    return node.ordinal


def _learned(tag: str, names: dict[str, str]) -> str:
    if len(names) > _MAX_NAMES:
        text = f"The message has more than {_MAX_NAMES} names of elements and attributes."
        raise MessageUnreadable([TOO_LARGE.at(None, text)])
    names[tag] = tag.rpartition("}")[2]
    return names[tag]


def _too_large(node: Node) -> MessageUnreadable:
    text = f"One <{node.name}> holds more than {_MAX_PIECE} elements with children."
    return MessageUnreadable([TOO_LARGE.at(node.place, text)])


_pausing = threading.Lock()
_paused = 0
_was_on = True


@contextmanager
def _collector_off() -> Iterator[None]:
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
