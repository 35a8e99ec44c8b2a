"""No revenue, no codes, titles with anything in them: told before, or written right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from catalog.models import Recording, Release
from core.errors import Conflict
from ddex.dsr.checker import check
from ddex.dsr.records import RECORDS
from ddex.dsr.text import split_line
from ddex.dsr.writer import record_line
from tests.integration.reporting.offices import (
    ANN,
    BOB,
    HOSTILE,
    NOVEMBER,
    NOW,
    A,
    close,
    make_office,
    play,
)
from tests.integration.reporting.oracle import complaints

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from core.schemas import SchemaFolder
    from server.reporting.closing import Office

pytestmark = pytest.mark.integration
PART_9 = ("FinancialReportingToRecordCompaniesProfileSRB", "1.0", "SR08")


@pytest.fixture
def office(tmp_path: Path, schema_folder: SchemaFolder) -> Office:
    return make_office(tmp_path, schema_folder)


def text_of(office: Office, done: dict[str, Any]) -> str:
    (file,) = [one for one in done["files"] if one["recipient"] == A]
    return office.path_of(file["file"]).read_text()


def test_plays_without_revenue_stand_in_the_way_and_nothing_is_written(
    office: Office, tmp_path: Path
) -> None:
    play(office.database, "ra", "a1", "fa", 1, territory="FR", at=NOVEMBER + timedelta(hours=1))
    holes = office.plan("2026-11", ANN)["preview"]["service"]["holes"]
    (hole,) = [one for one in holes if one["code"] == "revenue-missing"]
    assert hole["level"] == "error"
    assert "segue revenue set --period 2026-11" in hole["remedy"]
    assert "--territory FR" in hole["remedy"]
    with pytest.raises(Conflict, match="No revenue is set for premium"):
        office.approve("2026-11", BOB)
    with pytest.raises(Conflict, match="is planned, not approved"):
        office.build("2026-11", ANN)
    assert not (tmp_path / "reports").exists()


def test_a_plan_of_days_that_the_ledger_has_open_says_so(office: Office) -> None:
    holes = office.plan("2026-11", ANN)["preview"]["service"]["holes"]
    (hole,) = [one for one in holes if one["code"] == "days-unsettled"]
    assert (hole["level"], "1 days of 2026-11" in hole["message"]) == ("warning", True)


def test_a_week_tells_that_it_has_no_money(office: Office) -> None:
    office.agree({"id": A, "dpid": A, "name": "A", "period": "week"}, ANN)
    planned = office.plan("2026-11-16--2026-11-22", ANN)
    holes = {one["code"]: one for one in planned["preview"]["service"]["holes"]}
    assert holes["period-unpaid"]["level"] == "warning"
    assert planned["preview"]["recipients"][0]["usages"] == 14


def test_releases_and_recordings_without_codes_go_under_our_ids(
    office: Office, schema_folder: SchemaFolder
) -> None:
    with office.database.write() as session:
        session.add(
            Release(id="bare", feed_id="fa", owner=A, identity="bare", title="", state="available",
                    message_digest="", order_key="", published_at=NOW)
        )  # fmt: skip
        session.add(Recording(id="plain", owner=A, isrc="", title=""))
    play(office.database, "bare", "plain", "fa", 2)
    planned = office.plan("2026-11", ANN)["preview"]["recipients"][1]
    assert (planned["without_isrc"], planned["without_icpn"]) == (2, 1)
    text = text_of(office, close(office, plan=False))
    assert complaints(text, schema_folder.root) == []
    names = [cell.name for cell in RECORDS["SR08"].cells]
    rows = [dict(zip(names, split_line(line), strict=True)) for line in text.splitlines()
            if line.startswith("SR08")]  # fmt: skip
    (row,) = [one for one in rows if one["DspReleaseId"] == "bare"]
    assert (row["ResourceISRC"], row["ReleaseICPN"], row["DspResourceId"]) == ("", "", "plain")


@pytest.mark.parametrize(
    ("profile", "version", "record"), [PART_9, ("BasicAudioProfileSRB", "1.2", "SR02")]
)
def test_rows_are_those_that_the_writer_of_records_writes(
    office: Office, profile: str, version: str, record: str
) -> None:
    """What DuckDB writes of a title with tab, pipe, backslash, line feed, Hebrew and an emoji."""
    office.agree({"id": A, "dpid": A, "name": "A", "profile": profile, "version": version}, ANN)
    text = text_of(office, close(office))
    lines = [line for line in text.splitlines() if line.startswith(f"{record}\t")]
    cells = [cell for cell in RECORDS[record].cells if cell.name != "RecordType"]
    assert len(lines) == 2
    for line in lines:
        raw: dict[str, Any] = dict(zip((c.name for c in cells), split_line(line)[1:], strict=True))
        raw |= {"ReleaseTitle": HOSTILE, "ProprietaryReleaseId": ["ns::own|x"]}
        given = {c.name: raw[c.name] if not c.multiple or isinstance(raw[c.name], list)
                 else raw[c.name].split("|") for c in cells}  # fmt: skip
        assert record_line(RECORDS[record], given) == f"{line}\n"
    assert check(text.encode(), "x", resource=office.resource).rows == 2
