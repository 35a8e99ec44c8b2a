"""How much each kind of match weighs; the same numbers in every backend."""

from __future__ import annotations

from math import log10

TITLE, ARTIST, CONTEXT = 3.0, 2.4, 1.0
EXACT, PREFIX, ONE_EDIT, TWO_EDITS = 1.0, 0.75, 0.45, 0.3
WHOLE_TITLE, WHOLE_ARTIST = 4.0, 1.0
CODE = 1_000_000.0


def weight(popularity: float) -> float:
    """Ten times the plays add a seventh: enough to sort equals, not to beat a better match."""
    return 1.0 + log10(1.0 + max(popularity, 0.0)) / 7


def of_edits(distance: int, *, prefix: bool) -> float:
    """The weight of a word that is this many edits away, or goes on."""
    if distance == 0:
        return PREFIX if prefix else EXACT
    return ONE_EDIT if distance == 1 else TWO_EDITS
