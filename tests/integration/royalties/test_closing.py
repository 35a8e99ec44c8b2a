"""Closed months: kept whole, never overwritten, read again; each number has its rows."""

from __future__ import annotations

import csv
import io
import resource
import signal
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from catalog.models import ClosedMonth, Feed, Recording, Release
from core.clock import ManualClock
from core.database import Base, Database
from core.errors import Conflict, DiskFull, Misuse, NotFound
from server.royalties import figures, keeper
from server.royalties.close import MonthNotReady, Office, close_month
from server.royalties.figures import Author, Entry
from server.royalties.simulate import What
from server.services.royalties_desk import RoyaltiesDesk
from server.usage import duck
from server.usage.store import UsageStore
from tests.unit.server.royalties.made import A, B, play, usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration
NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
LABEL = "=1+1 לילה 🎶"
PLAYS = [
    *[play("fa", "a1", pseudonym="u1")] * 6, play("fb", "b1", pseudonym="u2"),
    play("fb", "b1", pseudonym="u2", verdict="excluded", reason="preview"),
]  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A month with two recipients, all entered, its days in files."""
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    store = UsageStore(database, tmp_path / "usage")
    store.days.mkdir(parents=True)
    with usage(PLAYS) as connection:
        duck.copy(connection, "FROM usage", store.days / "2026-11-15.parquet")
    author = Author(name="ann", clock=ManualClock(NOW))
    with database.write() as session:
        for name, dpid in (("fa", A), ("fb", B)):
            session.add(Feed(id=name, name=name, dpid=dpid, protocol="sftp", username=name,
                             created_at=NOW))  # fmt: skip
        session.flush()
        session.add(
            Release(id="rfa", feed_id="fa", owner=A, identity="rfa", proprietary_ids=[], type="EP",
                    title="T", artist="Marlow", label=LABEL, state="available", message_digest="",
                    order_key="", published_at=NOW)
        )  # fmt: skip
        session.add(Recording(id="a1", owner=A, isrc="A1", title="Song", artist="Marlow"))
        figures.set_revenue(session, author, Entry(period="2026-11", territory="DE",
                            tier="premium", amount="70", currency="EUR"))  # fmt: skip
        for name, dpid in (("a", A), ("b", B)):
            keeper.import_agreements(session, author, {
                "name": name, "recipient": dpid, "from": "2026-01-01", "share": "0.5",
                "currency": "EUR", "per_stream": "5.5"})  # fmt: skip
    yield Office(database=database, clock=ManualClock(NOW), usage=store, folder=tmp_path / "money")
    database.close()


def desk(office: Office) -> RoyaltiesDesk:
    return RoyaltiesDesk(office.database, office.clock, office.usage, office.folder)


def test_a_month_is_closed_once_and_issued_again_with_a_reason(office: Office) -> None:
    first = close_month(office, "2026-11", "ann")
    assert [one["payable"] for one in first["statements"]] == ["33", "5.5"]
    assert first["totals"]["EUR"]["net_revenue"] == first["totals"]["EUR"]["allocated"] == "70"
    with pytest.raises(Misuse, match="is closed: issue 1 stands"):
        close_month(office, "2026-11", "ann")
    again = close_month(office, "2026-11", "ann", "asked for")
    assert (again["issue"], again["digest"], again["difference"]) == (2, first["digest"], [])
    assert len([path for path in office.folder.iterdir() if path.name != "scratch"]) == 2
    assert desk(office).month("2026-11", 1)["issue"] == 1
    with pytest.raises(NotFound):
        desk(office).month("2026-11", 3)


def test_a_month_with_errors_is_not_closed_and_nothing_is_written(office: Office) -> None:
    early = Office(database=office.database, clock=ManualClock(NOW.replace(year=2025)),
                   usage=office.usage, folder=office.folder)  # fmt: skip
    with pytest.raises(MonthNotReady) as caught:
        close_month(early, "2026-11", "ann")
    assert [one.code for one in caught.value.problems if one.level == "error"] == ["period-open"]
    assert not office.folder.exists()


def test_of_two_operators_at_once_one_is_told(office: Office) -> None:
    class Meanwhile(ManualClock):
        """When asked for the time the second time, somebody else has closed the month."""

        asked = 0

        def __call__(self) -> datetime:
            self.asked += 1
            if self.asked == 2:
                close_month(office, "2026-11", "ben")
            return self.instant

    late = Office(database=office.database, clock=Meanwhile(NOW.replace(hour=7)),
                  usage=office.usage, folder=office.folder)  # fmt: skip
    with pytest.raises(Conflict, match="another operator has closed 2026-11"):
        close_month(late, "2026-11", "ann")
    with office.database.read() as session:
        (row,) = session.query(ClosedMonth)
        assert row.closed_by == "ben"
    assert [path.name for path in office.folder.iterdir()] == [row.folder]


@pytest.mark.parametrize("closed", [True, False])
def test_each_number_has_its_rows(office: Office, closed: bool) -> None:  # noqa: FBT001
    if closed:
        close_month(office, "2026-11", "ann")
    told = desk(office).statement("2026-11", {"recipient": A})
    (paid,) = told["statements"]
    share, top_up = paid["lines"]
    part = {name: share[name] for name in ("territory", "tier", "model", "use")}
    rows = desk(office).rows("2026-11", {"recipient": A, **part})
    (sums,) = rows["sums"]["money"]
    assert sums["usages"] == share["usages"] == 6
    assert Decimal(sums["payment"]) == Decimal(share["amount"]) + Decimal(top_up["amount"]) == 33
    assert told["labels"][0]["label"] == LABEL
    assert told["artists"][0]["artist"] == "Marlow"
    other = desk(office).statement("2026-11", {"recipient": B})
    assert other["reasons"] == [{"verdict": "excluded", "reason": "preview", "usages": 1}]
    lines = list(
        csv.DictReader(io.StringIO("".join(desk(office).csv("2026-11", {"label": LABEL}))))
    )
    assert [(line["label"], line["payment"]) for line in lines] == [(f"'{LABEL}", "33")]
    with pytest.raises(Misuse):
        desk(office).rows("2026-11", {"colour": "blue"})


def test_user_centric_sharing_follows_each_listener(office: Office) -> None:
    """Two listeners with 35 each: one heard A alone, the other B alone."""
    with office.database.write() as session:
        figures.set_subscribers(
            session, Author(name="ann", clock=office.clock), period="2026-11", territory="DE",
            tier="premium", kind="individual", count="4",
        )  # fmt: skip
    found = {}
    for policy in ("pro-rata", "equal", "operator"):
        told = desk(office).simulate("2026-11", What(method="user-centric", without_plays=policy))
        found[policy] = {row["key"]: (row["now"], row["then"]) for row in told["rows"]}
        kept = told["totals"]["EUR"]["kept_by_operator"]
        assert kept == ("35" if policy == "operator" else "0")
    assert found["equal"] == {A: ("30", "17.5"), B: ("5", "17.5")}
    assert found["operator"] == {A: ("30", "8.75"), B: ("5", "8.75")}
    assert found["pro-rata"] == {A: ("30", "23.75"), B: ("5", "11.25")}
    rates = desk(office).simulate("2026-11", What(rates={A: Decimal("0.6")}))
    assert rates["rows"][0]["difference"] == "6"
    with pytest.raises(Misuse):
        desk(office).simulate("2026-11", What(rates={"nobody": Decimal(1)}))


def test_a_disk_that_is_full_leaves_nothing_half_written(office: Office) -> None:
    """A limit on the size of files stands for the full disk."""
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        with pytest.raises(DiskFull) as told:
            close_month(office, "2026-11", "ann")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert told.value.remedy
    assert list(office.folder.iterdir()) == []
    with office.database.read() as session:
        assert session.query(ClosedMonth).count() == 0
    assert close_month(office, "2026-11", "ann")["issue"] == 1
