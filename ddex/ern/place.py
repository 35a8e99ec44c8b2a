"""Where in the XML a thing stands, cheap enough to be kept for every part of a big message.

A place knows its parent, its name and its number; path and line are worked out when asked for. The
lines of a whole message are found together, by one more pass over its bytes, at the first question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.positions import Lines

if TYPE_CHECKING:
    from collections.abc import Mapping


class Place:
    """Where in the XML a thing stands; `Place()` is nowhere.

    `index` is the number among the siblings of the same name, 0 when there is no other; `ordinal`
    that of the element in its document, from 1.
    """

    __slots__ = ("_index", "_name", "_ordinal", "_parent")

    def __init__(
        self, parent: Place | None = None, name: str = "", index: int = 0, ordinal: int = 0
    ) -> None:
        self._parent = parent
        self._name = name
        self._index = index
        self._ordinal = ordinal

    @property
    def xpath(self) -> str:
        """Path of local names from the root, `[n]` where siblings share the name; may be empty."""
        if self._parent is None:
            return f"/{self._name}" if self._name else ""
        return f"{self._parent.xpath}/{self._step}"

    @property
    def line(self) -> int:
        """1-based line of the start tag, 0 when unknown."""
        place: Place = self
        while place._parent is not None:
            place = place._parent
        return place._lines.line(self._ordinal) if isinstance(place, RootPlace) else 0  # noqa: SLF001

    @property
    def _step(self) -> str:
        return f"{self._name}[{self._index}]" if self._index else self._name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and (self is other or self.xpath == other.xpath)

    def __hash__(self) -> int:
        return hash(self.xpath)

    def __repr__(self) -> str:
        return f"Place({self.xpath!r})"


class ListedPlace(Place):
    """A place whose siblings may still come: `totals` counts them by name, and goes on counting."""

    __slots__ = ("_totals",)

    def __init__(
        self, parent: Place, name: str, index: int, ordinal: int, totals: Mapping[str, int]
    ) -> None:
        super().__init__(parent, name, index, ordinal)
        self._totals = totals

    @property
    def _step(self) -> str:
        return f"{self._name}[{self._index}]" if self._totals[self._name] > 1 else self._name


class RootPlace(Place):
    """The place of the root element; knows the bytes, so the lines."""

    __slots__ = ("_lines",)

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(None, name, 0, 1)
        self._lines = Lines(data)
