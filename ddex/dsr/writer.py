"""Writes a record of a DSR file as its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddex.dsr.text import Value, cell_text
from ddex.errors import DdexError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ddex.dsr.records import Record

    Cells = Mapping[str, Value | Sequence[str]]


class RecordIncomplete(DdexError):
    """A record without a value for a mandatory cell, or with a cell that it doesn't have."""

    def __init__(self, record: str, cell: str, why: str) -> None:
        super().__init__(f"{record}: {cell} {why}")
        self.record = record
        self.cell = cell


def record_line(record: Record, cells: Cells) -> str:
    """One record as a line.

    Raises:
        RecordIncomplete: a mandatory cell is empty, or a cell is not of this record.
    """
    texts = [record.type]
    for cell in record.cells[1:]:
        text = cell_text(cells.get(cell.name))
        if cell.mandatory and not text:
            raise RecordIncomplete(record.type, cell.name, "is mandatory and empty")
        texts.append(text)
    known = {cell.name for cell in record.cells}
    strange = next((name for name in cells if name not in known), "")
    if strange:
        raise RecordIncomplete(record.type, strange, "is no cell of this record")
    return "\t".join(texts) + "\n"
