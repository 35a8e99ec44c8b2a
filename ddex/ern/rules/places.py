"""A spot below a place of the model, named by the path from there.

The model keeps no place for every value; the second pass over the bytes finds line and column of
whatever path a finding names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ddex.findings import Placed


@dataclass(frozen=True, slots=True)
class Below:
    """What stands at `steps` below a place; `line` is that of the place until it is looked up."""

    place: Placed
    steps: str

    @property
    def line(self) -> int:
        """Line of the place above."""
        return self.place.line

    @property
    def xpath(self) -> str:
        """Path from the root."""
        return f"{self.place.xpath}/{self.steps}"


def nth(place: Placed, steps: str, index: int, count: int) -> Below:
    """The element at 0-based `index` among `count` siblings of that name."""
    return Below(place, f"{steps}[{index + 1}]" if count > 1 else steps)
