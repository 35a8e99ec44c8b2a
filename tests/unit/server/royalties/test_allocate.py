# ruff: noqa: S608 - queries over names of our own tables
"""A month computed by hand, and sums that hold for all usage, agreements and revenue."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies as st

from server.royalties.agreement import Advance, Deduction, Promotion
from server.royalties.allocate import allocate, problems_of
from server.royalties.book import Book, Figure, Subscribers
from server.royalties.periods import Month
from server.royalties.rates import ExchangeRate, Rates
from server.royalties.resolve import Resolver
from server.royalties.statement import SharedRow, statements
from tests.unit.server.royalties.made import FEEDS, MID, A, B, agreement, figure, later, play, usage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOVEMBER = Month(2026, 11)
GBP = ExchangeRate(
    base="GBP", quote="EUR", rate=Decimal("1.15"), day=date(2026, 11, 27), source="ECB"
)
TWENTY = [
    *[play("fa", "a1")] * 4, *[play("fa", "a2")] * 3, *[play("fb", "b1")] * 5,
    *[play("fa", "a1", tier="free")] * 2, play("fb", "b1", tier="free"),
    *[play("fa", "a1", territory="GB")] * 4, play("fb", "b1", territory="GB"),
]  # fmt: skip
BOOK = Book(
    recipients=FEEDS,
    agreements=[
        agreement("a", A, share=Decimal("0.525"),
                  advances=(Advance(day=date(2026, 10, 1), amount=Decimal(2)),)),
        agreement("b", B, share=Decimal("0.55"), per_stream=Decimal("0.5")),
    ],
    figures=[figure("10"), figure("1", tier="free"), figure("6", "GB", currency="GBP")],
    rates=Rates([GBP]),
)  # fmt: skip


def ask(connection: DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def shared(connection: DuckDBPyConnection) -> list[SharedRow]:
    names = list(SharedRow.__dataclass_fields__)
    rows = ask(connection, f"SELECT {', '.join(names)} FROM shares ORDER BY ALL")
    return [SharedRow(**dict(zip(names, row, strict=True))) for row in rows]


def test_twenty_plays_by_hand() -> None:
    """The worked example of docs/explanation/royalties.md, to the last digit."""
    assert len(TWENTY) == 20
    with usage(TWENTY) as connection:
        allocate(connection, NOVEMBER, BOOK)
        assert problems_of(connection) == []
        rows = ask(
            connection,
            "SELECT territory, tier, isrc, usages, net_revenue, top_up, payment FROM allocated"
            " ORDER BY territory, tier, isrc",
        )
        assert [(*row[:4], *(f"{each:f}" for each in row[4:])) for row in rows] == [
            ("DE", "free", "A1", 2, "0.6666670000", "0.0000000000", "0.3500001750"),
            ("DE", "free", "B1", 1, "0.3333330000", "0.3166668500", "0.5000000000"),
            ("DE", "premium", "A1", 4, "3.3333330000", "0.0000000000", "1.7499998250"),
            ("DE", "premium", "A2", 3, "2.5000000000", "0.0000000000", "1.3125000000"),
            ("DE", "premium", "B1", 5, "4.1666670000", "0.2083331500", "2.5000000000"),
            ("GB", "premium", "A1", 4, "4.8000000000", "0.0000000000", "2.5200000000"),
            ("GB", "premium", "B1", 1, "1.2000000000", "0.0000000000", "0.6600000000"),
        ]
        paid, problems = statements(shared(connection), BOOK, NOVEMBER, {})
    assert problems == []
    a, b = paid
    assert (a.earned, a.recouped, a.payable) == (Decimal("6.31"), Decimal(2), Decimal("4.31"))
    assert (b.earned, b.recouped, b.payable) == (Decimal("3.76"), Decimal(0), Decimal("3.76"))
    for one in paid:
        assert sum(Decimal(line["amount"]) for line in one.lines) == one.payable


def test_top_ups_are_the_operators_and_nobody_elses() -> None:
    without = Book(recipients=FEEDS, agreements=[BOOK.agreements[0], agreement("b", B)],
                   figures=BOOK.figures, rates=BOOK.rates)  # fmt: skip
    found = []
    for book in (BOOK, without):
        with usage(TWENTY) as connection:
            allocate(connection, NOVEMBER, book)
            found.append(
                ask(connection, f"SELECT * FROM shares WHERE recipient = '{A}' ORDER BY ALL")
            )
    assert found[0] == found[1]


def test_a_minimum_per_subscriber_knows_families_students_and_trials() -> None:
    book = Book(
        recipients=FEEDS,
        agreements=[
            agreement("a", A, per_subscriber={
                "individual": Decimal(4), "family": Decimal(6), "student": Decimal(2)}),
            agreement("b", B),
        ],
        figures=[figure("10")],
        subscribers=[
            Subscribers(territory="DE", tier="premium", type=kind, count=count)
            for kind, count in (("individual", 2), ("family", 1), ("student", 1), ("trial", 9))
        ],
    )  # fmt: skip
    with usage([*[play("fa", "a1")] * 3, play("fb", "b1")]) as connection:
        allocate(connection, NOVEMBER, book)
        (row,) = ask(connection, f"SELECT minimum, minimum_by, earned, top_up, payment FROM shares"
                                 f" WHERE recipient = '{A}'")  # fmt: skip
    # (2 x 4 + 6 + 2) x 3/4 of the plays = 12, against 7.50 / 2
    assert row == (Decimal(12), "subscriber", Decimal("3.75"), Decimal("8.25"), Decimal(12))


def test_deductions_come_before_the_rate_and_trials_are_free() -> None:
    book = Book(
        recipients=FEEDS,
        agreements=[
            agreement("a", A, deductions=(Deduction(name="stores", percent=Decimal("1.5")),)),
            agreement("b", B, free_tiers=("premium",), per_stream=Decimal(1)),
        ],
        figures=[figure("10")],
    )
    with usage([play("fa", "a1"), play("fb", "b1")]) as connection:
        allocate(connection, NOVEMBER, book)
        rows = ask(
            connection, "SELECT net_revenue, deducted, payment FROM shares ORDER BY recipient DESC"
        )
    assert rows == [
        (Decimal(5), Decimal("0.075"), Decimal("2.4625")),
        (Decimal(5), Decimal(0), Decimal(0)),
    ]


def test_a_promotion_has_its_own_rate_for_its_days_and_tiers() -> None:
    summer = Promotion(
        name="summer", first=date(2026, 11, 10), last=date(2026, 11, 15), tiers=("premium",),
        share=Decimal("0.1"),
    )  # fmt: skip
    own = agreement("a", A, zone="Europe/Berlin", per_stream=Decimal("0.75"), promotions=(summer,))
    book = Book(recipients=FEEDS, agreements=[own], figures=[figure("4"), figure("3", tier="free")])
    first, last = MID.replace(day=9, hour=23, minute=0), MID.replace(hour=22, minute=59)
    plays = [play("fa", "a1", used_at=at) for at in (later(first, minutes=-1), first, last,
                                                     later(last, minutes=1))]  # fmt: skip
    with usage([*plays, play("fa", "a1", used_at=last, tier="free")]) as connection:
        allocate(connection, NOVEMBER, book)
        rows = ask(connection, "SELECT agreement, tier, usages, top_up, payment FROM shares"
                               " ORDER BY ALL")  # fmt: skip
        assert problems_of(connection) == []
        (paid,), _ = statements(shared(connection), book, NOVEMBER, {})
    half = Decimal("0.5")
    assert rows == [
        ("a@1", "free", 1, Decimal(0), 3 * half),
        ("a@1", "premium", 2, half, Decimal("1.5")),
        ("a@1+summer", "premium", 2, Decimal(0), Decimal("0.2")),
    ]
    assert (paid.agreement, paid.payable, paid.usages) == ("a", Decimal("3.2"), 5)


def test_revenue_that_nobody_gets_says_why() -> None:
    model = Figure(territory="DE", model="SubscriptionModel", currency="EUR", net=Decimal(5))
    book = Book(recipients=FEEDS, figures=[figure("10"), model, figure("7", "FR")])
    with usage([play("fa", "a1")]) as connection:
        allocate(connection, NOVEMBER, book)
        told = [one.message for one in problems_of(connection) if one.code == "revenue-unused"]
    assert told == [
        (
            "5 EUR of DE SubscriptionModel in 2026-11 is paid to nobody: what was played there"
            " (premium) has revenue of its own, which goes before."
        ),
        "7 EUR of FR premium in 2026-11 is paid to nobody: no play that counts was heard there.",
    ]


def test_an_agreement_that_changes_in_mid_month_is_split_at_the_instant() -> None:
    book = Book(
        recipients=FEEDS,
        agreements=[
            agreement("a", A),
            agreement("a", A, version=2, first=date(2026, 11, 16), share=Decimal("0.6"),
                      zone="Europe/Berlin"),
        ],
        figures=[figure("4")],
    )  # fmt: skip
    eve = MID.replace(hour=22, minute=59)
    plays = [play("fa", "a1", used_at=eve)] * 3 + [play("fa", "a1", used_at=later(eve, minutes=1))]
    with usage(plays) as connection:
        allocate(connection, NOVEMBER, book)
        rows = ask(connection, "SELECT agreement, usages, payment FROM allocated ORDER BY 1")
        assert problems_of(connection) == []
    assert rows == [("a@1", 3, Decimal("1.5")), ("a@2", 1, Decimal("0.6"))]


@pytest.mark.parametrize(
    ("rule", "zone", "used", "day", "month"),
    [
        ("next", "UTC", "2026-11-30 23:59:59", "2026-11-30", 11),
        ("next", "UTC", "2026-12-01 00:00:00", "2026-12-01", 12),
        ("next", "Europe/Berlin", "2026-11-30 23:00:00", "2026-11-30", 12),
        ("next", "America/New_York", "2026-12-01 04:59:59", "2026-12-01", 11),
        ("next", "UTC", "2026-11-03 10:00:00", "2026-11-20", 11),  # late in its own month
        ("next", "UTC", "2026-11-03 10:00:00", "2026-12-02", 12),
        ("reissue", "UTC", "2026-11-03 10:00:00", "2026-12-02", 11),
        ("reissue", "UTC", "2026-11-03 10:00:00", "2027-02-02", 11),
    ],
)  # fmt: skip
def test_each_play_belongs_to_one_month(
    rule: str, zone: str, used: str, day: str, month: int
) -> None:
    book = Book(recipients=FEEDS, agreements=[agreement("a", A, late_plays=rule, zone=zone)],
                figures=[figure("1")])  # fmt: skip
    at = MID.fromisoformat(used)
    with usage([play("fa", "a1", used_at=at, day=date.fromisoformat(day))]) as connection:
        found = []
        for number in (10, 11, 12):
            allocate(connection, Month(2026, number), book)
            found += [number] * ask(connection, "SELECT count(*) FROM allocated")[0][0]
    assert found == [month]


def test_a_takeback_takes_its_share_back() -> None:
    plays = [*[play("fa", "a1")] * 3, play("fa", "a2", quantity=-1), *[play("fb", "b1")] * 2]
    book = Book(recipients=FEEDS, agreements=[agreement("a", A), agreement("b", B)],
                figures=[figure("4")])  # fmt: skip
    with usage(plays) as connection:
        allocate(connection, NOVEMBER, book)
        rows = ask(connection, "SELECT isrc, usages, net_revenue FROM allocated ORDER BY isrc")
    assert rows == [("A1", 3, Decimal(3)), ("A2", -1, Decimal(-1)), ("B1", 2, Decimal(2))]


def test_ties_go_by_isrc() -> None:
    plays = [play("fa", name) for name in ("z", "m", "b")]
    book = Book(recipients=FEEDS, figures=[figure("0.000002")])
    with usage(plays) as connection:
        allocate(connection, NOVEMBER, book)
        rows = ask(connection, "SELECT isrc FROM allocated WHERE net_revenue > 0 ORDER BY isrc")
        assert [one.code for one in problems_of(connection)] == ["agreements-none"]
    assert rows == [("B",), ("M",)]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"figures": []}, "revenue-missing"),
        ({"figures": [*BOOK.figures, figure("5", "FR")]}, "revenue-unused"),
        ({"rates": Rates()}, "rate-missing"),
        ({"agreements": [BOOK.agreements[1]]}, "agreement-missing"),
        ({"agreements": [*BOOK.agreements, agreement("a2", A)]}, "agreement-overlap"),
        ({"agreements": [agreement("a", A, last=date(2026, 11, 10)), BOOK.agreements[1]]},
         "agreement-gap"),
        ({"agreements": [agreement("a", A, per_subscriber={"individual": Decimal(1)}),
                         BOOK.agreements[1]]}, "subscribers-missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_book_is_told_with_a_remedy(
    changed: dict[str, Any], code: str
) -> None:
    names = ("recipients", "agreements", "figures", "rates")
    book = Book(**{**{name: getattr(BOOK, name) for name in names}, **changed})
    with usage(TWENTY) as connection:
        allocate(connection, NOVEMBER, book)
        found = problems_of(connection)
    assert code in {one.code for one in found}
    assert all(one.message and one.remedy for one in found)


def test_more_reversals_than_plays_are_told() -> None:
    with usage([play("fa", "a1", quantity=-1)]) as connection:
        allocate(connection, NOVEMBER, BOOK)
        assert "usage-reversed" in {one.code for one in problems_of(connection)}
        assert ask(connection, "SELECT sum(net_revenue) FROM allocated") == [(Decimal(0),)]


def test_what_does_not_count_is_listed_with_its_reason() -> None:
    plays = [play("fa", "a1"), play("fa", "a1", verdict="quarantined", reason="bot")]
    with usage(plays) as connection:
        allocate(connection, NOVEMBER, BOOK)
        rows = ask(connection, "SELECT recipient, verdict, reason, usages FROM withheld")
    assert rows == [(A, "quarantined", "bot", 1)]


PLAYS = st.lists(
    st.tuples(
        st.sampled_from(["fa", "fb", "fc"]), st.sampled_from(["x", "y", "z"]),
        st.sampled_from(["DE", "GB"]), st.sampled_from(["premium", "free"]), st.integers(1, 50),
        st.integers(0, 29),
    ),
    min_size=1, max_size=25,
)  # fmt: skip
MONEY = st.decimals(0, 10**9, places=6)
RATE = st.decimals(0, 1, places=4)


@settings(max_examples=40, deadline=None)
@given(PLAYS, st.lists(MONEY, min_size=4, max_size=4), st.lists(RATE, min_size=4, max_size=4),
       st.decimals(0, 2, places=6), st.decimals(0, 30, places=2))  # fmt: skip
def test_shares_are_the_net_revenue_and_payments_are_shares_times_rates_and_top_ups(
    plays: list[Any], nets: list[Decimal], rates: list[Decimal], least: Decimal, cut: Decimal
) -> None:
    first, second, third, fourth = rates
    book = Book(
        recipients=FEEDS,
        agreements=[
            agreement("a", A, share=first, per_stream=least),
            agreement("a", A, version=2, first=date(2026, 11, 11), share=second),
            agreement("b", B, share=third,
                      deductions=(Deduction(name="cut", percent=cut),)),
            agreement("c", FEEDS["fc"], share=fourth),
        ],
        figures=[
            figure(format(net, "f"), territory, tier)
            for net, (territory, tier) in zip(
                nets, [(t, k) for t in ("DE", "GB") for k in ("premium", "free")], strict=True)
        ],
    )  # fmt: skip
    made = [
        play(feed, name, territory=territory, tier=tier, quantity=count,
             used_at=later(MID.replace(day=1), days=days))
        for feed, name, territory, tier, count, days in plays
    ]  # fmt: skip
    with usage(made) as connection:
        allocate(connection, NOVEMBER, book)
        part = "territory, tier, model, use"
        pools = ask(connection, f"SELECT {part}, usages, net_revenue FROM pools ORDER BY ALL")
        rows = ask(connection, f"SELECT {part}, sum(usages)::BIGINT, sum(net_revenue)"
                               f" FROM allocated GROUP BY {part} ORDER BY ALL")  # fmt: skip
        assert pools == rows
        played = {(row[0], row[1]) for row in pools}
        entered = sum(one.net for one in book.figures if (one.territory, one.tier) in played)
        assert sum(row[5] for row in pools) == entered
        for table in ("shares", "allocated"):
            sums = ask(
                connection, f"SELECT rate, net_revenue, deducted, top_up, payment FROM {table}"
            )
            for rate, net, deducted, top_up, payment in sums:
                assert payment == (net - deducted) * rate + top_up
        # row by row: nobody is farther than a unit from the exact part
        for net, usages, whole, total in ask(
            connection,
            """SELECT allocated.net_revenue, allocated.usages, shares.net_revenue, shares.usages
               FROM allocated JOIN shares USING (recipient, agreement, territory, tier)""",
        ):
            assert abs(net - whole * usages / total) < Decimal("0.000001")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_plays_summed_up_between_its_instants_are_paid_alike(zone: str) -> None:
    book = replace(
        BOOK,
        agreements=[
            agreement("a", A, zone=zone, last=date(2026, 11, 20)),
            agreement("a2", A, zone=zone, first=date(2026, 11, 21), share=Decimal("0.61")),
            agreement("b", B, share=Decimal("0.55")),
        ],
    )
    start = MID.replace(month=10, day=29, hour=0)
    plays = [
        play(feed, f"{feed}{hours % 3}", used_at=later(start, hours=hours))
        for hours in range(0, 36 * 24, 3)
        for feed in ("fa", "fb")
    ]
    summed: dict[tuple[object, ...], dict[str, Any]] = {}
    cuts = [at.replace(tzinfo=None) for at in Resolver(book, NOVEMBER).cuts]
    for one in plays:
        key = (one["feed_id"], one["recording_id"], bisect_right(cuts, one["used_at"]))
        first = summed.setdefault(key, {**one, "quantity": 0})
        first["quantity"] += 1
    assert len(summed) < len(plays) / 10
    found = []
    for rows in (plays, summed.values()):
        with usage(rows) as connection:
            allocate(connection, NOVEMBER, book)
            found.append(ask(connection, "SELECT * FROM allocated ORDER BY ALL"))
    assert found[0] == found[1]
    assert {row[1] for row in found[0]} == {"a@1", "a2@1", "b@1"}
