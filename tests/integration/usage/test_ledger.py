"""The ledger: days closed once, proved to others, corrected by reversal, kept through a kill."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from catalog.models import Feed, ListenerKey, Play, UsageDay
from core.clock import ManualClock
from core.database import Base, Database
from core.errors import Conflict, Misuse, NotFound
from core.sealed import Sealer
from server.usage import duck, proofs
from server.usage.corrections import Correction, correct
from server.usage.ledger import Ledger
from server.usage.listeners import Listeners
from server.usage.publishing import publish
from server.usage.signing import Signer
from server.usage.store import UsageStore
from server.usage.sweeping import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration
FIRST = datetime(2026, 11, 20, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Books:
    """A data folder with its ledger."""

    folder: Path
    database: Database
    clock: ManualClock
    store: UsageStore
    listeners: Listeners
    ledger: Ledger

    def play(self, name: str, at: datetime, account: str | None = "ada", **more: Any) -> None:
        row = {
            "release_id": "r", "recording_id": "x", "feed_id": "feed", "deal": "d", "isrc": "I",
            "territory": "GB", "tier": "premium", "model": "m", "use": "u", "duration_ms": 200_000,
            "heard_ms": 60_000, "ended": True, "opened_at": at, "updated_at": at, **more,
        }  # fmt: skip
        with self.database.write() as session:
            session.add(Play(id=name, account_id=account, **row))

    def totals(self) -> list[tuple[Any, ...]]:
        with self.store.connect() as connection:
            return connection.execute(
                "SELECT day::VARCHAR, verdict, sum(quantity)::INT, count(leaf) FROM usage"
                " GROUP BY ALL ORDER BY ALL"
            ).fetchall()

    def file(self, said: dict[str, Any]) -> Path:
        path = self.folder / "said.json"
        path.write_text(json.dumps(said))
        return path

    def verify(self, path: Path, key: str = "") -> dict[str, Any]:
        return proofs.verify(path, key, self.folder / "elsewhere")


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    clock = ManualClock(FIRST + timedelta(days=1, hours=17))  # 03:00, two days on
    listeners = Listeners(database, Sealer(tmp_path / "keys"), clock)
    store = UsageStore(database, tmp_path / "usage", keys=listeners)
    ledger = Ledger(database, store, Signer(tmp_path / "keys"), listeners, clock)
    yield Books(tmp_path, database, clock, store, listeners, ledger)
    database.close()


def two_days(books: Books) -> None:
    for number in range(5):
        books.play(f"p{number}", FIRST + timedelta(minutes=5 * number))
    books.play("short", FIRST, "bob", heard_ms=5_000)
    books.play("next", FIRST + timedelta(days=1), "bob")


def test_days_are_closed_when_they_are_over_and_stay_as_they_were(books: Books) -> None:
    two_days(books)
    assert {row[0] for row in books.totals()} == {"2026-11-20", "2026-11-21"}
    assert [row.day for row in books.ledger.close_due()] == ["2026-11-20", "2026-11-21"]
    closed = books.totals()
    assert closed == [
        ("2026-11-20", "counted", 5, 5),
        ("2026-11-20", "excluded", 1, 1),
        ("2026-11-21", "counted", 1, 1),
    ]
    assert books.ledger.close_due() == []
    with pytest.raises(Misuse, match="closed already"):
        books.ledger.close(date(2026, 11, 20))
    with pytest.raises(Misuse, match="not over"):
        books.ledger.close(date(2026, 11, 22))
    with books.database.write() as session:
        session.execute(update(Play).values(heard_ms=1, day="2026-11-20"))
    assert books.totals() == closed


def test_what_comes_late_stands_in_the_open_day_with_its_own_time(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    books.play("late", FIRST + timedelta(hours=3))
    books.play("clash", FIRST + timedelta(seconds=30))  # while p0 is heard
    books.clock.advance(timedelta(days=1))
    books.ledger.close_due()
    with books.store.connect() as connection:
        found = connection.execute(
            "SELECT play_id, day::VARCHAR, used_at, reason FROM usage WHERE day = '2026-11-22'"
            " ORDER BY leaf"
        ).fetchall()
    assert found == [
        ("clash", "2026-11-22", datetime(2026, 11, 20, 10, 0, 30), "concurrent"),  # noqa: DTZ001
        ("late", "2026-11-22", datetime(2026, 11, 20, 13), ""),  # noqa: DTZ001
    ]


def test_what_is_still_heard_at_midnight_is_known_on_the_next_day(books: Books) -> None:
    midnight, minute = FIRST + timedelta(hours=14), timedelta(minutes=1)
    books.play("evening", midnight - 5 * minute, heard_ms=600_000)
    books.play("opera", midnight - 180 * minute, "bob", heard_ms=4 * 3_600_000)
    books.ledger.close(date(2026, 11, 20))
    books.play("over", midnight + 2 * minute)
    books.play("fine", midnight + 6 * minute)
    books.play("aside", midnight + 30 * minute, "bob")
    books.ledger.close(date(2026, 11, 21))
    books.play("late", midnight + 7 * minute - timedelta(seconds=20))  # while fine is heard
    with books.store.connect() as connection:
        found = connection.execute(
            "SELECT play_id, reason FROM usage WHERE used_at >= '2026-11-21' ORDER BY used_at"
        ).fetchall()
    assert found == [("over", "concurrent"), ("fine", ""), ("late", "concurrent"),
                     ("aside", "concurrent")]  # fmt: skip


def test_a_play_that_is_going_on_waits_for_the_next_day(books: Books) -> None:
    books.play("ends", FIRST)
    books.play("goes on", FIRST, "bob", ended=False, updated_at=books.clock())
    books.ledger.close_due()
    assert ("2026-11-20", "counted", 1, 1) in books.totals()
    books.clock.advance(timedelta(days=1))
    books.ledger.close_due()
    assert ("2026-11-22", "counted", 1, 1) in books.totals()


def test_a_play_is_proved_to_somebody_who_has_the_key_alone(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    key = Signer(books.folder / "keys").public
    said = proofs.prove(books.store, books.ledger, "p3")
    found = books.verify(books.file(said), key)
    assert (found["ok"], found["kind"], found["trusted"], found["problems"]) == (
        True, "play", True, [],
    )  # fmt: skip
    other = Signer(books.folder / "others").public
    assert books.verify(books.file(said), other)["problems"] == [
        "the signature is not this key's over this head"
    ]
    for name, value in {
        "heard_ms": 61_000,
        "quantity": 2,
        "isrc": "J",
        "day": "2026-11-21",
    }.items():
        lied = json.loads(json.dumps(said))
        lied["rows"][0]["row"][name] = value
        assert not books.verify(books.file(lied), key)["ok"], name
    lied = json.loads(json.dumps(said))
    lied["ledger"]["head"]["root"] = "00" * 32
    assert len(books.verify(books.file(lied), key)["problems"]) == 3
    assert not books.verify(books.file({**said, "rows": []}), key)["ok"]
    with pytest.raises(NotFound):
        proofs.prove(books.store, books.ledger, "nobody")
    strange: tuple[dict[str, Any], ...] = (
        {},
        {"ledger": []},
        {"head": {}},
        {"ledger": {"head": 1}},
    )
    for nonsense in strange:
        with pytest.raises(Misuse):
            books.verify(books.file(nonsense))


def test_a_day_is_verified_from_its_file_and_head(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    with books.database.write() as session:
        session.add(Feed(id="feed", name="F", username="f", dpid="PADPIDA0000000001A",
                         protocol="sftp", created_at=FIRST))  # fmt: skip
    laid = publish(books.database, books.store.days, books.folder / "inbox")
    assert len(laid) == 4
    assert publish(books.database, books.store.days, books.folder / "inbox") == []
    head = books.folder / "inbox/feed/reports/usage-ledger-2026-11-21.json"
    assert books.verify(head)["kind"] == "head"
    assert books.verify(head)["ok"]
    day = books.store.days / "2026-11-20.parquet"
    assert books.verify(day)["ok"]
    with duck.connect(books.folder / "elsewhere", memory_mb=100) as connection:
        source = f"read_parquet({duck.text(str(day))})"
        connection.execute(f"CREATE TABLE kept AS FROM {source}")
        connection.execute("UPDATE kept SET territory = 'US' WHERE play_id = 'p1'")
        duck.copy(connection, "FROM kept ORDER BY leaf", day)
        assert "not as it was signed" in books.verify(day)["problems"][0]
        duck.copy(connection, "FROM kept WHERE play_id <> 'p1' ORDER BY leaf", day)
        assert "5 rows, not 6" in books.verify(day)["problems"][0]
    day.write_bytes(b"PAR1")
    assert "can't be read" in books.verify(day)["problems"][0]


def test_a_correction_takes_a_row_back_and_puts_another(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    wanted = Correction(play_id="p1", verdict="excluded", note="a test of ours", by="olga")
    with pytest.raises(Misuse):
        correct(books.database, books.store, books.clock, Correction(
            play_id="p1", verdict="counted", note=" ", by="olga"))  # fmt: skip
    correct(books.database, books.store, books.clock, wanted)
    with pytest.raises(Conflict):
        correct(books.database, books.store, books.clock, wanted)
    books.clock.advance(timedelta(days=1))
    before = books.totals()
    books.ledger.close_due()
    after = books.totals()
    assert [row[:3] for row in before] == [row[:3] for row in after]
    assert ("2026-11-22", "counted", -1, 1) in after
    assert ("2026-11-22", "excluded", 1, 1) in after
    rows = proofs.prove(books.store, books.ledger, "p1")["rows"]
    assert [(each["row"]["verdict"], each["row"]["quantity"]) for each in rows] == [
        ("counted", 1), ("counted", -1), ("excluded", 1),
    ]  # fmt: skip
    assert books.verify(books.file(proofs.prove(books.store, books.ledger, "p1")))["ok"]
    with pytest.raises(Conflict, match="already"):
        correct(books.database, books.store, books.clock, wanted)


def test_erasure_destroys_the_key_and_leaves_rows_and_proofs(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    books.play("after", FIRST + timedelta(days=1, hours=15))
    with books.store.connect() as connection:
        query = "SELECT DISTINCT pseudonym FROM usage WHERE play_id IN ('p1', 'p2', 'after')"
        assert len(connection.execute(query).fetchall()) == 1
    said = proofs.prove(books.store, books.ledger, "p1")
    with books.database.write() as session:
        books.listeners.erase(session, "ada")
    with books.database.read() as session:
        assert session.scalar(select(func.count()).where(ListenerKey.account_id == "ada")) == 0
        assert session.scalar(select(func.count()).where(Play.account_id == "ada")) == 0
    assert books.verify(books.file(said))["ok"]
    assert proofs.prove(books.store, books.ledger, "p1") == said
    with books.store.connect() as connection:
        assert len(connection.execute(query).fetchall()) == 2
    # an account of the same name has another key
    made = books.listeners.keys(["ada"])["ada"]
    assert books.listeners.keys(["ada"])["ada"] == made


def test_killed_while_closing_nothing_is_lost_or_doubled(books: Books) -> None:
    two_days(books)

    class Died(Exception):
        """The process was killed here."""

    class Dying(Signer):
        """Dies when file and hashes are written and nothing is committed."""

        def sign(self, said: dict[str, Any]) -> str:
            raise Died(str(said))

    signer = Dying(books.folder / "keys")
    dying = Ledger(books.database, books.store, signer, books.listeners, books.clock)
    open_rows = books.totals()
    with pytest.raises(Died):
        dying.close_due()
    assert books.totals() == open_rows
    assert len(books.ledger.close_due()) == 2
    closed = [row[:3] for row in books.totals()]
    assert closed == [row[:3] for row in open_rows]
    assert sorted(path.suffix for path in books.store.days.iterdir()) == [".parquet", ".parquet"]
    # killed between the commit and the name of the file
    path = books.store.days / "2026-11-21.parquet"
    path.rename(path.with_suffix(".closing"))
    assert [row[:3] for row in books.totals()] == closed
    books.play("more", FIRST + timedelta(days=1, hours=15))
    books.clock.advance(timedelta(days=1))
    books.ledger.close_due()
    assert path.exists()
    with books.database.read() as session:
        heads = session.scalars(select(UsageDay).order_by(UsageDay.day)).all()
    assert [row.head["head"]["previous"] for row in heads[1:]] == [
        {"day": row.day, "size": row.size, "root": row.root} for row in heads[:-1]
    ]
    for row in heads:
        assert books.verify(books.file(row.head))["ok"]


def test_old_plays_forget_who_heard_them(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    assert sweep(books.database, books.clock, 45) == 0
    books.clock.advance(timedelta(days=50))
    assert sweep(books.database, books.clock, 45) == 7
    assert sweep(books.database, books.clock, 45) == 0
    assert sum(row[2] for row in books.totals()) == 7
