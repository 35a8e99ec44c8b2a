"""What operators enter: refused with the place and a remedy, never half; kept for good."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from catalog.models import AgreementVersion, Feed, RevenueFigure
from core.clock import ManualClock
from core.database import Database
from core.errors import Conflict, Misuse, NotAllowed, NotFound
from migrations import upgrade
from server.cli.agreements import agreements_app
from server.cli.context import Options
from server.cli.rates import rates_app
from server.cli.revenue import revenue_app
from server.royalties import figures, keeper, ledger
from server.royalties.figures import Author, Entry
from server.royalties.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import typer

pytestmark = pytest.mark.integration
A, B = "PADPIDA2014120301L", "PADPIDA2013020802I"
CLOCK = ManualClock(datetime(2026, 12, 1, 6, tzinfo=UTC))
ANN = Author(name="ann", clock=CLOCK)
RIGHT = {
    "name": "marlow", "recipient": A, "from": "2026-01-01", "share": "0.525", "currency": "EUR",
}  # fmt: skip
ENTRY = Entry(period="2026-11", territory="DE", tier="premium", amount="100", currency="EUR")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with all tables."""
    path = tmp_path_factory.mktemp("empty") / "segue.db"
    made = Database(f"sqlite:///{path}")
    upgrade(made.engine)
    made.close()
    return path.read_bytes()


@pytest.fixture
def database(tmp_path: Path, empty: bytes) -> Iterator[Database]:
    """An empty database with two feeds, in a data folder."""
    (tmp_path / "segue.db").write_bytes(empty)
    made = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    with made.write() as session:
        for name, dpid in (("fa", A), ("fb", B)):
            session.add(
                Feed(id=name, name=name, dpid=dpid, protocol="sftp", username=name,
                     created_at=CLOCK())
            )  # fmt: skip
    yield made
    made.close()


