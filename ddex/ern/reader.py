"""From the bytes of a message to the model, by the table of paths of its version.

Reading never raises on odd content: what can't be read is empty in the model, and the schema and
the rules say so. References stay as sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.ern import stream
from ddex.ern.model import Anchor, Message, OpenValue, Reference, Share
from ddex.ern.paths import ANCHORS, REFERENCES
from ddex.ern.place import Place
from ddex.ern.reading import Reading
from ddex.ern.versions import identify

if TYPE_CHECKING:
    from ddex.ern.node import Node
    from ddex.ern.repeats import Repeat
    from ddex.ern.versions import Version
    from ddex.xml import Document

_SHARES = frozenset({"PercentageOfRightsAssignment", "RightSharePercentage"})
_RIGHTS = ("RightsControlType", "RightsControllerRole", "RightsType")
_WATCHED = _SHARES | ANCHORS.keys() | REFERENCES.keys()


def read(document: Document) -> Message:
    """The message in this document.

    Raises:
        MessageUnreadable: its version can't be read (see `identify`), or its bytes are broken.
    """
    return read_version(document, identify(document))


def read_version(document: Document, version: Version) -> Message:
    """The message in this document, whose version is known.

    Raises:
        MessageUnreadable: the bytes are broken.
    """
    parts = _Parts(version)
    root = stream.pieces(document, _WATCHED, parts)
    return parts.message(root)


class _Parts:
    """Takes the pieces of a message, and what is gathered from all of them."""

    def __init__(self, version: Version) -> None:
        self._reading = Reading(version)
        self._anchors: list[Anchor] = []
        self._references: list[Reference] = []
        self._open_values: list[OpenValue] = []
        self._shares: list[Share] = []

    def take(self, node: Node, gathered: list[Node]) -> Repeat | None:
        """One piece, with the anchors, references, shares and open values in it."""
        for each in gathered:
            self._gather(each)
        if node.parent is None:
            return None
        found = self._reading.take(_path(node.parent) + node.name, node, node.parent)
        return None if gathered else found

    def again(self, first: Repeat, node: Node) -> None:
        """A piece that is equal to one of which `take` gave something."""
        if node.parent is not None:
            self._reading.again(first, node, node.parent)

    def message(self, root: Node) -> Message:
        """The message made of all pieces."""
        return self._reading.message(
            root, self._anchors, self._references, self._open_values, self._shares
        )

    def _gather(self, node: Node) -> None:
        name, text = node.name, node.text
        if node.kids:
            pass  # some composites are named as the reference in them
        elif name in ANCHORS:
            self._anchors.append(Anchor(kind=ANCHORS[name], name=text, place=node.place))
        elif name in REFERENCES:
            self._references.append(
                Reference(element=name, kind=REFERENCES[name], name=text, place=node.place)
            )
        elif name in _SHARES:
            self._shares.append(_share(node))
        if text == stream.USER_DEFINED or (
            node.attributes and stream.USER_DEFINED in node.attributes.values()
        ):
            self._open_values.append(
                OpenValue(
                    element=name,
                    namespace=node.attribute("Namespace"),
                    value=node.attribute("UserDefinedValue"),
                    place=node.place,
                )
            )


def _path(node: Node | None) -> str:
    if node is None or node.parent is None:
        return ""
    return f"{_path(node.parent)}{node.name}/"


def _share(node: Node) -> Share:
    """A share with what it is of; all its surroundings are in the same piece."""
    holder = node.parent
    above = holder.parent if holder else None
    if holder is None:
        return Share(text=node.text, place=node.place)
    return Share(
        text=node.text,
        owner=above.place if above else Place(),
        right_type=" ".join(holder.texts(*_RIGHTS)),
        territories=holder.texts("Territory", "TerritoryCode"),
        place=node.place,
    )
