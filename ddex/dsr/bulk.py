"""Adds a table of usage records to the sums of their summaries, all at once and exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from ddex.dsr import columns
from ddex.dsr.sums import EXACT, REVENUES, USAGE_CELLS

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    from ddex.dsr.columns import Flags, Numbers, Table
    from ddex.dsr.records import Record
    from ddex.dsr.sums import Summary, Sums


class Bulk:
    """One table's numbers: judged once, used for the sums too."""

    def __init__(self, record: Record, table: Table, sums: Sums) -> None:
        self._record = record
        self._table = table
        self._sums = sums
        self._numbers: dict[int, Numbers] = {}

    def numbers(self, column: int) -> Numbers:
        """A column of numbers."""
        if column not in self._numbers:
            fraction = self._record.cells[column].type == "decimal"
            self._numbers[column] = columns.numbers(self._table, column, fraction=fraction)
        return self._numbers[column]

    def fits(self) -> Flags:
        """Where the numbers of a line agree with each other, and its summary is there."""
        column = self._record.index("SummaryRecordId")
        good = columns.listed(self._table, column, lambda t: t.decode() in self._sums.summaries)
        if self._record.type == "SR08":
            good &= self._net_usage()
        return good

    def _net_usage(self) -> Flags:
        names = ("TotalUsages", "Returns", "NetUsage")
        total, returns, net = (self.numbers(self._record.index(name)) for name in names)
        places = max(total.places, net.places)
        total, returns, net = (number.at(places) for number in (total, returns, net))
        agree: Flags = total.units - returns.units == net.units
        return agree & total.sound & returns.sound & net.sound

    def add(self, good: Flags, doubtful: AbstractSet[bytes]) -> Flags:
        """Add the good lines, but those whose SalesTransactionId was there or is `doubtful`.

        Returns which were added.
        """
        good = self._take_transactions(good, doubtful)
        self._sums.rows += int(good.sum())
        for name, chosen in self._by_summary(good):
            self._add_to(self._sums.summaries[name], chosen)
        return good

    def _take_transactions(self, good: Flags, doubtful: AbstractSet[bytes]) -> Flags:
        texts = self._table.texts(self._record.index("SalesTransactionId"))
        wanted = texts if good.all() else [t for t, g in zip(texts, good, strict=True) if g]
        if not doubtful and self._sums.take_transactions(wanted):
            return good
        taken = good.copy()
        for i in np.flatnonzero(good).tolist():
            taken[i] = texts[i] not in doubtful and self._sums.take_transactions([texts[i]])
        return taken

    def _by_summary(self, good: Flags) -> list[tuple[str, Flags]]:
        column = self._record.index("SummaryRecordId")
        if columns.constant(self._table, column):
            return [(self._table.text(column, 0).decode(), good)] if good.any() else []
        texts: NDArray[np.bytes_] = np.array(self._table.texts(column))
        names = np.unique(texts[good])
        return [(name.decode(), good & (texts == name)) for name in names.tolist()]

    def _add_to(self, summary: Summary, chosen: Flags) -> None:
        summary.rows += int(chosen.sum())
        usages = self._total(USAGE_CELLS[self._record.type], chosen)
        summary.usages = EXACT.add(summary.usages, usages)
        if self._record.type != "SR08":
            return
        for cell in REVENUES:
            before = summary.revenues.get(cell, Decimal(0))
            summary.revenues[cell] = EXACT.add(before, self._total(cell, chosen))

    def _total(self, cell: str, chosen: Flags) -> Decimal:
        numbers = self.numbers(self._record.index(cell))
        return Decimal(numbers.total(chosen)).scaleb(-numbers.places, EXACT)
