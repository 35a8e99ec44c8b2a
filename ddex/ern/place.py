"""Where in the XML a thing stands, cheap enough to be kept for every part of a big message.

A place is the number of an element; path, line and column are looked up in one more pass over the
bytes, made at the first question: most messages are never asked.
"""

from __future__ import annotations

from typing import Protocol


class Finder(Protocol):
    """Path, line and column of each element of a document by its number from 1."""

    def line(self, ordinal: int) -> int: ...
    def xpath(self, ordinal: int) -> str: ...
    def find(self, xpath: str) -> tuple[int, int] | None: ...


class Place:
    """Where in the XML a thing stands; `Place()` is nowhere."""

    __slots__ = ("ordinal", "positions")

    def __init__(self, positions: Finder | None = None, ordinal: int = 0) -> None:
        self.positions = positions
        self.ordinal = ordinal

    @property
    def xpath(self) -> str:
        """Path of local names from the root, `[n]` where siblings share the name; may be empty."""
        return self.positions.xpath(self.ordinal) if self.positions else ""

    @property
    def line(self) -> int:
        """1-based line of the start tag, 0 when unknown."""
        return self.positions.line(self.ordinal) if self.positions else 0

    def find(self, xpath: str) -> tuple[int, int] | None:
        """Line and column of any path in the same document, None when it is not there."""
        return self.positions.find(xpath) if self.positions else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Place):
            return False
        if self.positions is other.positions:
            return self.ordinal == other.ordinal
        return self.xpath == other.xpath

    def __hash__(self) -> int:
        """For sets of places of one document; the path would need a pass over its bytes."""
        return hash(self.ordinal)

    def __repr__(self) -> str:
        return f"Place({self.xpath!r})"
