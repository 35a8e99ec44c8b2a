"""A light view of an XML element: children by local name, texts, and the path when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_NONE: tuple[Node, ...] = ()


class Node:
    """An element seen by local names; namespaces of children are the schema's business."""

    __slots__ = ("_children", "_index", "_parent", "element", "name")

    def __init__(self, element: etree._Element, parent: Node | None = None, index: int = 1) -> None:
        self.element = element
        self.name: str = str(element.tag).rpartition("}")[2]
        self._parent = parent
        self._index = index
        self._children: dict[str, list[Node]] | None = None

    @property
    def children(self) -> dict[str, list[Node]]:
        """Child elements by local name, in document order within a name."""
        if self._children is None:
            found: dict[str, list[Node]] = {}
            for element in self.element:
                name = str(element.tag).rpartition("}")[2]
                twins = found.setdefault(name, [])
                twins.append(Node(element, self, len(twins) + 1))
            self._children = found
        return self._children

    def forget(self) -> None:
        """Drop what hangs below; big messages are read piece by piece in bounded memory."""
        self._children = None

    def all(self, *paths: str) -> Iterator[Node]:
        """The elements at these relative paths (`A/B`, `A/*`), path by path."""
        for path in paths:
            nodes: tuple[Node, ...] | list[Node] = (self,)
            for step in path.split("/"):
                nodes = _down(nodes, step)
                if not nodes:
                    break
            yield from nodes

    def first(self, *paths: str) -> Node | None:
        """The first of `all`."""
        return next(self.all(*paths), None)

    def text_at(self, *paths: str) -> str:
        """Text of the first element that has any, without white space around it."""
        return next((node.text for node in self.all(*paths) if node.text), "")

    def texts(self, *paths: str) -> tuple[str, ...]:
        """All non-empty texts."""
        return tuple(node.text for node in self.all(*paths) if node.text)

    @property
    def text(self) -> str:
        """Own text, without white space around it."""
        return (self.element.text or "").strip()

    def attribute(self, name: str) -> str:
        """Value of an attribute, empty when absent."""
        return (self.element.get(name) or "").strip()

    @property
    def xpath(self) -> str:
        """Path of local names from the root, `[n]` where siblings share the name."""
        steps = []
        node: Node | None = self
        while node is not None:
            steps.append(node._step)  # noqa: SLF001 - of the same class
            node = node._parent  # noqa: SLF001
        return "/" + "/".join(reversed(steps))

    @property
    def _step(self) -> str:
        alone = self._parent is None or len(self._parent.children[self.name]) == 1
        return self.name if alone else f"{self.name}[{self._index}]"

    @property
    def place(self) -> Place:
        """Line and path."""
        return Place(line=self.element.sourceline or 0, xpath=self.xpath)


def _down(nodes: tuple[Node, ...] | list[Node], step: str) -> tuple[Node, ...] | list[Node]:
    if step == "*":
        return [kid for node in nodes for kids in node.children.values() for kid in kids]
    if len(nodes) == 1:
        return nodes[0].children.get(step, _NONE)
    return [kid for node in nodes for kid in node.children.get(step, _NONE)]