def run(app: typer.Typer, folder: Path, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON of any command
    result = CliRunner().invoke(app, [*words, "--json"], obj=Options(data=folder))
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_every_digit_is_kept(database: Database) -> None:
    amount = "12345678901.123456"
    with database.write() as session:
        figures.set_revenue(session, ANN, Entry(period="2026-11", territory="DE", tier="premium",
                                                amount=amount, currency="EUR"))  # fmt: skip
    with database.read() as session:
        (figure,) = ledger.read_book(session, Month(2026, 11)).figures
    assert figure.net == Decimal(amount)


def test_a_figure_entered_again_replaces_and_is_remembered(database: Database) -> None:
    with database.write() as session:
        figures.set_revenue(session, ANN, ENTRY)
        figures.set_revenue(session, ANN, Entry(period="2026-11", territory="DE", tier="premium",
                                                amount="120", currency="EUR"))  # fmt: skip
        assert [row["amount"] for row in figures.list_revenue(session, "2026-11")] == ["120"]
        assert session.query(RevenueFigure).count() == 2
        figures.withdraw_revenue(session, ANN, ENTRY)
        assert figures.list_revenue(session, "2026-11") == []
        with pytest.raises(NotFound):
            figures.withdraw_revenue(session, ANN, ENTRY)


def test_another_currency_is_a_slip_unless_it_is_meant(database: Database) -> None:
    other = Entry(period="2026-11", territory="DE", tier="premium", amount="90", currency="USD")
    with database.write() as session:
        figures.set_revenue(session, ANN, ENTRY)
        with pytest.raises(Conflict, match="EUR, not in USD") as caught:
            figures.set_revenue(session, ANN, other)
        assert "--other-currency" in caught.value.remedy
        figures.set_revenue(session, ANN, other, other_currency=True)
        assert len(figures.list_revenue(session)) == 2


def test_a_file_of_revenue_with_a_wrong_line_enters_nothing(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(
        "period;territory;tier;currency;amount\n2026-11;DE;premium;EUR;10\n"
        "2026-11;DE;premium;EUR;11\n2026-11;Mars;premium;EUR;10\n2026-11;GB;premium;EURO;10\n"
        "2026-11;GB;premium;GBP;-5\n2026-11;GB;premium;GBP;1e3\n2026-11;GB;;GBP;1\n"
        "2026-13;GB;premium;GBP;1\n2026-11;GB;\u202eevil\u202c;GBP;1\n2026-11;GB;x;GBP;1;2\n",
        "utf-8",
    )
    told = run(revenue_app, tmp_path, "import", str(path), code=3)
    assert told["entered"] == 0
    assert [one["place"].split(",")[0] for one in told["findings"]] == [
        f"line {number}" for number in range(3, 12)
    ]
    assert all(one["message"] and one["remedy"] for one in told["findings"])
    assert told["findings"][1]["place"] == "line 4, territory"
    with database.read() as session:
        assert figures.list_revenue(session) == []
    path.write_text("period,territory,tier,currency,amount\n2026-11,DE,premium,EUR,10\n\n")
    assert run(revenue_app, tmp_path, "import", str(path))["entered"] == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "missing"), ("period,amount\n", "missing"), ("\x00", "missing"),
     ("period,territory,tier,currency,amount,colour\n", "no column")],
)  # fmt: skip
def test_a_heading_that_is_none(database: Database, tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(text)
    with database.write() as session, pytest.raises(Misuse, match=told):
        figures.import_revenue(session, ANN, path)


def test_four_eyes(database: Database) -> None:
    careful = Author(name="ann", clock=CLOCK, four_eyes=True)
    with database.write() as session:
        figures.set_revenue(session, careful, ENTRY)
        keeper.import_agreements(session, careful, RIGHT)
        month = Month(2026, 11)
        book = ledger.read_book(session, month)
        assert (list(book.figures), list(book.agreements)) == ([], [])
        waiting = ledger.waiting(session, month)
        assert [one.code for one in waiting] == ["approval-missing"] * 2
        with pytest.raises(NotAllowed):
            figures.approve_revenue(session, careful, "2026-11")
        with pytest.raises(NotAllowed):
            keeper.approve(session, careful, "marlow")
        ben = Author(name="ben", clock=CLOCK, four_eyes=True)
        figures.approve_revenue(session, ben, "2026-11")
        keeper.approve(session, ben, "marlow")
        with pytest.raises(NotFound):
            keeper.approve(session, ben, "marlow")
        book = ledger.read_book(session, month)
        assert (len(book.figures), len(book.agreements)) == (1, 1)
        assert ledger.waiting(session, month) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"share": "1.2"}, "share"),
    ({"share": "0.52555"}, "share"),
    ({"share": -1}, "share"),
    ({"shard": "1"}, "shard"),
    ({"currency": "EURO"}, "currency"),
    ({"recipient": "A Label"}, "recipient"),
    ({"recipient": "PADPIDA2011072101T"}, ""),
    ({"to": "2025-12-31"}, "to"),
    ({"from": "soon"}, "from"),
    ({"from": None}, "from"),
    ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ({"late_plays": "never"}, "late_plays"),
    ({"territories": ["Mars"]}, "territories"),
    ({"deductions": {"a": 60, "b": 50}}, "deductions"),
    ({"advances": [{"date": "2026-01-01"}]}, "advances"),
    ({"guarantees": [{"from": "2026-02-01", "to": "2026-01-01", "amount": 1}]}, "guarantees"),
    ({"promotions": [{"name": "s", "from": "2026-02-01", "to": "2026-01-01"}]}, "promotions"),
    ({"promotions": [{"name": "a b", "from": "2026-01-01", "to": "2026-01-02"}]}, "promotions"),
    ({"promotions": [{"name": "s", "from": "2026-01-01", "to": "2026-01-02"}] * 2}, "promotions"),
    ({"promotions": [{"name": "s", "from": "2026-01-01"}]}, "promotions"),
    ({"per_subscriber": {"\u202e": 1}}, "per_subscriber"),
    ({"name": "לילה 🎶"}, "name"),
]


def test_terms_that_are_none(database: Database) -> None:
    with database.write() as session:
        for changed, place in WRONG:
            added, findings = keeper.import_agreements(session, ANN, [RIGHT | changed])
            assert added == [], changed
            assert any(place in one.place for one in findings), changed
            assert all(one.message and one.remedy for one in findings)
        assert session.query(AgreementVersion).count() == 0


