"""What stands in the files, judged by DDEX's schema without our own checker: summaries by model,
parts, days of late plays, currencies, a recording that changed hands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from catalog.models import Recording
from core.clock import ManualClock
from core.errors import Misuse, Unavailable
from ddex.dsr.checker import check
from ddex.dsr.records import RECORDS
from ddex.dsr.text import split_line
from server.royalties.exchange import add_rate
from server.royalties.figures import Author, set_subscribers
from server.royalties.keeper import add_version
from server.royalties.rates import ExchangeRate
from server.usage.rows import COLUMNS
from tests.integration.reporting.offices import (
    ANN,
    BOB,
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
from tests.unit.server.royalties.made import agreement

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from core.schemas import SchemaFolder
    from server.reporting.closing import Office

pytestmark = pytest.mark.integration
PART_9 = ("FinancialReportingToRecordCompaniesProfileSRB", "1.0")
BASIC = [("BasicAudioProfile", version) for version in ("1.0", "1.1", "1.2")]
PROFILES = [*BASIC, ("BasicAudioProfileSRB", "1.2"), PART_9]


@pytest.fixture
def office(tmp_path: Path, schema_folder: SchemaFolder) -> Office:
    return make_office(tmp_path, schema_folder)


def rows(office: Office, file: dict[str, Any], record: str = "SR08") -> list[dict[str, str]]:
    """The lines of one record type, cells by name."""
    names = [cell.name for cell in RECORDS[record].cells]
    lines = office.path_of(file["file"]).read_text().splitlines()
    kind = RECORDS[record].type
    cells = [split_line(line) for line in lines if line.startswith(f"{kind}\t")]
    return [dict(zip(names, line, strict=True)) for line in cells]


def society(
    office: Office, profile: str = "BasicAudioProfile", version: str = "1.2", **more: Any
) -> None:
    terms = {"id": "society", "dpid": B, "name": "A Society", "kind": "society", "together": True,
             "profile": profile, "version": version, "target": "download", **more}  # fmt: skip
    office.agree(terms, ANN)


def close_for(office: Office, *only: str) -> dict[str, Any]:
    office.plan("2026-11", ANN, only)
    return close(office, plan=False)


@pytest.mark.parametrize("heads", [(("individual", "2"), ("family", "1")), ()])
@pytest.mark.parametrize(("profile", "version"), PROFILES)
def test_summaries_follow_the_commercial_model(
    office: Office,
    schema_folder: SchemaFolder,
    profile: str,
    version: str,
    heads: Sequence[tuple[str, str]],
) -> None:
    for tier, model in (("free", "AdvertisementSupportedModel"), ("guest", "FreeOfChargeModel")):
        play(office.database, "ra", "a1", "fa", 5, tier=tier, model=model)
        revenue(office, "7", model=model)
    author = Author(name="ann", clock=office.clock)
    with office.database.write() as session:
        for kind, count in heads:
            set_subscribers(session, author, period="2026-11", territory="GB",
                                tier="premium", kind=kind, count=count)  # fmt: skip
    society(office, profile, version)
    done = close_for(office, "society")
    kinds: list[str] = []
    for file in done["files"]:
        text = office.path_of(file["file"]).read_text()
        assert complaints(text, schema_folder.root) == []
        report = check(text.encode(), file["file"], resource=office.resource, xsd=True)
        assert (report.ok, report.rows) == (True, 3 if file["service"] == "Premium" else 1)
        kinds += [line.partition("\t")[0] for line in text.splitlines() if line[:2] == "SY"]
    untold = [hole["code"] for hole in done["preview"]["service"]["holes"]]
    assert ("subscribers-untold" in untold) == ((profile, version) != PART_9 and not heads)
    wanted = {
        PART_9: ["SY10"] * 3,
        BASIC[0]: ["SY02", "SY01", "SY03"],
        BASIC[1]: ["SY02.01", "SY01", "SY05", *["SY04"] * len(heads)],
    }
    newest = ["SY02.02", "SY01.01", "SY05.02", *["SY04.01"] * len(heads)]
    assert kinds == wanted.get((profile, version), newest)
    if heads and version == "1.2":
        fees = rows(office, done["files"][-1], "SY04.01")
        told = [(one["Subscribers"], one["NetRevenue"], one["ConsumerPaidUnitPrice"])
                for one in fees]  # fmt: skip
        assert told == [("1", "33.333333", "33.333333"), ("2", "66.666667", "33.333334")]


def many(office: Office, count: int = 12) -> None:
    """More recordings of the second sender, a play each."""
    with office.database.write() as session:
        for number in range(count):
            session.add(Recording(id=f"m{number:02}", owner=A, isrc=f"QZSEG26001{number:02}",
                                  title=f"Movement {number}", artist="Marlow",
                                  duration_ms=200_000))  # fmt: skip
    for number in range(count):
        play(office.database, "rb", f"m{number:02}", "fb", 1)


def test_a_report_is_split_into_parts_that_are_one(
    office: Office, schema_folder: SchemaFolder
) -> None:
    many(office)
    society(office, part_bytes=10_000)
    done = close_for(office, "society")
    files = done["files"]
    assert [file["part"] for file in files] == list(range(1, len(files) + 1))
    assert len(files) > 2
    assert len({file["message_id"] for file in files}) == 1
    blocks: list[str] = []
    lines, usages, summaries = 0, 0, set()
    for file in files:
        text = office.path_of(file["file"]).read_text()
        assert len(text.encode()) <= 10_000
        assert complaints(text, schema_folder.root) == []
        assert check(text.encode(), file["file"], resource=office.resource).ok
        lines += len(text.splitlines())
        streams = rows(office, file, "SU02")
        blocks += [row["BlockId"] for row in streams]
        usages += sum(int(row["NumberOfStreams"]) for row in streams)
        summaries.add(tuple(line for line in text.splitlines() if line.startswith("SY")))
    (told,) = rows(office, files[-1], "FOOT")
    assert (told["NumberOfLinesInReport"], told["NumberOfBlocksInReport"]) == (str(lines), "15")
    assert rows(office, files[0], "FOOT")[0]["NumberOfLinesInReport"] == ""
    assert (len(blocks), len(set(blocks)), usages, len(summaries)) == (15, 15, 32, 1)
    assert rows(office, files[0], "SY05.02")[0]["TotalUsages"] == "32"
    office.reissue("2026-11", ANN, "once more", ["society"])
    again = close(office, plan=False)["files"]
    assert {str(file["difference"]) for file in again} == {
        str({"rows": 0, "usages": 0, "amounts": {"GBP": "0"}})
    }


def test_the_semaphore_waits_for_all_parts(office: Office, tmp_path: Path) -> None:
    many(office)
    office.agree({"id": B, "dpid": B, "name": "B", "profile": "BasicAudioProfile",
                  "version": "1.2", "part_bytes": 10_000, "semaphore": "DSR"}, ANN)  # fmt: skip
    office.plan("2026-11", ANN, [B])
    office.approve("2026-11", BOB)
    first, *_, last = office.build("2026-11", ANN)["files"]
    office.check("2026-11", ANN)
    there = tmp_path / "inbox" / "fb" / "reports"
    there.mkdir(parents=True)
    (there / first["file"]).write_text("in the way")
    with pytest.raises(Unavailable, match="is there already"):
        office.deliver("2026-11", ANN)
    assert not (there / last["file"]).exists()
    assert not list(there.glob("*.ctrl"))
    (there / first["file"]).unlink()
    assert office.deliver("2026-11", ANN)["state"] == "delivered"
    assert (there / last["semaphore"]).read_bytes() == b""
    times = {path.name: path.stat().st_mtime_ns for path in there.iterdir()}
    assert max(times, key=times.__getitem__) == last["semaphore"]


def test_a_recording_that_changed_hands_is_split_at_the_instant(office: Office) -> None:
    play(office.database, "rb", "a1", "fb", 5, at=NOVEMBER + timedelta(days=1))
    done = close(office)
    told = {
        file["recipient"]: {row["DspResourceId"]: row["NetUsage"] for row in rows(office, file)}
        for file in done["files"]
    }
    assert told == {A: {"a1": "10", "a2": "4"}, B: {"a1": "5", "b1": "6"}}


def test_amounts_in_the_currency_of_accounting(office: Office, schema_folder: SchemaFolder) -> None:
    office.agree({"id": A, "dpid": A, "name": "A", "currency": "EUR", "decimals": 2}, ANN)
    with pytest.raises(Misuse, match="no exchange rate from GBP to EUR"):
        office.plan("2026-11", ANN)
    rate = ExchangeRate(base="GBP", quote="EUR", rate=Decimal("1.153"), day=date(2026, 11, 27),
                        source="ECB")  # fmt: skip
    with office.database.write() as session:
        add_rate(session, Author(name="ann", clock=office.clock), rate)
    done = close(office)
    (file,) = [one for one in done["files"] if one["recipient"] == A]
    text = office.path_of(file["file"]).read_text()
    assert complaints(text, schema_folder.root) == []
    assert check(text.encode(), file["file"], resource=office.resource).ok
    (total,) = rows(office, file, "SY10")
    names = ("CurrencyOfTransaction", "CurrencyOfAccounting", "ExchangeRate", "ExchangeRateSource",
             "DateOfCurrencyExchange", "AllocatedNetRevenueInCurrencyOfTransaction",
             "AllocatedNetRevenueInCurrencyOfAccounting",
             "FinalTotalAmountInCurrencyOfAccounting")  # fmt: skip
    assert [total[name] for name in names] == [
        "GBP", "EUR", "1.153", "ECB", "2026-11-27T00:00:00Z", "70", "80.71", "80.71",
    ]  # fmt: skip
    amounts = [row["AllocatedNetRevenueInCurrencyOfAccounting"] for row in rows(office, file)]
    assert amounts == ["57.65", "23.06"]


def told_late(office: Office) -> None:
    """Three plays of November that came in December, as a closed day has them."""
    kinds = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE late ({kinds})")
        for number in range(3):
            connection.execute(
                "INSERT INTO late BY NAME SELECT ? AS leaf, ? AS play_id, DATE '2026-12-01' AS day,"
                " TIMESTAMP '2026-11-28 10:00:00' AS used_at, 'fa' AS feed_id, 'ra' AS release_id,"
                " 'a1' AS recording_id, '' AS isrc, 'GB' AS territory,"
                " 'premium' AS tier, 'SubscriptionModel' AS model, 'OnDemandStream' AS use,"
                " 1 AS quantity, 'counted' AS verdict, 180000 AS heard_ms, 180000 AS duration_ms",
                [number, f"late{number}"],
            )
        office.usage.days.mkdir(parents=True, exist_ok=True)
        path = office.usage.days / "2026-12-01.parquet"
        connection.execute(f"COPY late TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize("agreed", ["next", "reissue"])
def test_late_plays_come_where_it_was_agreed(
    tmp_path: Path, schema_folder: SchemaFolder, agreed: str
) -> None:
    office = make_office(tmp_path, schema_folder, now=datetime(2027, 1, 3, tzinfo=UTC))
    play(office.database, "ra", "a1", "fa", 2, at=NOW + timedelta(days=9))
    play(office.database, "rb", "b1", "fb", 1, at=NOW + timedelta(days=9))
    revenue(office, "10", period="2026-12")
    with office.database.write() as session:
        for name, dpid in (("a", A), ("b", B)):
            terms = agreement(name, dpid, late_plays=agreed, currency="GBP")
            add_version(session, Author(name="ann", clock=office.clock), terms)
    at_first = close(office)
    assert isinstance(office.clock, ManualClock)
    told_late(office)
    december = close(office, "2026-12")
    office.reissue("2026-11", ANN, "late plays")
    again = close(office, plan=False)
    found = [
        {(row["SalesTransactionDate"], row["NetUsage"]) for row in rows(office, file)
         if row["DspResourceId"] == "a1"}
        for done in (at_first, december, again)
        for file in done["files"]
        if file["recipient"] == A
    ]  # fmt: skip
    at_its_end = ("2026-12-31", "2")
    if agreed == "next":
        assert found == [{("2026-11-30", "10")}, {("2026-11-28", "3"), at_its_end},
                         {("2026-11-30", "10")}]  # fmt: skip
    else:
        assert found == [{("2026-11-30", "10")}, {at_its_end}, {("2026-11-30", "13")}]
    for file in (*december["files"], *again["files"]):
        path = office.path_of(file["file"])
        assert complaints(path.read_text(), schema_folder.root) == []
        assert check(path.read_bytes(), path.name, resource=office.resource).ok


def test_the_preview_names_the_biggest_movers(office: Office) -> None:
    planned = office.plan("2026-11", ANN)
    assert planned["preview"]["service"]["movers"] == []  # nothing before to compare with
    play(office.database, "ra", "a2", "fa", 9, at=NOVEMBER - timedelta(days=30))
    planned = office.plan("2026-11", ANN)
    found = [(one["title"], one["usages"], one["before"])
             for one in planned["preview"]["service"]["movers"]]  # fmt: skip
    assert found == [("Song a1", 10, 0), ("Song b1", 6, 0), ("Song a2", 4, 9)]
