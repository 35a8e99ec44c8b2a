"""New numbers for things that have an order, when the order itself is beyond doubt. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def renumbered(numbers: Sequence[int | None]) -> list[int] | None:
    """1 to n for things in document order with these numbers; None when the order is in doubt.

    Numbers that all differ keep their order. Repeated or absent ones are filled in only where
    the given numbers never fall from one thing to the next.
    """
    given = [number for number in numbers if number is not None]
    if len(given) == len(numbers) == len(set(given)):
        ranks = {number: rank for rank, number in enumerate(sorted(given), start=1)}
        return [ranks[number] for number in given]
    if any(later < earlier for earlier, later in pairwise(given)):
        return None
    return list(range(1, len(numbers) + 1))