def test_versions_follow_without_gap_and_without_overlap(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        keeper.import_agreements(session, ANN, {"agreement": [RIGHT | {"to": "2026-03-31"}]})
    _, (gap,) = keeper_import(database, RIGHT | {"from": "2026-04-15"})
    assert "from 2026-04-01 to 2026-04-14" in gap.message
    added, _ = keeper_import(database, RIGHT | {"from": "2026-04-01", "share": "52.5%"})
    assert (added[0]["version"], added[0]["share"]) == (2, "0.525")
    _, (overlap,) = keeper_import(database, RIGHT | {"name": "other", "from": "2026-05-01"})
    assert "both hold from 2026-05-01" in overlap.message
    _, (stranger,) = keeper_import(database, RIGHT | {"recipient": B})
    assert A in stranger.message
    assert run(agreements_app, tmp_path, "end", "marlow", "--last", "2026-12-31")["version"] == 3
    shown = run(agreements_app, tmp_path, "show", "marlow")
    assert [one["version"] for one in shown] == [1, 2, 3]
    assert [one["version"] for one in run(agreements_app, tmp_path, "list")] == [3]


def keeper_import(database: Database, document: object) -> tuple[list[Any], list[Any]]:
    with database.write() as session:
        return keeper.import_agreements(session, ANN, document)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", (f'name = "x"\nrecipient = "{A}"\nfrom = 2026-01-01\nshare = 0.1\n'
                   'currency = "JPY"\nper_stream = 0.100000\n')),
        ("a.json", (f'[{{"name": "x", "recipient": "{A}", "from": "2026-01-01", "share": 0.1,'
                   ' "currency": "JPY", "per_stream": 0.1}]')),
        ("a.yaml", (f"agreements:\n- name: x\n  recipient: {A}\n  from: 2026-01-01\n  to:\n"
                   "  share: 0.1\n  currency: JPY\n  per_stream: 0.1\n")),
    ],
)  # fmt: skip
def test_three_kinds_of_files(database: Database, tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    (row,) = run(agreements_app, tmp_path, "import", str(path))["rows"]
    assert (row["share"], row["per_stream"], row["decimals"]) == ("0.1", "0.1", 0)
    path.write_text(text + "\n}{ &x [*x")
    result = CliRunner().invoke(agreements_app, ["import", str(path)], obj=Options(data=tmp_path))
    assert "doesn't parse" in str(result.exception)


def test_rates_have_source_and_day(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("date,base,quote,rate,source\n2026-11-27,GBP,EUR,1.15,ECB\n"
                    "2026-11-27,GBP,GBP,1,ECB\n2026-11-31,GBP,EUR,1,ECB\n2026-11-27,GBP,EUR,0,ECB\n"
                    "2026-11-27,GBP,EUR,1.2,\n")  # fmt: skip
    told = run(rates_app, tmp_path, "import", str(path), code=3)
    assert [one["place"] for one in told["findings"]] == [f"line {n}" for n in (3, 4, 5, 6)]
    assert run(rates_app, tmp_path, "list") == []
    path.write_text("date,base,quote,rate,source\n2026-11-27,GBP,EUR,1.15,ECB\n")
    assert run(rates_app, tmp_path, "import", str(path))["entered"] == 1
    with database.read() as session:
        rates = ledger.read_book(session, Month(2026, 11)).rates
    found = rates.find("GBP", "EUR", Month(2026, 11).last)
    assert (found.rate, found.source, str(found.day)) == (Decimal("1.15"), "ECB", "2026-11-27")
    assert str(rates.find("EUR", "GBP", Month(2026, 11).last).rate) == "0.8695652174"
    with pytest.raises(Misuse, match="no exchange rate"):
        rates.find("GBP", "EUR", Month(2027, 1).last)


def test_subscribers_are_entered_or_counted(database: Database, tmp_path: Path) -> None:
    words = ("subscribers", "--period", "2026-11")
    entered = ("--territory", "DE", "--tier", "premium", "--type", "student", "--count", "12")
    run(revenue_app, tmp_path, *words, *entered)
    assert run(revenue_app, tmp_path, *words, "--from-accounts") == []
    assert [row["count"] for row in run(revenue_app, tmp_path, *words)] == [12]
    with database.read() as session:
        book = ledger.read_book(session, Month(2026, 11))
    assert book.subscribed("DE", "premium") == {"student": 12}
