"""Right reports pass, planted faults are found: with DDEX's schema and without."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from ddex.dsr.checker import Report, check
from ddex.dsr.records import FINANCIAL, RECORDS
from ddex.dsr.rules import RULES
from tests.fixtures.environment import lacking
from tests.unit.ddex.dsr.reports import (
    BASIC,
    BASIC_NAME,
    FINANCIAL_NAME,
    edit,
    financial,
    put,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.schemas import SchemaFolder

SR08, SY10 = RECORDS["SR08"].index, RECORDS["SY10"].index
GOOD = financial()


def run(
    text: str | bytes, name: str = FINANCIAL_NAME, resource: SchemaFolder | None = None
) -> Report:
    data = text if isinstance(text, bytes) else text.encode()
    return check(data, name, resource=resource)


def errors(report: Report) -> list[tuple[str, int]]:
    return [(f.code, f.line) for f in report.findings if f.level == "error"]


@pytest.mark.parametrize(("text", "rows"), [(GOOD, 2), (BASIC, 2)])
def test_a_right_report_has_no_findings(text: str, rows: int, schema_folder: SchemaFolder) -> None:
    for resource, used in ((schema_folder, "used"), (None, "absent")):
        report = run(text, resource=resource)
        assert report.findings == ()
        assert report.to_json()["ok"] is True
        assert (report.rows, report.schema) == (rows, used)
        assert report.totals["usages"] == "30"


def test_the_synthetic_samples_are_right(schema_folder: SchemaFolder) -> None:
    assert schema_folder.root is not None
    samples = sorted((schema_folder.root.parent / "samples" / "dsr-synthetic").glob("*.tsv"))
    if not samples:
        lacking("no DSR samples beside the schemas", "put them into samples/dsr-synthetic")
    for sample in samples:
        report = run(sample.read_bytes(), sample.name, schema_folder)
        assert report.ok, report.findings
        assert report.schema == "used"
        assert {finding.code for finding in report.findings} <= {"DSR-601"}


def test_comments_are_legal_and_count(schema_folder: SchemaFolder) -> None:
    report = run(financial(comments=("provisional", "second")), resource=schema_folder)
    assert report.findings == ()
    assert report.totals["lines"] == 7


PRICE = SR08("CalculatedUnitPriceInCurrencyOfTransaction")
REVENUE = SY10("AllocatedRevenueInCurrencyOfTransaction")
NET_REVENUE = SY10("AllocatedNetRevenueInCurrencyOfAccounting")


def summary_at_the_end(text: str) -> str:
    again = text.split("\n")[1].replace("SY10\t1", "SY10\t2")
    return text.replace("SRFO\t5\t1", f"{again}\nSRFO\t6\t2")


def summary_twice(text: str) -> str:
    return text.replace("\nSR08\tt1", "\n" + text.split("\n")[1] + "\nSR08\tt1")


def without_line(text: str, line: int) -> str:
    lines = text.split("\n")
    return "\n".join(lines[: line - 1] + lines[line:])


def first_block_id_again(text: str) -> str:
    second = "\n".join(text.split("\n")[6:9])
    return text.replace(second, second.replace("01\t2", "01\t1").replace("SU02\t2", "SU02\t1"))


FAULTS: list[tuple[str, Callable[[str], str], str, int]] = [
    ("short row", lambda t: edit(t, 3, lambda c: c[:-1]), "DSR-201", 3),
    ("extra cell", lambda t: edit(t, 4, lambda c: [*c, ""]), "DSR-201", 4),
    ("mandatory empty", lambda t: put(t, 3, SR08("NetUsage"), ""), "DSR-202", 3),
    ("exponent", lambda t: put(t, 3, PRICE, "1E-5"), "DSR-203", 3),
    ("comma", lambda t: put(t, 3, SR08("TotalUsages"), "1,000"), "DSR-203", 3),
    ("date", lambda t: put(t, 3, SR08("SalesTransactionDate"), "30.11.2026"), "DSR-203", 3),
    ("isrc", lambda t: put(t, 3, SR08("ResourceISRC"), "QZ-SEG-26-00001"), "DSR-203", 3),
    ("boolean", lambda t: put(t, 3, SR08("CopyrightObligationWithDSP"), "no"), "DSR-203", 3),
    ("namespace", lambda t: put(t, 3, SR08("ProprietaryReleaseId"), "123"), "DSR-203", 3),
    ("model", lambda t: put(t, 2, SY10("CommercialModel"), "Subscription"), "DSR-204", 2),
    ("currency", lambda t: put(t, 2, SY10("CurrencyOfTransaction"), "euro"), "DSR-204", 2),
    ("territory", lambda t: put(t, 2, SY10("Territory"), "Germany"), "DSR-204", 2),
    ("unknown summary", lambda t: put(t, 3, SR08("SummaryRecordId"), "9"), "DSR-302", 3),
    ("same transaction", lambda t: put(t, 4, SR08("SalesTransactionId"), "t1"), "DSR-305", 4),
    ("net usage", lambda t: put(t, 3, SR08("Returns"), "1"), "DSR-306", 3),
    ("allocated usages", lambda t: put(t, 2, SY10("AllocatedUsages"), "31"), "DSR-401", 2),
    ("revenue", lambda t: put(t, 2, REVENUE, "3.02"), "DSR-402", 2),
    ("net revenue", lambda t: put(t, 2, NET_REVENUE, "3"), "DSR-402", 2),
    ("dates", lambda t: put(t, 2, SY10("ReportingPeriodStartDate"), "2026-12-01"), "DSR-308", 2),
    ("lines", lambda t: put(t, 5, 1, "6"), "DSR-501", 5),
    ("summaries", lambda t: put(t, 5, 2, "2"), "DSR-502", 5),
    ("no footer", lambda t: "\n".join(t.split("\n")[:4]) + "\n", "DSR-107", 4),
    ("FOOT in SRB", lambda t: t.replace("SRFO\t5\t1", "FOOT\t5\t5\t1\t0\t0"), "DSR-104", 5),
    ("after footer", lambda t: t + "# fine\nSR08\n", "DSR-108", 7),
    ("empty line", lambda t: t.replace("SRFO\t5", "\nSRFO\t6"), "DSR-014", 5),
    ("no HEAD", lambda t: t.split("\n", 1)[1], "DSR-101", 1),
    ("no summary", lambda t: without_line(t, 2), "DSR-106", 2),
    ("summary after rows", summary_at_the_end, "DSR-105", 5),
    ("same summary", summary_twice, "DSR-301", 3),
    ("record of another profile", lambda t: t.replace("SR08\tt1", "SU02\tt1"), "DSR-104", 3),
    ("profile", lambda t: t.replace(FINANCIAL.name, "FinanceProfile"), "DSR-102", 1),
    ("version", lambda t: put(t, 1, 3, "7.3"), "DSR-103", 1),
    ("message version", lambda t: t.replace("dsrf/1.1.2", "1.1.2"), "DSR-111", 1),
    ("1 of 2", lambda t: put(t, 1, 7, "2"), "DSR-110", 1),
    ("control character", lambda t: t.replace("Paper Tides", "Paper\x07Tides", 1), "DSR-015", 3),
    ("BOM", lambda t: "\ufeff" + t, "DSR-010", 1),
    ("recipient", lambda t: put(t, 1, 13, "PADPIDA2014120301L"), "DSR-002", 1),
    ("period", lambda t: put(t, 1, 9, "2026-11-29"), "DSR-002", 1),
    ("other territory", lambda t: put(t, 2, SY10("Territory"), "FR"), "DSR-004", 2),
]  # fmt: skip


@pytest.mark.parametrize(("what", "plant", "code", "line"), FAULTS, ids=[f[0] for f in FAULTS])
def test_planted_faults_are_found(
    what: str, plant: Callable[[str], str], code: str, line: int, schema_folder: SchemaFolder
) -> None:
    text = plant(GOOD)
    assert text != GOOD, what
    for resource in (schema_folder, None):
        report = run(text, resource=resource)
        assert not report.ok
        assert (code, line) in errors(report)
        assert all(f.message and f.remedy for f in report.findings)


BASIC_FAULTS: list[tuple[str, Callable[[str], str], str, int]] = [
    ("block not contiguous", lambda t: put(t, 6, 1, "2"), "DSR-109", 6),
    ("block twice", first_block_id_again, "DSR-109", 7),
    ("block id is text", lambda t: t.replace("\t2\t", "\tb\t"), "DSR-109", 7),
    ("resource reference", lambda t: put(t, 9, 5, "R9"), "DSR-303", 9),
    ("used resource", lambda t: put(t, 5, 5, "R1|R2"), "DSR-303", 5),
    ("other block", lambda t: put(put(t, 9, 4, "S1"), 9, 5, ""), "DSR-303", 9),
    ("both transacted", lambda t: put(t, 6, 5, "R1"), "DSR-304", 6),
    ("neither transacted", lambda t: put(t, 6, 4, ""), "DSR-304", 6),
    ("work left out", lambda t: without_line(t, 8), "DSR-105", 8),
    ("more rows than usages", lambda t: put(t, 2, 8, "29"), "DSR-403", 2),
    ("allocated usages", lambda t: put(t, 2, 14, "29"), "DSR-401", 2),
    ("blocks", lambda t: put(t, 10, 4, "3"), "DSR-503", 10),
    ("duration", lambda t: put(t, 4, 9, "3:00"), "DSR-203", 4),
    ("iswc", lambda t: put(t, 4, 11, "T-034.524.680-1"), "DSR-203", 4),
    ("SRFO in blocks", lambda t: t.replace("FOOT\t10\t10\t1\t2\t2", "SRFO\t10\t1"), "DSR-107", 10),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "plant", "code", "line"), BASIC_FAULTS, ids=[f[0] for f in BASIC_FAULTS]
)
def test_planted_faults_in_blocks_are_found(
    what: str, plant: Callable[[str], str], code: str, line: int, schema_folder: SchemaFolder
) -> None:
    text = plant(BASIC)
    assert text != BASIC, what
    for resource in (schema_folder, None):
        assert (code, line) in errors(run(text, BASIC_NAME, resource))


def test_less_than_all_usage_needs_allocated_usages() -> None:
    more = put(BASIC, 2, 8, "31")
    assert errors(run(more, BASIC_NAME)) == [("DSR-404", 2)]
    assert run(put(more, 2, 14, "30"), BASIC_NAME).findings == ()


def test_a_summary_that_can_not_tell_a_part_is_warned_of() -> None:
    plain = [*BASIC.split("\n")[1].split("\t")[1:9], "", "EUR", "3", "", "", ""]
    text = edit(put(BASIC, 2, 8, "31"), 2, lambda _: ["SY01.01", *plain[:7], "31", *plain[8:]])
    report = run(text, BASIC_NAME)
    assert report.ok
    assert [f.code for f in report.findings] == ["DSR-405"]


def test_only_the_schema_knows_all_allowed_values(schema_folder: SchemaFolder) -> None:
    text = put(GOOD, 4, SR08("ResourceType"), "SoundRecordin")
    text = put(text, 2, SY10("CurrencyOfAccounting"), "EUX")
    assert run(text).ok
    report = run(text, resource=schema_folder)
    assert errors(report) == [("DSR-204", 2), ("DSR-204", 4)]
    assert [f.cell for f in report.findings] == ["CurrencyOfAccounting", "ResourceType"]
    assert [f.record for f in report.findings] == ["SY10", "SR08"]
    block = run(put(BASIC, 9, 6, "wahr"), BASIC_NAME, schema_folder)
    assert ("DSR-203", 9) in errors(block)
    grouped = run(put(BASIC, 7, 10, "Sound"), BASIC_NAME, schema_folder)
    assert errors(grouped) == [("DSR-204", 7)]


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("ReleaseICPN", "04006381333932", "DSR-604"),
        ("ReleaseGRid", "A12425GABC1234002X", "DSR-605"),
        ("ReleaseDisplayArtistPartyId", "ISNI::0000000114819104", "DSR-602"),
        ("ReleaseTitle", "Either | or", "DSR-205"),
        ("ReleaseTitle", "back\\slash", "DSR-205"),
        ("ReleaseTitle", "blank ", "DSR-206"),
        ("SalesTransactionDate", "2026-10-31", "DSR-307"),
    ],
)
def test_warnings_do_not_refuse(cell: str, value: str, code: str) -> None:
    report = run(put(GOOD, 3, SR08(cell), value))
    assert report.ok
    assert [(f.code, f.line, f.cell) for f in report.findings] == [(code, 3, cell)]


@pytest.mark.parametrize(
    "name",
    [
        "report.tsv",
        "DSR_a_b_c_2026-11_DE_20261201T060000.tsv",
        FINANCIAL_NAME.replace("1of1", "0of1"),
        FINANCIAL_NAME.replace("2026-11_", "2026-13_"),
        FINANCIAL_NAME.replace(".tsv", ".txt"),
        FINANCIAL_NAME.replace("T06", "T66"),
        "",
        "\x00" * 300,
    ],
)
def test_a_bad_name_is_an_error(name: str) -> None:
    assert errors(run(GOOD, name)) == [("DSR-001", 0)]


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("PADPIDA2013020802I", "Other"),
        ("PADPIDA2014120301L", "Other"),
        ("Premium", "Free"),
        ("2026-11_", "2026-10_"),
        ("1of1", "2of2"),
    ],
)
def test_a_name_that_is_not_head(part: str, other: str) -> None:
    codes = {code for code, _ in errors(run(GOOD, FINANCIAL_NAME.replace(part, other)))}
    assert codes == {"DSR-002"}


def test_names_instead_of_ids_and_parts_left_out() -> None:
    name = "DSR_A-Label_Segue___DE_1of1_20261201T060000.tsv"
    assert run(GOOD, name).findings == ()
    late = run(GOOD, FINANCIAL_NAME.replace("T06", "T07"))
    assert [f.code for f in late.findings] == ["DSR-003"]
    assert late.ok


def test_gzip_and_line_ends_and_streams() -> None:
    packed = gzip.compress(GOOD.encode())
    assert run(packed, FINANCIAL_NAME + ".gz").findings == ()
    assert check(io.BytesIO(packed), FINANCIAL_NAME + ".gz").ok
    assert run(GOOD.replace("\n", "\r\n")).findings == ()
    assert run(GOOD.rstrip("\n")).findings == ()
    assert errors(run(packed)) == [("DSR-011", 0)]
    assert ("DSR-011", 0) in errors(run(GOOD, FINANCIAL_NAME + ".gz"))
    assert "DSR-011" in {code for code, _ in errors(run(packed[:-12], FINANCIAL_NAME + ".gz"))}
    assert "DSR-011" in {
        code for code, _ in errors(run(packed[:30] + b"x" * 50, FINANCIAL_NAME + ".gz"))
    }


def test_escapes_are_read(schema_folder: SchemaFolder) -> None:
    text = put(GOOD, 3, SR08("ReleaseTitle"), "One \\\\| two \\\\\\ three")
    tab = put(text, 4, SR08("ReleaseTitle"), "One \\TAB two").replace("\\TAB", "\\\t")
    assert run(tab, resource=schema_folder).findings == ()


def test_what_is_no_text_at_all() -> None:
    assert errors(run(b"")) == [("DSR-012", 0)]
    assert errors(run(b"# only a comment\n")) == [("DSR-012", 0)]
    assert ("DSR-010", 1) in errors(run(b"HEAD\xff\xfe\n"))
    assert ("DSR-013", 1) in errors(run(b"x" * 3_000_000))
    bomb = gzip.compress(b"\n" * 2_000_000)
    report = run(bomb, FINANCIAL_NAME + ".gz")
    assert len(report.findings) == 1001
    assert report.findings[-1].code == "DSR-999"


def test_absurd_numbers_do_no_harm() -> None:
    text = put(GOOD, 3, SR08("TotalUsages"), "9" * 500_000)
    assert not run(put(text, 1, 7, "9" * 10_000)).ok


def many(rows: int) -> list[str]:
    """The lines of a right report with that many rows."""
    lines = GOOD.split("\n")
    row = lines[2].split("\t")
    own = ["\t".join([row[0], f"n{n}", *row[2:]]) for n in range(rows)]
    summary = put("\n".join(lines[:2]), 2, SY10("AllocatedUsages"), str(10 * rows))
    summary = put(summary, 2, SY10("Usages"), str(10 * rows))
    for cell in RECORDS["SY10"].cells:
        if cell.name.startswith("Allocated") and "Revenue" in cell.name:
            summary = put(summary, 2, SY10(cell.name), str(rows))
    return [*summary.split("\n"), *own, f"SRFO\t{rows + 3}\t1", ""]


def test_many_rows_are_validated_by_the_schema_in_chunks(schema_folder: SchemaFolder) -> None:
    lines = many(5000)
    lines[4499] = lines[4499].replace("\t1\t2026-11-30", "\t1\t2026-11-31", 1)
    text = "\n".join(lines)
    report = check(text.encode(), FINANCIAL_NAME, resource=schema_folder, xsd=True)
    assert report.rows == 5000
    assert check(GOOD.encode(), FINANCIAL_NAME, resource=schema_folder, xsd=True).findings == ()


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_a_report(data: bytes) -> None:
    report = check(data, FINANCIAL_NAME)
    assert report.to_json()["ok"] is False


@given(st.data())
def test_any_damage_to_a_right_file_gives_a_report(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([GOOD, BASIC])).encode()
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, min(len(text), start + 50)))
    damaged = text[:start] + data.draw(st.binary(max_size=8)) + text[end:]
    report = check(damaged, FINANCIAL_NAME)
    assert report.ok == (not errors(report))


def test_codes_are_unique_and_explained() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES) > 40
    assert all(rule.text.endswith(".") and rule.remedy for rule in RULES)
