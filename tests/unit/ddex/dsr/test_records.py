"""The tables of records agree with DDEX's schemas, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from ddex.dsr.records import PROFILES, RECORDS, Profile, find_profile, versions_of

if TYPE_CHECKING:
    from core.schemas import SchemaFolder

XS = "{http://www.w3.org/2001/XMLSchema}"
DECIMALS = {"xs:decimal": "decimal", "xs:integer": "integer", "xs:boolean": "boolean"}


@pytest.mark.parametrize(
    "profile", [p for p in PROFILES if p.tested], ids=lambda p: f"{p.name}-{p.version}"
)
def test_cells_are_those_of_the_schema(profile: Profile, schema_folder: SchemaFolder) -> None:
    root = etree.fromstring(schema_folder(profile.schema))
    types = {str(t.get("name")): t for t in root.findall(f"{XS}complexType")}
    for key in (profile.head, *profile.summaries, *profile.rows, profile.foot):
        name = "RecordType-" + {"HEAD/SRB": "SRHE", "FOOT/1.0": "FOOT"}.get(
            key, key.replace(".", "")
        )
        elements = list(types[name].iter(f"{XS}element"))
        record = RECORDS[key]
        assert [cell.name for cell in record.cells] == [
            str(e.get("name")).strip() for e in elements
        ]
        for cell, element in zip(record.cells, elements, strict=True):
            assert cell.mandatory == (element.get("minOccurs") != "0"), (key, cell.name)
            assert cell.multiple == (element.get("maxOccurs") == "unbounded"), (key, cell.name)
            expected = DECIMALS.get(element.get("type") or "")
            if expected:
                assert cell.type == expected, (key, cell.name)


@pytest.mark.parametrize(
    ("key", "count"),
    [("HEAD", 16), ("FOOT", 6), ("SRFO", 3), ("SY10", 46), ("SR08", 48), ("SY02.02", 22),
     ("SY04.01", 20), ("SY05.02", 25), ("AS01.01", 12), ("AS02.02", 22),
     ("SU02", 10), ("SU01", 12)],
)  # fmt: skip
def test_the_number_of_cells(key: str, count: int) -> None:
    assert len(RECORDS[key].cells) == count


def test_profiles_are_found_by_name_and_version() -> None:
    assert find_profile("BasicAudioProfile", "1.2") is not None
    assert find_profile("BasicAudioProfile", "9") is None
    assert versions_of("BasicAudioProfile") == ("1.0", "1.1", "1.2")
    assert versions_of("nothing") == ()
    single = find_profile("FinancialReportingToRecordCompaniesProfileSRB", "1.0")
    assert single is not None
    assert single.single_record
