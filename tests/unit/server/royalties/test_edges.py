"""A second month by hand: minima per subscriber of two recipients, paid in yen and in dinars."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from server.royalties.agreement import Advance
from server.royalties.allocate import allocate, problems_of
from server.royalties.book import Book, Subscribers
from server.royalties.periods import Month
from server.royalties.rates import ExchangeRate, Rates
from server.royalties.recoup import Past, settle
from server.royalties.statement import statements
from tests.unit.server.royalties.made import FEEDS, A, B, agreement, figure, play, usage
from tests.unit.server.royalties.test_allocate import ask, shared

NOVEMBER = Month(2026, 11)
FRIDAY, ENDED = date(2026, 11, 27), date(2026, 10, 29)


def rate(quote: str, value: str, day: date) -> ExchangeRate:
    return ExchangeRate(base="EUR", quote=quote, rate=Decimal(value), day=day, source="ECB")


def book(*rates: ExchangeRate) -> Book:
    return Book(
        recipients=FEEDS,
        agreements=[
            agreement("a", A, currency="JPY", decimals=0,
                      per_subscriber={"individual": Decimal(300)}),
            agreement("b", B, currency="KWD", decimals=3, share=Decimal("0.6"),
                      per_subscriber={"individual": Decimal("0.5")}),
        ],
        figures=[figure("10")],
        subscribers=[Subscribers(territory="DE", tier="premium", type="individual", count=4)],
        rates=Rates(rates),
    )  # fmt: skip


PLAYS = [play("fa", "a1"), play("fb", "b1"), play("fb", "b1")]


def test_minima_per_subscriber_of_two_recipients_in_yen_and_dinars() -> None:
    """Of 10 EUR, A has a third and B two; each minimum is its own part of the four subscribers.

    A: 4 x 300 JPY / 3 = 400 JPY = 2.50 EUR, against 3.333333 / 2 = 1.6666665.
    B: 4 x 0.5 KWD x 2/3 = 1.3333 KWD = 4.1666666667 EUR, against 6.666667 x 0.6 = 4.0000002.
    """
    terms = book(rate("JPY", "160", FRIDAY), rate("KWD", "0.32", FRIDAY))
    with usage(PLAYS) as connection:
        allocate(connection, NOVEMBER, terms)
        rows = ask(connection, "SELECT net_revenue, earned, minimum, top_up, payment, minimum_by"
                               " FROM shares ORDER BY net_revenue")  # fmt: skip
        assert problems_of(connection) == []
        paid, wrong = statements(shared(connection), terms, NOVEMBER, {})
    assert [(*(f"{each.normalize():f}" for each in row[:-1]), row[-1]) for row in rows] == [
        ("3.333333", "1.6666665", "2.5", "0.8333335", "2.5", "subscriber"),
        ("6.666667", "4.0000002", "4.1666666667", "0.1666664667", "4.1666666667", "subscriber"),
    ]
    assert wrong == []
    assert {one.currency: one.payable for one in paid} == {
        "JPY": Decimal(400),
        "KWD": Decimal("1.333"),
    }
    assert [str(one.payable) for one in paid] == ["400", "1.333"]


def test_a_rate_that_is_missing_or_old_is_told_and_nothing_is_guessed() -> None:
    """Friday's rate is that of a month that ends on a Monday; October's is too old by a day."""
    terms = book(rate("JPY", "160", FRIDAY), rate("KWD", "0.32", ENDED))
    with usage(PLAYS) as connection:
        allocate(connection, NOVEMBER, terms)
        told = problems_of(connection)
        _, wrong = statements(shared(connection), terms, NOVEMBER, {})
    every = {*told, *wrong}
    assert {one.code for one in every} == {"rate-missing"}
    assert all("KWD" in one.message for one in every)
    assert all(one.level == "error" for one in every)


def test_an_advance_is_recouped_over_three_months_with_a_reversal_between() -> None:
    terms = agreement("a", A, currency="JPY",
                      advances=(Advance(day=date(2026, 9, 1), amount=Decimal(1000)),))  # fmt: skip
    past: list[Past] = []
    told = []
    for month, earned in ((9, 400), (10, -50), (11, 700)):
        one = settle(terms, Month(2026, month), Decimal(earned), past)
        told.append((int(one.recouped), int(one.payable), int(one.balance)))
        past.append(Past(month=Month(2026, month), earned=Decimal(earned), recouped=one.recouped))
    assert told == [(400, 0, 600), (-50, 0, 650), (650, 50, 0)]
    assert sum(payable for _, payable, _ in told) == 400 - 50 + 700 - 1000
