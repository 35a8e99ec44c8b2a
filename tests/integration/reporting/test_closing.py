"""A period from plays to what recipients have, step by step, and what stands in the way."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from catalog.models import AuditEntry, Closing, Release, ReportFile
from core import spawn
from core.errors import Conflict, DiskFull, Misuse, NotAllowed, NotFound, Unavailable
from ddex.dsr.checker import check
from ddex.dsr.records import RECORDS
from ddex.dsr.text import split_line
from ingest.feed_audit import Actor
from tests.fixtures.environment import program
from tests.integration.reporting.offices import (
    ANN,
    BOB,
    NOVEMBER,
    A,
    B,
    close,
    make_office,
    play,
    revenue,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder
    from server.reporting.closing import Office

pytestmark = pytest.mark.integration
SR08 = RECORDS["SR08"].index


@pytest.fixture
def office(tmp_path: Path, schema_folder: SchemaFolder) -> Office:
    return make_office(tmp_path, schema_folder)


def test_a_month_is_closed_step_by_step(office: Office, tmp_path: Path) -> None:
    revenue(office)
    planned = office.plan("2026-11", ANN)
    assert planned["state"] == "planned"
    assert planned["files"] == []
    first, second = planned["preview"]["recipients"]
    assert (first["dpid"], first["usages"], first["amounts"]) == (B, 6, {"GBP": "30"})
    assert (second["dpid"], second["usages"], second["amounts"]) == (A, 14, {"GBP": "70"})
    assert second["without_isrc"] == 1
    assert planned["preview"]["service"]["counted"] == 20
    office.approve("2026-11", BOB)
    built = office.build("2026-11", ANN)
    assert built["state"] == "built"
    assert not (tmp_path / "inbox").exists()
    office.check("2026-11", ANN)
    done = office.deliver("2026-11", ANN)
    assert done["state"] == "delivered"
    name = f"DSR_{A}_{A}_Premium_2026-11_GB_1of1_20261202T060000.tsv"
    path = tmp_path / "inbox" / "fa" / "reports" / name
    report = check(path.read_bytes(), name, resource=office.resource, xsd=True)
    assert (report.ok, report.rows, report.findings) == (True, 2, ())
    lines = path.read_text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["HEAD", "SY10", "SR08", "SR08", "SRFO"]
    assert lines[1].split("\t")[16:18] == ["20", "14"]
    assert "Tab\\\tPipe\\\\|Back\\\\\\slash \u05dc\u05d9\u05dc\u05d4 🎶" in lines[2]
    assert "ns::own x" in lines[2]  # a pipe inside a cell of several values
    assert office.acknowledge("2026-11", ANN, A)["state"] == "delivered"
    assert office.acknowledge("2026-11", ANN)["state"] == "acknowledged"
    with office.database.read() as session:
        acts = session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)).all()
    assert acts == ["reports planned", "reports approved", "reports built", "reports checked",
                    "reports delivered", "reports delivered", "reports acknowledged",
                    "reports acknowledged"]  # fmt: skip


def test_all_recipients_together_get_the_whole_revenue(office: Office) -> None:
    revenue(office, "100.000001")
    done = close(office)
    paid = sum(Decimal(file["amounts"]["GBP"]) for file in done["files"])
    assert paid == Decimal("100.000001")


def test_somebody_else_has_to_approve(office: Office) -> None:
    office.plan("2026-11", ANN)
    with pytest.raises(NotAllowed, match="somebody else"):
        office.approve("2026-11", ANN)
    assert replace(office, four_eyes=False).approve("2026-11", ANN)["state"] == "approved"


def test_of_two_who_approve_one_is_told(office: Office) -> None:
    planned = office.plan("2026-11", ANN)
    office.approve("2026-11", BOB, planned["fingerprint"])
    with pytest.raises(Conflict, match="approved by bob"):
        office.approve("2026-11", Actor("eve"))


def test_a_plan_that_changed_since_it_was_looked_at_is_not_approved(office: Office) -> None:
    seen = office.plan("2026-11", ANN)["fingerprint"]
    revenue(office, "101")
    office.plan("2026-11", ANN)
    with pytest.raises(Conflict, match="changed since you looked"):
        office.approve("2026-11", BOB, seen)


def test_what_was_approved_is_what_is_built(office: Office, tmp_path: Path) -> None:
    office.plan("2026-11", ANN)
    office.approve("2026-11", BOB)
    revenue(office, "101")
    with pytest.raises(Conflict, match="others now than were approved"):
        office.build("2026-11", ANN)
    assert not list((tmp_path / "reports").glob("**/*.tsv"))
    assert office.show("2026-11")["state"] == "approved"
    office.plan("2026-11", ANN, again=True)
    assert close(office, plan=False)["state"] == "delivered"


def test_an_open_period_is_not_closed(office: Office) -> None:
    with pytest.raises(Conflict, match="2026-12 is still open"):
        office.plan("2026-12", ANN)
    with pytest.raises(Misuse):
        office.plan("November", ANN)
    with pytest.raises(NotFound):
        office.plan("2026-11", ANN, ["nobody"])
    with pytest.raises(NotFound, match="not planned"):
        office.build("2026-11", ANN)


def test_steps_out_of_turn_are_refused(office: Office) -> None:
    office.plan("2026-11", ANN)
    for step in (office.build, office.check, office.deliver):
        with pytest.raises(Conflict, match="is planned, not"):
            step("2026-11", ANN)
    close(office, plan=False)
    with pytest.raises(Conflict, match="is delivered already"):
        office.plan("2026-11", ANN)


def test_a_reissue_states_its_difference_and_overwrites_nothing(
    office: Office, tmp_path: Path
) -> None:
    revenue(office)
    close(office)
    folder = tmp_path / "inbox" / "fa" / "reports"
    (first,) = folder.iterdir()
    before = first.read_bytes()
    with pytest.raises(Misuse, match="reason"):
        office.reissue("2026-11", ANN, " ")
    revenue(office, "120")
    office.reissue("2026-11", ANN, "the revenue was wrong", [A])
    done = close(office, plan=False)
    (file,) = done["files"]
    assert (done["issue"], file["difference"]) == (
        2, {"rows": 0, "usages": 0, "amounts": {"GBP": "14"}},
    )  # fmt: skip
    assert len(list(folder.iterdir())) == 2
    assert first.read_bytes() == before
    text = (folder / file["file"]).read_text()
    assert file["replaces"] != file["message_id"]
    assert f"replaces {file['replaces']}. the revenue was wrong" in text.splitlines()[1]
    assert check(text.encode(), file["file"], resource=office.resource).ok


def test_the_same_usage_gives_the_same_bytes(office: Office, tmp_path: Path) -> None:
    revenue(office)
    made = []
    for _ in range(2):
        done = close(office)
        made.append([file["digest"] for file in done["files"]])
        with office.database.write() as session:
            for row in (*session.scalars(select(Closing)), *session.scalars(select(ReportFile))):
                session.delete(row)
        for path in tmp_path.glob("**/*.tsv"):
            path.unlink()
    assert made[0] == made[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("pages", [0, 1])
def test_a_full_disk_leaves_nothing_behind(office: Office, tmp_path: Path, pages: int) -> None:
    """Full when DuckDB writes the rows, and when they are put behind the header."""
    office.plan("2026-11", ANN)
    office.approve("2026-11", BOB)
    with small_disk(tmp_path / "reports", pages):
        with pytest.raises(DiskFull):
            office.build("2026-11", ANN)
        assert office.show("2026-11")["state"] == "approved"
        left = [path.name for path in (tmp_path / "reports").rglob("*") if path.is_file()]
        assert left == ["ballast"]
        (tmp_path / "reports" / "ballast").unlink()
        assert office.build("2026-11", ANN)["state"] == "built"


@contextmanager
def small_disk(at: Path, pages: int) -> Iterator[None]:
    """A tmpfs of 256 KiB that is full but for so many pages."""
    at.mkdir()
    mount, umount = program("mount", "mount"), program("mount", "umount")
    done = spawn.run([mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(at)], timeout=60)
    assert done.code == 0, done.err
    try:
        (at / "ballast").write_bytes(bytes((64 - pages) * 4096))
        yield
    finally:
        spawn.run([umount, "-l", str(at)], timeout=60)


def test_a_target_that_refuses_is_asked_again_and_nothing_is_sent_twice(
    office: Office, tmp_path: Path
) -> None:
    office.plan("2026-11", ANN)
    office.approve("2026-11", BOB)
    office.build("2026-11", ANN)
    office.check("2026-11", ANN)
    blocked = tmp_path / "inbox" / "fb"
    blocked.parent.mkdir()
    blocked.write_text("no folder")
    with pytest.raises(Unavailable):
        office.deliver("2026-11", ANN)
    states = {file["recipient"]: file["state"] for file in office.show("2026-11")["files"]}
    assert states == {A: "delivered", B: "checked"}
    (sent,) = (tmp_path / "inbox" / "fa" / "reports").iterdir()
    stamp = sent.stat().st_mtime_ns
    blocked.unlink()
    assert office.deliver("2026-11", ANN)["state"] == "delivered"
    assert sent.stat().st_mtime_ns == stamp
    with pytest.raises(Conflict):
        office.deliver("2026-11", ANN)


def test_what_lies_at_the_target_is_never_overwritten(office: Office, tmp_path: Path) -> None:
    office.plan("2026-11", ANN)
    office.approve("2026-11", BOB)
    built = office.build("2026-11", ANN)
    office.check("2026-11", ANN)
    theirs = tmp_path / "inbox" / "fa" / "reports" / built["files"][-1]["file"]
    theirs.parent.mkdir(parents=True)
    theirs.write_text("something else")
    with pytest.raises(Unavailable, match="is there already"):
        office.deliver("2026-11", ANN)
    assert theirs.read_text() == "something else"


PROFILES = [
    ("BasicAudioProfile", "1.0"),
    ("BasicAudioProfile", "1.1"),
    ("BasicAudioProfile", "1.2"),
    ("BasicAudioProfileSRB", "1.2"),
    ("FinancialReportingToRecordCompaniesProfileSRB", "1.0"),
]


@pytest.mark.parametrize(("profile", "version"), PROFILES)
def test_a_society_gets_the_whole_service_in_its_profile(
    office: Office, tmp_path: Path, profile: str, version: str
) -> None:
    revenue(office)
    terms = {"id": "society", "dpid": B, "name": "A Society", "kind": "society", "gzip": True,
             "profile": profile, "version": version, "together": True, "semaphore": "ACK",
             "target": "download"}  # fmt: skip
    office.agree(terms, ANN)
    office.plan("2026-11", ANN, ["society"])
    done = close(office, plan=False)
    (file,) = done["files"]
    path = office.path_of(file["file"])
    assert path.suffix == ".gz"
    report = check(path.read_bytes(), path.name, resource=office.resource, xsd=True)
    assert (report.ok, report.schema, report.rows) == (True, "used", 3), report.findings
    assert report.totals["usages"] == "20"
    assert file["semaphore"] == f"ACK_{B}_{A}_Premium_2026-11_multi_20261202T060000.ctrl"
    assert not (tmp_path / "inbox").exists()


def test_a_recipient_of_some_releases_gets_their_rows_alone(office: Office) -> None:
    play(office.database, "rc", "c1", "fa", 5)
    made = office.agree({"id": "co", "dpid": B, "name": "Co", "kind": "society",
                         "releases": ["rb", "ra"], "target": "download"}, ANN)  # fmt: skip
    assert made["releases"] == ["ra", "rb"]
    office.agree({**made, "releases": ["ra"]}, ANN)
    office.plan("2026-11", ANN, ["co"])
    (file,) = close(office, plan=False)["files"]
    assert (file["rows"], file["usages"], file["amounts"]) == (2, 14, {"GBP": "56"})
    with pytest.raises(NotFound, match="no release nothing"):
        office.agree({**made, "releases": ["nothing"]}, ANN)


def test_an_empty_period_is_reported_with_zero(office: Office) -> None:
    play(office.database, "ra", "a1", "fa", 2, at=datetime(2026, 10, 5, tzinfo=UTC))
    revenue(office, "5", period="2026-10")
    done = close(office, "2026-10")
    by_recipient = {file["recipient"]: file for file in done["files"]}
    assert (by_recipient[B]["rows"], by_recipient[A]["rows"]) == (0, 1)
    path = office.path_of(by_recipient[B]["file"])
    assert [line.split("\t")[0] for line in path.read_text().splitlines()] == [
        "HEAD",
        "SY10",
        "SRFO",
    ]


def test_rows_by_day_add_up(office: Office) -> None:
    revenue(office, "10")
    play(office.database, "ra", "a1", "fa", 3, at=NOVEMBER + timedelta(days=3))
    office.agree({"id": A, "dpid": A, "name": "A", "per_day": True}, ANN)
    done = close(office)
    (file,) = [one for one in done["files"] if one["recipient"] == A]
    rows = [split_line(line) for line in office.path_of(file["file"]).read_text().splitlines()]
    cells = [SR08(name) for name in ("DspResourceId", "SalesTransactionDate", "NetUsage")]
    days = [tuple(row[cell] for cell in cells) for row in rows if row[0] == "SR08"]
    assert sorted(days) == [("a1", "2026-11-20", "10"), ("a1", "2026-11-23", "3"),
                            ("a2", "2026-11-20", "4")]  # fmt: skip
    assert check(office.path_of(file["file"]).read_bytes(), file["file"]).ok


@pytest.mark.parametrize(("territory", "decimals", "amount"), [("JP", 0, "1000"), ("KW", 3, "7.5")])
def test_amounts_have_the_decimals_that_were_agreed(
    office: Office, territory: str, decimals: int, amount: str
) -> None:
    revenue(office, amount, territory)
    later = NOVEMBER + timedelta(hours=2)
    play(office.database, "ra", "a1", "fa", 3, territory=territory, at=later)
    play(office.database, "ra", "a2", "fa", 3, territory=territory, at=later)
    play(office.database, "rb", "b1", "fb", 1, territory=territory, at=later)
    terms = {"id": A, "dpid": A, "name": "A", "decimals": decimals, "territories": [territory]}
    office.agree(terms, ANN)
    done = close(office)
    (file,) = [one for one in done["files"] if one["recipient"] == A]
    path = office.path_of(file["file"])
    rows = [split_line(line) for line in path.read_text().splitlines() if line[:4] == "SR08"]
    amounts = [Decimal(row[SR08("AllocatedNetRevenueInCurrencyOfAccounting")]) for row in rows]
    places = [-int(one.as_tuple().exponent) for one in amounts]
    assert max(places) <= decimals
    exact = Decimal(amount) * 6 / 7
    assert abs(sum(amounts) - exact) <= Decimal(10) ** -decimals / 2
    assert check(path.read_bytes(), path.name, resource=office.resource).ok


@pytest.mark.parametrize(
    ("key", "value"),
    [("dpid", "A Label"), ("currency", "EURO"), ("target", "http://x"), ("profile", "Nothing"),
     ("version", "1.4"), ("decimals", 99), ("feeds", ["nobody"]), ("id", "a/b"), ("more", 1)],
)  # fmt: skip
def test_terms_that_are_none(office: Office, key: str, value: object) -> None:
    with pytest.raises(Misuse):
        office.agree({"id": A, "dpid": A, "name": "A", key: value}, ANN)


def test_a_release_that_was_purged_is_still_reported(office: Office) -> None:
    play(office.database, "gone", "gone too", "fa", 1)
    done = close(office)
    assert [file["rows"] for file in done["files"] if file["recipient"] == A] == [3]


def test_a_barcode_that_is_none_keeps_no_month_open(office: Office) -> None:
    with office.database.write() as session:
        session.execute(update(Release).values(icpn="123"))
    assert close(office)["state"] == "delivered"


def test_a_draft_of_an_open_period_says_that_it_is_provisional(
    office: Office, tmp_path: Path
) -> None:
    first, second = (office.draft("2026-12", B)["reports"][0] for _ in range(2))
    assert first["message_id"].endswith("-provisional")
    assert first["file"] != second["file"]
    text = (tmp_path / "inbox" / "fb" / "reports" / first["file"]).read_text()
    assert text.splitlines()[1].startswith("# PROVISIONAL")
    assert (first["usages"], check(text.encode(), first["file"]).ok) == (3, True)
    with pytest.raises(NotFound):
        office.show("2026-12")


@pytest.mark.parametrize(
    ("kind", "period", "usages"),
    [("week", "2026-11-16--2026-11-22", 14), ("quarter", "2026-Q3", 2)],
)
def test_weeks_and_quarters(office: Office, kind: str, period: str, usages: int) -> None:
    play(office.database, "ra", "a1", "fa", 2, at=datetime(2026, 8, 5, tzinfo=UTC))
    revenue(office, "9", period="2026-08")
    office.agree({"id": A, "dpid": A, "name": "A", "period": kind}, ANN)
    done = close(office, period)
    (file,) = done["files"]
    assert f"_{period}_GB_" in file["file"]
    assert file["usages"] == usages
    assert check(office.path_of(file["file"]).read_bytes(), file["file"]).ok
