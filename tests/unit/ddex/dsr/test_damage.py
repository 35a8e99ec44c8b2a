"""Faults as files in the wild have them, each found at its line and cell, by both ways."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from ddex.dsr.checker import check
from ddex.dsr.findings import Findings
from ddex.dsr.lines import read_blocks
from ddex.dsr.records import FINANCIAL
from ddex.dsr.writer import write_report
from tests.unit.ddex.dsr.reports import (
    _HEAD,
    BASIC,
    BASIC_NAME,
    FINANCIAL_NAME,
    both,
    edit,
    put,
    row,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.schemas import SchemaFolder

ROWS = 200


def many() -> str:
    """Long enough for the bulk way: line 1 HEAD, 2 SY10, rows from 3, SRFO."""
    amounts = {**both("AllocatedRevenue", str(ROWS)), **both("AllocatedNetRevenue", str(ROWS))}
    total = summary(Usages=10 * ROWS, AllocatedUsages=10 * ROWS, **amounts)
    every = (row(f"t{number}", 10, "1") for number in range(ROWS))
    return "".join(write_report(FINANCIAL, head=_HEAD, summaries=[total], rows=every))


GOOD = many()
_SR08, _SY10 = (FINANCIAL.records[name] for name in ("SR08", "SY10"))
_AT = 100


def _swapped(text: str) -> str:
    lines = text.split("\n")
    lines[1], lines[_AT] = lines[_AT], lines[1]
    return "\n".join(lines)


def _lines(change: Callable[[list[str]], object]) -> Callable[[str], str]:
    def changed(text: str) -> str:
        lines = text.split("\n")
        change(lines)
        return "\n".join(lines)

    return changed


def _cell(name: str, value: str, line: int = _AT) -> Callable[[str], str]:
    record = _SY10 if line == 2 else _SR08
    return lambda text: put(text, line, record.index(name), value)


DAMAGE = [
    (lambda text: edit(text, _AT, lambda cells: cells[:7] + cells[8:]), _AT, "", "DSR-201"),
    (lambda text: edit(text, _AT, lambda cells: [*cells, ""]), _AT, "", "DSR-201"),
    (_swapped, 2, "RecordType", "DSR-106"),
    (_cell("DspReleaseId", ""), _AT, "DspReleaseId", "DSR-202"),
    (_cell("AllocatedUsages", "1999", 2), 2, "AllocatedUsages", "DSR-401"),
    (_cell("AllocatedNetRevenueInCurrencyOfAccounting", "2"), 2,
     "AllocatedNetRevenueInCurrencyOfAccounting", "DSR-402"),
    (_cell("NetUsage", "11"), _AT, "NetUsage", "DSR-306"),
    (_cell("SummaryRecordId", "9"), _AT, "SummaryRecordId", "DSR-302"),
    (_cell("SalesTransactionId", "t0"), _AT, "SalesTransactionId", "DSR-305"),
    (_cell("ResourceISRC", "QZ-SEG-26-00001"), _AT, "ResourceISRC", "DSR-203"),
    (_cell("TotalUsages", "1e1"), _AT, "TotalUsages", "DSR-203"),
    (_cell("ResourceTitle", "a\x00b"), _AT, "", "DSR-015"),
    (_cell("ResourceTitle", "a\rb"), _AT, "", "DSR-015"),
    (_cell("ResourceTitle", "a|b"), _AT, "ResourceTitle", "DSR-205"),
    (_cell("Territory", "Germany", 2), 2, "Territory", "DSR-204"),
    (lambda text: put(text, 1, 3, "7.9"), 1, "ProfileVersion", "DSR-103"),
    (lambda text: put(text, 1, 2, "NoProfile"), 1, "Profile", "DSR-102"),
    (lambda text: put(text, 1, 11 - 1, "PADPIDA2013020802I"), 1, "SenderPartyId", "DSR-002"),
    (_lines(lambda lines: lines.insert(_AT - 1, "")), _AT, "", "DSR-014"),
    (_lines(lambda lines: lines.insert(_AT - 1, "\t\t")), _AT, "", "DSR-014"),
    (_lines(lambda lines: lines.pop(_AT)), ROWS + 2, "NumberOfLinesInReport", "DSR-501"),
    (_lines(lambda lines: lines.pop(-2)), ROWS + 2, "", "DSR-107"),
    (lambda text: "\ufeff" + text, 1, "", "DSR-010"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "line", "cell", "code"),
    [pytest.param(*each, id=str(number)) for number, each in enumerate(DAMAGE)],
)
def test_damage_is_found_at_its_place(
    damage: Callable[[str], str], line: int, cell: str, code: str, schema_folder: SchemaFolder
) -> None:
    data = damage(GOOD).encode()
    fast, slow, xsd = (
        check(data, FINANCIAL_NAME, resource=schema_folder, bulk=bulk, xsd=xsd)
        for bulk, xsd in ((True, False), (False, False), (False, True))
    )
    assert fast == slow
    assert fast.ok == (code == "DSR-205")
    for report in (fast, xsd):
        found = {(one.line, one.cell, one.code) for one in report.findings}
        assert (line, cell, code) in found, found
        assert all(one.message and one.remedy for one in report.findings)


def test_line_ends_of_windows_are_right(schema_folder: SchemaFolder) -> None:
    for text, name in ((GOOD, FINANCIAL_NAME), (BASIC, BASIC_NAME)):
        data = text.replace("\n", "\r\n").encode()
        assert check(data, name, resource=schema_folder, xsd=True).ok


def test_the_last_part_tells_the_whole_report(schema_folder: SchemaFolder) -> None:
    for cell, name in ((2, "NumberOfLinesInReport"), (5, "NumberOfBlocksInReport")):
        report = check(put(BASIC, 10, cell, "").encode(), BASIC_NAME, resource=schema_folder)
        assert [(one.line, one.cell, one.code) for one in report.findings] == [
            (10, name, "DSR-202")
        ]


def test_a_gzip_bomb_is_not_read_to_its_end() -> None:
    line = b"#" * 65_535 + b"\n"
    data = gzip.compress(GOOD.encode() + line * 1400)
    report = check(data, FINANCIAL_NAME + ".gz")
    assert not report.ok
    assert "DSR-011" in {one.code for one in report.findings}
    assert report.totals["lines"] < 1300


def test_more_bytes_than_agreed_are_warned_of() -> None:
    findings = Findings()
    assert list(read_blocks(GOOD.encode(), FINANCIAL_NAME, findings, most=len(GOOD) - 1))
    assert [(one.code, one.level) for one in findings.all()] == [("DSR-016", "warning")]
    assert not list(read_blocks(b"", FINANCIAL_NAME, Findings(), most=0))


def test_official_samples_of_other_profiles_are_told_so(schema_folder: SchemaFolder) -> None:
    assert schema_folder.root is not None
    samples = sorted((schema_folder.root.parent / "samples" / "dsr").glob("*.tsv"))
    for path in samples:
        report = check(path.read_bytes(), path.name, resource=schema_folder, xsd=True)
        assert [(one.line, one.cell, one.code) for one in report.findings] == [
            (1, "Profile", "DSR-102")
        ]
    assert samples or schema_folder.root.parent.name != "ddex"
