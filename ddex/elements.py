"""Names and paths of the elements of a tree."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree


class Pathfinder:
    """Paths of many elements of one document, each parent's children counted once."""

    def __init__(self) -> None:
        self._steps: dict[etree._Element, dict[etree._Element, str]] = {}
        self._paths: dict[etree._Element, str] = {}

    def path(self, element: etree._Element) -> str:
        """Path of local names from the root, `[n]` where siblings share the name."""
        parent = element.getparent()
        if parent is None:
            return f"/{local_name(element)}"
        steps = self._steps.get(parent)
        if steps is None:
            steps = self._steps[parent] = _steps(parent)
            self._paths[parent] = self.path(parent)
        return f"{self._paths[parent]}/{steps[element]}"


def _steps(parent: etree._Element) -> dict[etree._Element, str]:
    children = list(parent)
    names = [local_name(child) for child in children]
    totals = Counter(names)
    if len(totals) == len(names):
        return dict(zip(children, names, strict=True))
    seen: dict[str, int] = {}
    steps = {}
    for child, name in zip(children, names, strict=True):
        seen[name] = number = seen.get(name, 0) + 1
        steps[child] = f"{name}[{number}]" if totals[name] > 1 else name
    return steps


def local_name(node: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(node.tag).rpartition("}")[2]
