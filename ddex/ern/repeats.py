"""Deals that repeat: the terms of an album are sent again for each of its tracks.

What was read once is not read again; only places and the releases that it is for are its own.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from ddex.ern.model_deals import Deal

if TYPE_CHECKING:
    from ddex.ern.draft import Shop
    from ddex.ern.node import Node

_DEFAULTS = {each.name: each.default for each in fields(Deal) if each.default is not MISSING}


class Repeat:
    """A deal that was read, and how to say the same again elsewhere in the message."""

    __slots__ = ("_values",)

    def __init__(self, deal: Deal) -> None:
        said = {name: getattr(deal, name) for name in _DEFAULTS if name != "place"}
        self._values: dict[str, Any] = {
            name: value for name, value in said.items() if value != _DEFAULTS[name]
        }

    def at(self, node: Node, references: tuple[str, ...], shop: Shop) -> Deal:
        """The same deal for the releases of another ReleaseDeal."""
        if shop.releases:
            references = tuple(shop.releases.get(each, each) for each in references)
        return Deal(release_references=references, place=node.place, **self._values)
