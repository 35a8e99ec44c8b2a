"""The day of each row, and what takes the place of a report that the figures have no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
from sqlalchemy import delete

from catalog.models import Play
from core.errors import Conflict
from ddex.dsr.checker import check
from server.royalties.figures import Author
from server.royalties.keeper import add_version
from server.usage.rows import COLUMNS
from tests.integration.reporting.offices import (
    ANN,
    NOVEMBER,
    NOW,
    A,
    B,
    close,
    make_office,
    play,
    revenue,
)
from tests.integration.reporting.oracle import complaints
from tests.integration.reporting.test_figures import rows
from tests.unit.server.royalties.made import agreement

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from core.schemas import SchemaFolder
    from server.reporting.closing import Office

pytestmark = pytest.mark.integration
JANUARY = datetime(2027, 1, 3, tzinfo=UTC)


def agree(office: Office, **terms: Any) -> None:
    with office.database.write() as session:
        for name, dpid in (("a", A), ("b", B)):
            given = agreement(name, dpid, currency="GBP", **terms)
            add_version(session, Author(name="ann", clock=office.clock), given)
    office.agree({"id": A, "dpid": A, "name": "A", "per_day": True}, ANN)


def closed_day(office: Office, *plays: tuple[str, datetime, int]) -> None:
    """The first of December as the ledger has it: recording, when it was heard, quantity."""
    kinds = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE late ({kinds})")
        for number, (recording, at, quantity) in enumerate(plays):
            connection.execute(
                "INSERT INTO late BY NAME SELECT ? AS leaf, ? AS play_id, DATE '2026-12-01' AS day,"
                " ?::TIMESTAMP AS used_at, 'fa' AS feed_id, 'ra' AS release_id,"
                " ? AS recording_id, '' AS isrc, 'GB' AS territory, 'premium' AS tier,"
                " 'SubscriptionModel' AS model, 'OnDemandStream' AS use, ? AS quantity,"
                " 'counted' AS verdict, 180000 AS heard_ms, 180000 AS duration_ms",
                [number, f"late{number}", at.replace(tzinfo=None), recording, quantity],
            )
        office.usage.days.mkdir(parents=True, exist_ok=True)
        path = office.usage.days / "2026-12-01.parquet"
        connection.execute(f"COPY late TO '{path}' (FORMAT parquet)")


def days(office: Office, done: dict[str, Any], schema: SchemaFolder) -> list[tuple[str, str, str]]:
    """(recording, day, plays) of A's report, which is right by DDEX's schema and by our checker."""
    (file,) = [one for one in done["files"] if one["recipient"] == A]
    path = office.path_of(file["file"])
    assert complaints(path.read_text(), schema.root) == []
    report = check(path.read_bytes(), path.name, resource=schema)
    assert report.ok, report.findings
    names = ("DspResourceId", "SalesTransactionDate", "NetUsage")
    return sorted(tuple(row[name] for name in names) for row in rows(office, file))  # type: ignore[misc]


def test_days_are_those_of_the_agreements_time_zone(
    tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    office = make_office(tmp_path, schema_folder)
    agree(office, zone="America/New_York")
    play(office.database, "ra", "a1", "fa", 1, at=datetime(2026, 11, 1, 2, tzinfo=UTC))
    play(office.database, "ra", "a1", "fa", 2, at=datetime(2026, 12, 1, 3, tzinfo=UTC))
    assert days(office, close(office), schema_folder) == [
        ("a1", "2026-11-20", "10"), ("a1", "2026-11-30", "2"), ("a2", "2026-11-20", "4"),
    ]  # fmt: skip


def test_a_period_is_open_as_long_as_an_agreement_has_it(
    tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    office = make_office(tmp_path, schema_folder, now=datetime(2026, 12, 1, 6, tzinfo=UTC))
    agree(office, zone="America/Los_Angeles")
    with pytest.raises(Conflict, match="2026-11 is still open"):
        office.plan("2026-11", ANN)


def test_late_plays_of_a_month_that_is_issued_again_have_their_day(
    tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    office = make_office(tmp_path, schema_folder, now=JANUARY)
    agree(office, late_plays="reissue")
    close(office)
    closed_day(office, *[("a1", datetime(2026, 11, 28, 10, tzinfo=UTC), 1)] * 3)
    office.reissue("2026-11", ANN, "late plays")
    assert days(office, close(office, plan=False), schema_folder) == [
        ("a1", "2026-11-20", "10"), ("a1", "2026-11-28", "3"), ("a2", "2026-11-20", "4"),
    ]  # fmt: skip


@pytest.mark.parametrize("per_day", [True, False])
def test_a_play_that_is_taken_back_later_has_its_own_day(
    tmp_path: Path,
    schema_folder: SchemaFolder,
    per_day: bool,  # noqa: FBT001 - drawn
) -> None:
    office = make_office(tmp_path, schema_folder, now=JANUARY)
    agree(office)
    office.agree({"id": A, "dpid": A, "name": "A", "per_day": per_day}, ANN)
    play(office.database, "ra", "a1", "fa", 3, at=NOW + timedelta(days=9))
    play(office.database, "ra", "a2", "fa", 1, at=NOW + timedelta(days=9))
    revenue(office, "10", period="2026-12")
    closed_day(office, ("a1", NOVEMBER, -1), ("a2", NOVEMBER, -1))
    done = close(office, "2026-12")
    heard = "2026-12-11" if per_day else "2026-12-31"
    assert days(office, done, schema_folder) == [
        ("a1", "2026-11-20", "-1"), ("a1", heard, "3"),
        ("a2", "2026-11-20", "-1"), ("a2", heard, "1"),
    ]  # fmt: skip
    (file,) = [one for one in done["files"] if one["recipient"] == A]
    taken = next(row for row in rows(office, file) if row["NetUsage"] == "-1")
    assert (taken["TotalUsages"], taken["Returns"]) == ("0", "1")


def in_japan(office: Office) -> dict[str, Any]:
    """November as delivered, with plays in Japan."""
    play(office.database, "ra", "a1", "fa", 3, territory="JP", at=NOVEMBER + timedelta(hours=1))
    revenue(office, "1000", "JP")
    return close(office)


def kinds(office: Office, file: dict[str, Any]) -> list[str]:
    text = office.path_of(file["file"]).read_text()
    report = check(text.encode(), file["file"], resource=office.resource)
    assert report.ok, report.findings
    return [line[:2] for line in text.splitlines()]


def test_a_territory_that_is_no_more_reported_gets_an_empty_report_once(
    tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    office = make_office(tmp_path, schema_folder)
    first = {file["territory"]: file for file in in_japan(office)["files"]
             if file["recipient"] == A}  # fmt: skip
    office.agree({"id": A, "dpid": A, "name": "A", "territories": ["GB"]}, ANN)
    planned = office.reissue("2026-11", ANN, "Japan is another's", [A])
    told = {one["territory"]: one["rows"] for one in planned["preview"]["recipients"][0]["files"]}
    assert told == {"GB": 2, "JP": 0}
    second = {file["territory"]: file for file in close(office, plan=False)["files"]}
    gone = second["JP"]
    assert gone["replaces"] == first["JP"]["message_id"] != gone["message_id"]
    assert gone["difference"] == {"rows": -1, "usages": -3, "amounts": {"JPY": "-1000"}}
    assert kinds(office, gone) == ["HE", "# ", "SY", "SR"]
    (total,) = rows(office, gone, "SY10")
    assert (total["Usages"], total["AllocatedUsages"]) == ("3", "0")
    office.reissue("2026-11", ANN, "once more", [A])
    third = close(office, plan=False)["files"]
    assert [file["territory"] for file in third] == ["GB"]


def test_what_is_left_of_nothing_is_told_from_the_report_before(
    tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    office = make_office(tmp_path, schema_folder)
    terms = {"id": A, "dpid": A, "name": "A", "gzip": True, "profile": "BasicAudioProfile",
             "version": "1.2"}  # fmt: skip
    office.agree(terms, ANN)
    in_japan(office)
    with office.database.write() as session:
        session.execute(delete(Play).where(Play.territory == "JP"))
    office.reissue("2026-11", ANN, "nothing was heard there", [A])
    (gone,) = [one for one in close(office, plan=False)["files"] if one["territory"] == "JP"]
    path = office.path_of(gone["file"])
    report = check(path.read_bytes(), path.name, resource=office.resource, xsd=True)
    assert (report.ok, report.rows) == (True, 0), report.findings
    assert Decimal(gone["difference"]["amounts"]["JPY"]) == -1000
