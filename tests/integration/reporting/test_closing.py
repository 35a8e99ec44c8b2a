"""Reports from a database to files, and the commands around them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from catalog.models import Feed, Play, Recording, Release, Report
from core.clock import ManualClock
from core.database import Base, Database
from core.errors import Misuse, NotFound, SegueError
from ddex.dsr.checker import check
from server.cli.context import Options
from server.cli.dsr import dsr_app
from server.cli.revenue import revenue_app
from server.reporting.build import Workshop, build_reports
from server.reporting.part9 import Party
from server.royalties.figures import Author, Entry, set_revenue
from server.usage.events import Opened, Progressed, encode

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = pytest.mark.integration
A, B = "PADPIDA2014120301L", "PADPIDA2013020802I"
NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
HOSTILE = "Tab\tPipe|Back\\slash\n\u05dc\u05d9\u05dc\u05d4 🎶"


def fill(database: Database) -> None:
    """Two senders; 14 counted November plays of A's two recordings in GB, 6 of B's."""
    with database.write() as session:
        for name, dpid in (("fa", A), ("fb", B)):
            session.add(
                Feed(
                    id=name,
                    name=f"Feed {name}",
                    dpid=dpid,
                    protocol="sftp",
                    username=name,
                    created_at=NOW,
                )
            )
        session.flush()
        for name, feed in (("ra", "fa"), ("rb", "fb")):
            session.add(
                Release(
                    id=name, feed_id=feed, owner=A, identity=name, icpn="04006381333931",
                    proprietary_ids=["ns::own"], type="Album", title=HOSTILE, artist="Marlow",
                    state="available", message_digest="", order_key="", published_at=NOW,
                )
            )  # fmt: skip
        for name, isrc in (("a1", "QZSEG2600001"), ("a2", "ns::2"), ("b1", "QZSEG2600003")):
            session.add(
                Recording(id=name, owner=A, isrc=isrc, title=f"Song {name}", artist="Marlow")
            )
    play(database, "ra", "a1", "fa", 10)
    play(database, "ra", "a2", "fa", 4)
    play(database, "rb", "b1", "fb", 6)
    play(database, "rb", "b1", "fb", 3, at=NOW)  # December
    play(database, "ra", "a1", "fa", 5, at=None)  # opened, not counted


def play(
    database: Database,
    release: str,
    recording: str,
    feed: str,
    count: int,
    *,
    at: datetime | None = IN_NOVEMBER,
    territory: str = "GB",
) -> None:
    with database.write() as session:
        for number in range(count):
            session.add(
                Play(
                    id=f"{release}{recording}{at}{territory}{number}",
                    account_id=f"acc{number % 2}",
                    release_id=release,
                    recording_id=recording,
                    feed_id=feed,
                    territory=territory,
                    tier="premium",
                    model="SubscriptionModel",
                    use="OnDemandStream",
                    opened_at=IN_NOVEMBER,
                    updated_at=NOW,
                    counted_at=at,
                )
            )


@pytest.fixture
def shop(tmp_path: Path, schema_folder: SchemaFolder) -> Workshop:
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    fill(database)
    return Workshop(
        database=database,
        clock=ManualClock(NOW),
        inbox=tmp_path / "inbox",
        drafts=tmp_path / "work",
        sender=Party(dpid=A, name="Segue"),
        resource=schema_folder,
    )


def revenue(shop: Workshop, amount: str = "100.00", territory: str = "GB") -> None:
    entry = Entry(
        period="2026-11",
        model="SubscriptionModel",
        territory=territory,
        amount=amount,
        currency="GBP",
    )
    with shop.database.write() as session:
        set_revenue(session, Author(name="ann", clock=shop.clock), entry)


def test_a_month_becomes_a_valid_file(
    shop: Workshop, tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    revenue(shop)
    built = build_reports(shop, A, "2026-11")
    assert (built["provisional"], built["warnings"]) == (False, [])
    (entry,) = built["reports"]
    assert entry["file"] == f"DSR_{A}_{A}_Premium_2026-11_GB_1of1_20261201T060000.tsv"
    assert (entry["rows"], entry["usages"], entry["allocated"]) == (2, 14, {"GBP": "70"})
    path = tmp_path / "inbox" / "fa" / "reports" / entry["file"]
    report = check(path.read_bytes(), path.name, resource=schema_folder)
    assert (report.ok, report.schema, report.findings) == (True, "used", ())
    assert report.totals["summaries"]["1"]["AllocatedRevenueInCurrencyOfTransaction"] == "70"
    lines = path.read_text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["HEAD", "SY10", "SR08", "SR08", "SRFO"]
    assert lines[1].split("\t")[16:18] == ["20", "14"]
    assert "Tab\\\tPipe\\\\|Back\\\\\\slash \u05dc\u05d9\u05dc\u05d4 🎶" in lines[2]
    assert list((tmp_path / "work").iterdir()) == []


def test_all_recipients_together_get_the_whole_revenue(shop: Workshop) -> None:
    revenue(shop, "100.000001")
    paid = [
        Decimal(entry["allocated"]["GBP"])
        for dpid in (A, B)
        for entry in build_reports(shop, dpid, "2026-11")["reports"]
    ]
    assert sum(paid) == Decimal("100.000001")


def test_without_revenue_it_is_zero_and_a_warning(shop: Workshop) -> None:
    built = build_reports(shop, A, "2026-11")
    assert built["reports"][0]["allocated"] == {"EUR": "0"}
    assert "No revenue is set for SubscriptionModel in GB in 2026-11" in built["warnings"][0]


def test_an_open_period_is_provisional(shop: Workshop) -> None:
    built = build_reports(shop, B, "2026-12")
    (entry,) = built["reports"]
    assert built["provisional"]
    assert entry["message_id"].endswith("-provisional")
    with open(entry["path"], encoding="utf-8") as file:  # noqa: PTH123 - the path is text here
        assert file.read().splitlines()[1].startswith("# PROVISIONAL")
    with shop.database.read() as session:
        note = session.get(Report, entry["message_id"])
        assert note is not None
        assert note.provisional


def test_each_territory_has_its_own_file(shop: Workshop) -> None:
    play(shop.database, "ra", "a1", "fa", 2, territory="DE")
    built = build_reports(shop, A, "2026-11")
    assert [entry["territory"] for entry in built["reports"]] == ["DE", "GB"]
    assert len(built["warnings"]) == 2


def test_building_again_never_overwrites(shop: Workshop, tmp_path: Path) -> None:
    first = build_reports(shop, A, "2026-11")["reports"][0]
    before = (tmp_path / "inbox" / "fa" / "reports" / first["file"]).read_bytes()
    revenue(shop)
    second = build_reports(shop, A, "2026-11")["reports"][0]
    assert second["file"] != first["file"]
    assert second["message_id"] != first["message_id"]
    assert (tmp_path / "inbox" / "fa" / "reports" / first["file"]).read_bytes() == before
    with shop.database.read() as session:
        assert session.query(Report).count() == 2


def test_the_same_usage_gives_the_same_bytes(shop: Workshop, tmp_path: Path) -> None:
    first = build_reports(shop, A, "2026-11")["reports"][0]
    path = tmp_path / "inbox" / "fa" / "reports" / first["file"]
    kept = path.read_bytes()
    path.unlink()
    with shop.database.write() as session:
        session.delete(session.get(Report, first["message_id"]))
    build_reports(shop, A, "2026-11")
    assert path.read_bytes() == kept


def test_nothing_counted_is_nothing_to_report(shop: Workshop) -> None:
    built = build_reports(shop, A, "2026-10")
    assert built["reports"] == []
    assert "nothing to report" in built["warnings"][0]
    unplayed = build_reports(shop, A, "2026-12")
    assert (unplayed["reports"][0]["rows"], unplayed["reports"][0]["valid"]) == (0, True)


def test_a_purged_release_is_still_reported(shop: Workshop) -> None:
    play(shop.database, "gone", "gone too", "fa", 1)
    assert build_reports(shop, A, "2026-11")["reports"][0]["rows"] == 3


def test_unknown_recipients_and_periods(shop: Workshop) -> None:
    with pytest.raises(NotFound):
        build_reports(shop, "PADPIDA2026112101" + "1", "2026-11")
    with pytest.raises(Misuse):
        build_reports(shop, "A Label", "2026-11")
    with pytest.raises(Misuse):
        build_reports(shop, A, "November")


def test_a_file_that_our_checker_refuses_is_not_published(shop: Workshop, tmp_path: Path) -> None:
    play(shop.database, "ra", "a1", "fa", 1, territory="Mars")
    with pytest.raises(SegueError, match="was not published"):
        build_reports(shop, A, "2026-11")
    assert not (tmp_path / "inbox" / "fa" / "reports").exists()
    assert list((tmp_path / "work").iterdir()) == []
    with shop.database.read() as session:
        assert session.query(Report).count() == 0


# ── the commands ─────────────────────────────────────────────────────────────


def run(folder: Path, *words: str, code: int = 0) -> str:
    app = revenue_app if words[0] in {"set", "list"} else dsr_app
    result = CliRunner().invoke(app, list(words), obj=Options(data=folder))
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_commands_close_a_month(tmp_path: Path) -> None:
    words = ("--period", "2026-11", "--model", "SubscriptionModel", "--territory", "GB")
    money = ("--amount", "12.5", "--currency", "gbp", "--json")
    told = json.loads(run(tmp_path, "set", *words, *money))
    assert (told["amount"], told["currency"]) == ("12.5", "GBP")
    run(tmp_path, "set", *words, "--amount", "14", "--currency", "GBP")
    assert [row["amount"] for row in json.loads(run(tmp_path, "list", "--json"))] == ["14"]
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    fill(database)
    database.close()
    built = json.loads(run(tmp_path, "build", "--recipient", A, "--period", "2026-11", "--json"))
    (entry,) = built["reports"]
    assert (entry["usages"], entry["allocated"]) == (14, {"GBP": "9.8"})
    checked = json.loads(run(tmp_path, "check", entry["path"], "--json"))
    assert list(checked) == [
        "ok",
        "file",
        "profile",
        "version",
        "rows",
        "schema",
        "findings",
        "totals",
    ]
    assert (checked["ok"], checked["rows"]) == (True, 2)
    assert "ok" in run(tmp_path, "check", entry["path"])
    broken = tmp_path / entry["file"].replace("_GB_", "_FR_")
    broken.write_text(run(tmp_path, "check", entry["path"]))
    assert "DSR-101" in run(tmp_path, "check", str(broken), code=3)
    both = json.loads(run(tmp_path, "check", entry["path"], str(broken), "--json", code=3))
    assert (both["ok"], [one["ok"] for one in both["files"]]) == (False, [True, False])


def test_a_build_misses_no_play_that_a_dead_server_left_in_the_spool(tmp_path: Path) -> None:
    run(tmp_path, "list")
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    fill(database)
    database.close()
    opened = Opened(
        play="left", at=IN_NOVEMBER - timedelta(minutes=1), account=None, release="ra",
        recording="a1", feed="fa", deal="", territory="GB", tier="premium",
        model="SubscriptionModel", use="OnDemandStream", duration_ms=60_000,
    )  # fmt: skip
    heard = Progressed(
        play="left", at=IN_NOVEMBER, heard_ms=30_000, position_ms=0, event="progress", seq=1
    )
    (tmp_path / "spool" / "dead.jsonl").write_bytes(encode(opened) + encode(heard))
    for _ in range(2):  # and takes it once
        words = ("--recipient", A, "--period", "2026-11", "--json")
        assert json.loads(run(tmp_path, "build", *words))["reports"][0]["usages"] == 15


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-1"},
        {"amount": "1e999"},
        {"amount": "NaN"},
        {"amount": "1.0000001"},
        {"amount": "much"},
        {"currency": "EURO"},
        {"territory": "Mars"},
        {"model": "Subscription"},
        {"period": "2026"},
    ],
)
def test_revenue_that_is_none(shop: Workshop, wrong: dict[str, str]) -> None:
    right = {
        "period": "2026-11",
        "model": "SubscriptionModel",
        "territory": "DE",
        "amount": "1",
        "currency": "EUR",
    }
    with shop.database.write() as session, pytest.raises(Misuse):
        set_revenue(session, Author(name="ann", clock=shop.clock), Entry(**(right | wrong)))


def test_time_moves_the_stamp(shop: Workshop) -> None:
    assert isinstance(shop.clock, ManualClock)
    shop.clock.advance(timedelta(minutes=1))
    assert "T060100" in build_reports(shop, A, "2026-11")["reports"][0]["file"]
