"""The sieve changes nothing but the time: with it and without it the outcome is the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from ddex.dsr.checker import check
from ddex.dsr.findings import Findings
from ddex.dsr.gate import Gate
from ddex.dsr.generated import generated
from ddex.dsr.records import FINANCIAL
from tests.unit.ddex.dsr.reports import FINANCIAL_NAME
from tests.unit.ddex.dsr.test_checker import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.schemas import SchemaFolder
    from ddex.dsr.checker import Report

LINES = many(300)
VALUES = (
    "", " ", "0", "1", "10", "10.0", "9.", ".5", ".", "1.2.3", "-1", "+1", "1e3", "9" * 18,
    "9" * 19, "2026-11-30", "2026-10-31", "2026-13-01", "true", "no", "QZSEG2600001", "qz-seg",
    "04006381333931", "04006381333932", "4006381333931", "a::b", "a::b|c", "a::b|c::d", "Album",
    "Albumm", "x|y", "x\\\\|y", "back\\slash", "\\\\\\", "n7", "\x07", "\x7f", "é", "😀", "\uffff",
    " x", "x ", "#", "HEAD", "SR08", "A12425GABC1234002M", "ISNI::0000000114819104",
)  # fmt: skip
LINE = ("", "#", "# c", "DE01\tx", "SR08", "SRFO\t303\t1", "SY10\t2", "FOOT", "\t\t", "HEAD")


def both(text: bytes, resource: SchemaFolder | None = None) -> Report:
    bulk = check(text, FINANCIAL_NAME, resource=resource)
    assert check(text, FINANCIAL_NAME, resource=resource, bulk=False) == bulk
    return bulk


def damaged(lines: Sequence[str], dice: random.Random) -> list[str]:
    found = list(lines)
    for _ in range(dice.choice((1, 2, 5, 40))):
        place = dice.randrange(2, len(found) - 2)
        cells = found[place].split("\t")
        kind = dice.random()
        if kind < 0.75 and len(cells) > 1:
            cells[dice.randrange(1, len(cells))] = dice.choice(VALUES)
        elif kind < 0.8:
            cells = cells[:-1]
        elif kind < 0.85:
            cells.append("")
        elif kind < 0.9:
            cells = found[dice.randrange(2, len(found) - 2)].split("\t")
        else:
            cells = [dice.choice(LINE)]
        found[place] = "\t".join(cells)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_damaged_files_have_the_same_outcome(seed: int, schema_folder: SchemaFolder) -> None:
    dice = random.Random(seed)  # noqa: S311 - damage that can be had again
    text = "\n".join(damaged(LINES, dice))
    resource = schema_folder if seed % 2 else None
    both(text.replace("\n", "\r\n" if seed % 7 == 0 else "\n").encode(), resource)


@pytest.mark.parametrize("column", range(1, 48))
def test_each_cell_of_a_column_is_judged_alike(column: int, schema_folder: SchemaFolder) -> None:
    lines = list(LINES)
    for place, value in enumerate(VALUES, 4):
        cells = lines[place].split("\t")
        cells[column] = value
        lines[place] = "\t".join(cells)
    both("\n".join(lines).encode(), schema_folder)


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 40_000), junk=st.binary(max_size=5))
def test_bytes_that_are_no_text_have_a_line(at: int, junk: bytes) -> None:
    text = "\n".join(LINES).encode()
    both(text[:at] + junk + text[at:])


def test_a_right_file_has_no_findings_either_way() -> None:
    assert both("\n".join(LINES).encode()).findings == ()


@pytest.mark.parametrize("column", range(1, 48))
def test_the_schema_as_xml_is_the_oracle_of_cells(column: int, schema_folder: SchemaFolder) -> None:
    """A value that our generated validators refuse is refused by libxml2 too, and no other."""
    lines = list(LINES[:2])
    values = [value for value in VALUES if value == value.strip() and _is_plain(value)]
    if column == 47:  # CopyrightObligationWithDSP: Part 1 knows true and false alone
        values = [value for value in values if value not in {"0", "1"}]
    for place, value in enumerate(values):
        cells = LINES[place + 2].split("\t")
        lines.append("\t".join([*cells[:column], value, *cells[column + 1 :]]))
    report = check(
        "\n".join([*lines, "SRFO\t3\t1"]).encode(), FINANCIAL_NAME, resource=schema_folder
    )
    ours = {f.line for f in report.findings if f.code in {"DSR-202", "DSR-203", "DSR-204"}}
    told = Findings()
    gate = Gate(FINANCIAL, schema_folder, told)
    records = generated(FINANCIAL, schema_folder)
    for number, line in enumerate(lines, 1):
        cells = line.split("\t")
        gate.take(number, records[cells[0]], cells, begins_block=False)
    gate.finish()
    assert {f.line for f in told.kept} == ours


def _is_plain(value: str) -> bool:
    """Without marks of the flat file; and the schema's pattern of dates knows a month 13."""
    return value != "2026-13-01" and not any(mark in value for mark in "\\|\x07\uffff")
