"""Advances recouped and guarantees met, month by month. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from server.royalties.money import round_paid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.royalties.agreement import Agreement, Guarantee
    from server.royalties.periods import Month

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What an earlier month of an agreement came to, by its last issue."""

    month: Month
    earned: Decimal
    recouped: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """`guaranteed` is added to what was earned; `recouped` of both pays advances back (negative:
    reversals that are carried on); the rest is `payable`; `balance` is still to be recouped."""

    guaranteed: Decimal
    before: Decimal
    recouped: Decimal
    balance: Decimal
    payable: Decimal


def settle(agreement: Agreement, month: Month, earned: Decimal, past: Sequence[Past]) -> Settled:
    """The month of an agreement whose earlier months were `past`, in its payments' decimals."""
    missing = sum((_missing(one, month, earned, past) for one in agreement.guarantees), _NOTHING)
    paid = sum((one.amount for one in agreement.advances if one.day <= month.last), _NOTHING)
    guaranteed, paid_before = (round_paid(one, agreement.decimals) for one in (missing, paid))
    before = paid_before - sum((one.recouped for one in past if one.month < month), _NOTHING)
    whole = earned + guaranteed
    recouped = min(whole, max(before, _NOTHING))
    return Settled(
        guaranteed=guaranteed,
        before=before,
        recouped=recouped,
        balance=before - recouped,
        payable=whole - recouped,
    )


def _missing(guarantee: Guarantee, month: Month, earned: Decimal, past: Sequence[Past]) -> Decimal:
    """What a guarantee that ends in this month lacks."""
    if not month.first <= guarantee.last <= month.last:
        return _NOTHING
    within = [one.earned for one in past if one.month < month and one.month.last >= guarantee.first]
    return max(guarantee.amount - sum(within, _NOTHING) - earned, _NOTHING)
