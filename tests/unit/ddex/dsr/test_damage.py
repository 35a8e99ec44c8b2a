"""Faults as files in the wild have them, each found at its line and cell, by both ways."""

from __future__ import annotations

import gzip
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from ddex.dsr.checker import check
from ddex.dsr.findings import Findings
from ddex.dsr.lines import read_blocks
from ddex.dsr.records import FINANCIAL
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
from tests.unit.ddex.dsr.writing import write_report

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
    (_cell("CopyrightObligationWithDSP", "1"), _AT, "CopyrightObligationWithDSP", "DSR-203"),
    (_cell("SalesTransactionDate", "2026-11-31"), _AT, "SalesTransactionDate", "DSR-203"),
    (_cell("ReportingPeriodEndDate", "2026-02-29", 2), 2, "ReportingPeriodEndDate", "DSR-203"),
    (_cell("Usages", "10", 2), 2, "Usages", "DSR-406"),
    (_cell("ReleaseDisplayArtistPartyId", "ISNI::1"), _AT, "ReleaseDisplayArtistPartyId",
     "DSR-602"),
    (_lines(lambda lines: lines.insert(-1, "# behind")), ROWS + 3, "NumberOfLinesInReport",
     "DSR-501"),
    (lambda text: put(text, 1, 5, "2026-12-01T06:00:00"), 1, "MessageCreatedDateTime", "DSR-203"),
    (lambda text: put(text, 1, 6, "2"), 1, "FileNumber", "DSR-112"),
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
    assert fast.ok == (code in {"DSR-205", "DSR-406", "DSR-602"})
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


def test_a_thousand_faults_of_one_rule_do_not_hide_another(schema_folder: SchemaFolder) -> None:
    lines = GOOD.split("\n")
    bad = [put(line, 1, _SR08.index("ReleaseICPN"), "123456789013") for line in lines[2:-2]]
    text = "\n".join([*lines[:2], *bad * 6, lines[-2].replace("\t1", "\t7"), ""])
    report = check(text.encode(), FINANCIAL_NAME, resource=schema_folder)
    codes = Counter(one.code for one in report.findings)
    assert codes["DSR-604"] < ROWS * 6
    assert {"DSR-305", "DSR-401", "DSR-501", "DSR-502", "DSR-999"} <= set(codes)


def test_what_was_not_read_is_not_missed() -> None:
    lines = GOOD.split("\n")
    text = "\n".join([*lines[:2], *["SR08"] * 100_001, *lines[2:]])
    codes = Counter(one.code for one in check(text.encode(), FINANCIAL_NAME).findings)
    assert set(codes) == {"DSR-201", "DSR-999"}


def test_services_of_a_name_may_be_many(schema_folder: SchemaFolder) -> None:
    name = BASIC_NAME.replace("_Premium_", "_multi_")
    assert check(BASIC.encode(), name, resource=schema_folder).findings == ()


def test_works_and_downloads_follow_the_version(schema_folder: SchemaFolder) -> None:
    """A recording of AS01 needs its works up to 1.0; downloads and streams are no one report."""
    found = {}
    for version in ("1.0", "1.1"):
        lines = [
            ["HEAD", *BASIC.split("\n", 1)[0].split("\t")[1:]],
            ["SY02" if version == "1.0" else "SY02.01", "1", "", "", "AdvertisementSupportedModel",
             "OnDemandStream", "DE", "Premium", "20", "", "EUR", "3", "", "", "", "", ""],
            ["AS01", "2", "R1", "rec2", "", "Two", "", "Artist", "", "PT3M", "SoundRecording"],
            ["SU02", "2", "1", "t2", "", "R1", "true", "20", "", ""],
            ["FOOT", "5", "5", "1", "1", "1"],
        ]  # fmt: skip
        lines[0][3] = version
        lines[1] += [""] if version == "1.1" else []
        text = "\n".join(map("\t".join, lines)) + "\n"
        report = check(text.encode(), BASIC_NAME, resource=schema_folder)
        found[version] = [(one.line, one.code) for one in report.findings]
        oracle = check(text.encode(), BASIC_NAME, resource=schema_folder, xsd=True, bulk=False)
        assert oracle.ok == report.ok
    assert found == {"1.0": [(4, "DSR-105")], "1.1": []}


def test_a_reference_stands_for_one_record(schema_folder: SchemaFolder) -> None:
    lines = BASIC.split("\n")
    text = "\n".join([*lines[:4], lines[3], *lines[4:]]).replace("FOOT\t10\t10", "FOOT\t11\t11")
    (one,) = check(text.encode(), BASIC_NAME, resource=schema_folder).findings
    assert (one.line, one.cell, one.code) == (5, "ResourceReference", "DSR-309")
