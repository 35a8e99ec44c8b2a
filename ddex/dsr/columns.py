"""Cells of many lines at once, as columns of bytes: where they are, and whether they are sound.

All functions take a `Table` and the number of a column and give one truth for each of its lines.
A column that is hard to judge so is said to be not sound: somebody else looks at its lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Whole = NDArray[np.int64]

WIDEST = 18
"""Digits of a number that are surely exact in 64 bits."""
_TENS = 10 ** np.arange(19, dtype=np.int64)
_LETTER, _LETTER_OR_DIGIT, _DIGIT = (np.zeros(256, np.bool_) for _ in range(3))
_DIGIT[48:58] = True
_LETTER[65:91] = _LETTER[97:123] = True
_LETTER_OR_DIGIT |= _LETTER | _DIGIT
_ISRC = (*[_LETTER] * 2, *[_LETTER_OR_DIGIT] * 3, *[_DIGIT] * 7)


@dataclass(frozen=True, slots=True)
class Table:
    """Lines that have the same number of cells: their bytes and where the cells are in them.

    Attributes:
        data, letters: the same bytes twice.
        starts, ends: arrays of shape (cells, lines).
    """

    data: bytes
    letters: NDArray[np.uint8]
    starts: Whole
    ends: Whole

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return int(self.starts.shape[1])

    def text(self, column: int, line: int) -> bytes:
        """One cell."""
        return self.data[self.starts[column, line] : self.ends[column, line]]

    def texts(self, column: int) -> list[bytes]:
        """All cells of a column."""
        data = self.data
        pairs = zip(self.starts[column].tolist(), self.ends[column].tolist(), strict=True)
        return [data[start:end] for start, end in pairs]

    def widths(self, column: int) -> Whole:
        """The lengths of its cells in bytes."""
        widths: Whole = self.ends[column] - self.starts[column]
        return widths


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers: `units` / 10 ** `places`; `sound` where they are numbers at all."""

    units: Whole
    places: int
    sound: Flags

    def at(self, places: int) -> Numbers:
        """The same with more places; numbers that get too long are not sound."""
        factor = _TENS[places - self.places]
        fits = self.units < _TENS[18] // factor
        units = np.where(fits, self.units, 0) * factor
        return Numbers(units, places, self.sound & fits)

    def total(self, chosen: Flags) -> int:
        """The sum over the chosen lines, in units, exact."""
        high, low = np.divmod(self.units[chosen], _TENS[9])
        return int(high.sum()) * 10**9 + int(low.sum())


def numbers(table: Table, column: int, *, fraction: bool) -> Numbers:
    """Digits, with `fraction` also one point among them; no sign. Empty cells are not sound."""
    widths = table.widths(column)
    sound = (widths > 0) & (widths <= WIDEST)
    widest = int(widths[sound].max(initial=0))
    units = np.zeros(table.lines, np.int64)
    after = np.zeros(table.lines, np.int64)  # digits behind the point
    pointed = np.zeros(table.lines, np.bool_)
    for back in range(widest, 0, -1):
        inside = widths >= back
        letter = table.letters[np.where(inside, table.ends[column] - back, table.starts[column])]
        digit = _DIGIT[letter]
        point = inside & (letter == 46)
        if point.any():
            sound &= ~(point & pointed)
            pointed |= point
        counts = inside & digit
        sound &= ~inside | digit | point
        units = np.where(counts, units * 10 + (letter.astype(np.int64) - 48), units)
        if pointed.any():
            after += pointed & counts
    if not pointed.any():
        return Numbers(units, 0, sound)
    sound &= ~pointed | (widths > 1)
    if not fraction:
        return Numbers(units, 0, sound & ~pointed)
    places = int(after[sound].max(initial=0))
    missing = np.clip(places - after, 0, WIDEST)
    sound &= widths + missing <= WIDEST
    return Numbers(np.where(sound, units, 0) * _TENS[missing], places, sound)


def constant(table: Table, column: int) -> bool:
    """Whether all cells of the column are the same (and not long)."""
    widths = table.widths(column)
    width = int(widths[0])
    if width > 64 or not (widths == width).all():
        return False
    starts, first = table.starts[column], table.text(column, 0)
    return all(bool((table.letters[starts + i] == first[i]).all()) for i in range(width))


def listed(table: Table, column: int, known: Callable[[bytes], bool]) -> Flags:
    """Judges each distinct text once (per table) by `known`."""
    if constant(table, column):
        return np.full(table.lines, known(table.text(column, 0)))
    texts = table.texts(column)
    good = {text: known(text) for text in set(texts)}
    if all(good.values()):
        return np.ones(table.lines, np.bool_)
    return np.fromiter((good[text] for text in texts), np.bool_, table.lines)


def isrcs(table: Table, column: int) -> Flags:
    """Where there is an ISRC of twelve characters."""
    sound: Flags = table.widths(column) == len(_ISRC)
    starts = np.where(sound, table.starts[column], 0)
    for i, letters in enumerate(_ISRC):
        sound &= letters[table.letters[np.minimum(starts + i, len(table.letters) - 1)]]
    return sound


def gtins(table: Table, column: int) -> Flags:
    """Where there is a barcode of 12 to 14 digits whose check digit is right."""
    widths = table.widths(column)
    sound: Flags = (widths >= 12) & (widths <= 14)
    ends, total = table.ends[column], np.zeros(table.lines, np.int64)
    for back in range(1, 15):
        inside = sound & (widths >= back)
        letter = table.letters[np.where(inside, ends - back, 0)]
        sound &= ~inside | _DIGIT[letter]
        total += np.where(inside, (letter.astype(np.int64) - 48) * (1 if back % 2 else 3), 0)
    right: Flags = sound & (total % 10 == 0)
    return right
