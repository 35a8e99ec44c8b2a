"""Lets the lines that are surely right through in bulk, so that only others are looked at singly.

It judges runs of one kind of self-contained usage record (SR08, SR02, SR01), column by column. It
never complains: a line that it can't vouch for goes the ordinary way, which finds out. So there is
one place for each rule's words, and the outcome is the same with and without it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from ddex.dsr import columns
from ddex.dsr.bulk import Bulk
from ddex.dsr.columns import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ddex.dsr.columns import Flags, Whole
    from ddex.dsr.lines import Block
    from ddex.dsr.records import Cell, Record
    from ddex.dsr.sums import Sums

    Judge = Callable[[Cell, str], bool]

FEWEST = 64
"""Shorter runs are not worth it."""
_KNOWN = 20_000
_TAB, _LINE_FEED, _BLANK, _PIPE = 9, 10, 32, 124
_MARKS = (b"\\", b"\x7f", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_GTINS = {"ReleaseICPN", "ICPN"}


class Sieve:
    """For one record type. `judge` says whether a cell with this text has no fault at all."""

    def __init__(self, record: Record, sums: Sums, judge: Judge) -> None:
        self.record = record
        self._sums = sums
        self._judge = judge
        self._prefix = f"{record.type}\t".encode()
        self._known: list[set[bytes]] = [set() for _ in record.cells]
        self._multiple = np.array([cell.multiple for cell in record.cells])

    def runs(self, block: Block) -> Iterator[tuple[int, int, int]]:
        """(number of the first line, first byte, end) of each stretch of lines that are of this
        record or of none of it, in turn; together they are the block."""
        if not block.data:
            return
        data = np.frombuffer(block.data, np.uint8)
        starts = np.concatenate(([0], np.flatnonzero(data == _LINE_FEED) + 1))
        own = np.ones(len(starts) - 1, np.bool_)
        for i, letter in enumerate(self._prefix):
            own &= data[np.minimum(starts[:-1] + i, len(data) - 1)] == letter
        edges = np.flatnonzero(np.diff(own)) + 1
        bounds = [0, *edges.tolist(), len(own)]
        if len(bounds) * FEWEST > len(own) + 4 * FEWEST:
            bounds = [0, len(own)]  # too mixed for runs
        for first, end in itertools.pairwise(bounds):
            if end > first:
                yield block.first + first, int(starts[first]), int(starts[end])

    def sift(self, data: bytes) -> tuple[Whole, int] | None:
        """Take the lines that are right; gives the places (0-based) of the others, and how many
        lines there are.

        None: nothing was taken. `data` is a run of lines of this record.
        """
        if not data.startswith(self._prefix) or not _is_text(data):
            return None
        found = _table(data, len(self.record.cells))
        if found is None:
            return None
        table, whole, lines = found
        bulk = Bulk(self.record, table, self._sums)
        good = self._unsuspected(table) & self._sound(table, bulk) & bulk.fits()
        others = np.ones(lines, np.bool_)
        others[whole] = ~good
        doubtful = _ids(data, np.flatnonzero(others)) if others.any() else set()
        good = bulk.add(good, doubtful)
        others[whole] = ~good
        return np.flatnonzero(others), lines

    def _unsuspected(self, table: Table) -> Flags:
        """Without escapes, control characters, blanks at the edges, pipes in single values."""
        good = np.ones(table.lines, np.bool_)
        low = np.flatnonzero((table.letters < 32) & (table.letters != _TAB))
        places = [low[table.letters[low] != _LINE_FEED]]
        places += [_found(table.data, mark) for mark in _MARKS if mark[:1] in table.data]
        blanks = np.flatnonzero(table.letters == _BLANK)
        before, after = table.letters[blanks - 1], table.letters[blanks + 1]
        places.append(blanks[(before == _TAB) | (after == _TAB) | (after == _LINE_FEED)])
        if b"|" in table.data:
            pipes = np.flatnonzero(table.letters == _PIPE)
            places.append(pipes[~self._multiple[_columns_of(table, pipes)]])
        line_ends = table.ends[-1]
        for bytes_at in places:
            if len(bytes_at):
                rows = np.searchsorted(line_ends, bytes_at)
                good[rows[rows < table.lines]] = False
        return good

    def _sound(self, table: Table, bulk: Bulk) -> Flags:
        good = np.ones(table.lines, np.bool_)
        for column, cell in enumerate(self.record.cells):
            if column:
                good &= self._column(table, column, cell, bulk)
        return good

    def _column(self, table: Table, column: int, cell: Cell, bulk: Bulk) -> Flags:
        empty = table.widths(column) == 0
        if empty.all():
            return np.full(table.lines, not cell.mandatory)
        if cell.name in _GTINS:
            right = columns.gtins(table, column)
        elif cell.type == "isrc" and not cell.multiple:
            right = columns.isrcs(table, column)
        elif cell.type in {"decimal", "integer"} and not cell.multiple:
            right = bulk.numbers(column).sound
        elif _is_free(cell):
            right = ~empty
        else:
            right = columns.listed(table, column, lambda text: self._is_known(column, text))
        return right if cell.mandatory else right | empty

    def _is_known(self, column: int, text: bytes) -> bool:
        known = self._known[column]
        if text in known:
            return True
        right = self._judge(self.record.cells[column], text.decode())
        if right and len(known) < _KNOWN:
            known.add(text)
        return right


def _is_free(cell: Cell) -> bool:
    """Whether any text is right in it."""
    anything = cell.type == "text" and cell.test is None
    return anything and not cell.multiple and not cell.name.endswith("GRid")


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _found(data: bytes, mark: bytes) -> Whole:
    places, at = [], data.find(mark)
    while at >= 0:
        places.append(at)
        at = data.find(mark, at + 1)
    return np.array(places, np.int64)


def _columns_of(table: Table, places: Whole) -> Whole:
    """The column in which each byte stands."""
    columns_of: Whole = np.searchsorted(table.ends.T.ravel(), places) % table.ends.shape[0]
    return columns_of


def _ids(data: bytes, lines: Whole) -> set[bytes]:
    """The second cells of some lines."""
    texts = data.split(b"\n")
    return {b"".join(texts[line].split(b"\t", 2)[1:2]) for line in lines.tolist()}


def _table(data: bytes, cells: int) -> tuple[Table, Whole, int] | None:
    """The lines that have this number of cells, their places, and how many lines there are."""
    letters = np.frombuffer(data, np.uint8)
    edges = np.flatnonzero((letters == _TAB) | (letters == _LINE_FEED))
    last = np.flatnonzero(letters[edges] == _LINE_FEED)
    counts = np.diff(last, prepend=-1)
    whole = np.flatnonzero(counts == cells)
    if len(whole) < FEWEST:
        return None
    if len(whole) == len(last):
        ends = np.ascontiguousarray(edges.reshape(-1, cells).T)
    else:
        ends = edges[last[whole][None, :] - np.arange(cells - 1, -1, -1)[:, None]]
    starts = np.empty_like(ends)
    starts[1:] = ends[:-1] + 1
    line_starts = np.concatenate(([0], edges[last[:-1]] + 1))
    starts[0] = line_starts[whole]
    return Table(data, letters, starts, ends), whole, len(last)
