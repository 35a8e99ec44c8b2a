"""Splitting money so that the parts add up to the whole, always."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = 6
"""Decimals of revenue and of shares."""
FINE_PLACES = 10
"""Decimals of payments: a share of 6 decimals times a rate of 4 is exact."""
EXACT = Context(prec=60)
"""Wide enough that no product of ours is rounded."""


def split(
    amount: Decimal, weights: Sequence[int], keys: Sequence[str], places: int = PLACES
) -> list[Decimal]:
    """The amount in parts by weight, in units of `places` decimals, by the largest remainder.

    Units left over go to the largest remainders, ties to the smaller key. The sum of the weights
    is positive, or all are zero: then all parts are zero, and nobody has the amount. A negative
    weight (more reversals than plays) gives a negative part.

    Raises:
        ValueError: the weights add up to less than zero, or the amount has more decimals.
    """
    with localcontext(EXACT):
        unit = Decimal(10) ** -places
        units, total = int(amount / unit), sum(weights)
        if total < 0 or units * unit != amount:
            raise ValueError("can't be split into parts")
        if not total:
            return [Decimal(0)] * len(weights)
        whole = [units * weight // total for weight in weights]
        left = units - sum(whole)
        order = sorted(
            range(len(weights)), key=lambda i: (-(units * weights[i] % total), keys[i], i)
        )
        for i in order[:left]:
            whole[i] += 1
        return [count * unit for count in whole]


def round_even(amount: Decimal, places: int = PLACES) -> Decimal:
    """To `places` decimals, halves to the even digit: for figures between ours."""
    return amount.quantize(Decimal(10) ** -places, ROUND_HALF_EVEN, EXACT)


def round_paid(amount: Decimal, places: int) -> Decimal:
    """To the decimals of a currency, halves away from zero: what is really paid."""
    return amount.quantize(Decimal(10) ** -places, ROUND_HALF_UP, EXACT)
