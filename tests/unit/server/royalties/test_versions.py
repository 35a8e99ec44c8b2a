"""Versions of agreements: which holds when, gaps, overlaps; advances and guarantees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from server.royalties.agreement import Advance, Guarantee
from server.royalties.periods import Month
from server.royalties.recoup import Past, settle
from server.royalties.versions import gaps, in_force, overlaps
from tests.unit.server.royalties.made import A, B, agreement

D = Decimal


def test_a_version_replaces_those_before_from_its_first_day_on() -> None:
    found = in_force(
        [
            agreement("a", A),
            agreement("a", A, version=2, first=date(2026, 7, 1)),
            agreement("a", A, version=3, first=date(2026, 7, 1), last=date(2026, 12, 31)),
        ]
    )
    times = [(one.agreement.version, one.start.date(), one.end and one.end.date()) for one in found]
    assert times == [
        (1, date(2026, 1, 1), date(2026, 7, 1)),
        (3, date(2026, 7, 1), date(2027, 1, 1)),
    ]  # fmt: skip


def test_gaps_are_days_on_which_no_version_holds() -> None:
    versions = [
        agreement("a", A, last=date(2026, 3, 31)),
        agreement("a", A, version=2, first=date(2026, 4, 15)),
    ]
    assert gaps(versions) == [(date(2026, 4, 1), date(2026, 4, 14))]
    closed = [versions[0], agreement("a", A, version=2, first=date(2026, 4, 1))]
    assert gaps(closed) == []


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ({}, {}, True),
        ({"territories": ("DE",)}, {"territories": ("GB",)}, False),
        ({"territories": ("DE",)}, {}, True),
        ({"territories": ("DE",)}, {"territories": ("-DE",)}, False),
        ({"territories": ("Worldwide",)}, {"territories": ("-DE",)}, True),
        ({"tiers": ("free",)}, {"tiers": ("premium",)}, False),
        ({"models": ("SubscriptionModel",)}, {"models": ("DeviceFeeModel",)}, False),
        ({"last": date(2026, 5, 31)}, {"first": date(2026, 6, 1)}, False),
        ({"last": date(2026, 6, 1)}, {"first": date(2026, 6, 1)}, True),
    ],
)
def test_overlaps(one: dict[str, object], other: dict[str, object], meet: bool) -> None:  # noqa: FBT001
    found = overlaps([agreement("a", A, **one), agreement("b", A, **other)])
    assert bool(found) is meet
    assert overlaps([agreement("a", A), agreement("b", B)]) == []


def past(month: int, earned: str, recouped: str) -> Past:
    return Past(month=Month(2026, month), earned=D(earned), recouped=D(recouped))


def test_an_advance_is_recouped_over_months() -> None:
    one = agreement("a", A, advances=(Advance(day=date(2026, 9, 15), amount=D(100)),))
    first = settle(one, Month(2026, 9), D(60), [])
    assert (first.recouped, first.payable, first.balance) == (D(60), D(0), D(40))
    second = settle(one, Month(2026, 10), D(60), [past(9, "60", "60")])
    assert (second.recouped, second.payable, second.balance) == (D(40), D(20), D(0))
    before = settle(one, Month(2026, 8), D(60), [])
    assert (before.recouped, before.payable) == (D(0), D(60))


def test_reversals_below_zero_are_carried_on() -> None:
    one = agreement("a", A)
    first = settle(one, Month(2026, 9), D(-5), [])
    assert (first.payable, first.balance) == (D(0), D(5))
    second = settle(one, Month(2026, 10), D(8), [past(9, "-5", "-5")])
    assert (second.recouped, second.payable) == (D(5), D(3))


def test_a_guarantee_is_filled_up_at_its_end() -> None:
    one = agreement(
        "a", A,
        guarantees=(Guarantee(first=date(2026, 9, 1), last=date(2026, 11, 30), amount=D(100)),),
    )  # fmt: skip
    earlier = [past(9, "30", "0"), past(10, "20", "0")]
    assert settle(one, Month(2026, 10), D(20), earlier[:1]).guaranteed == 0
    end = settle(one, Month(2026, 11), D(10), earlier)
    assert (end.guaranteed, end.payable) == (D(40), D(50))
    assert settle(one, Month(2026, 11), D(70), earlier).guaranteed == 0
