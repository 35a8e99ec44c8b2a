"""Splitting money so that the parts add up to the whole, always."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = 6
_UNIT = Decimal(10) ** -PLACES


def split(amount: Decimal, weights: Sequence[int], keys: Sequence[str]) -> list[Decimal]:
    """The amount in parts by weight, in millionths, by the largest remainder.

    Units left over go to the largest remainders, ties to the smaller key. All weights zero: all
    parts are zero, unless the amount is not; then nobody may have it.

    Raises:
        ValueError: weights are negative, or the amount has more places than we split.
    """
    total = sum(weights)
    units = int(amount / _UNIT)
    if any(weight < 0 for weight in weights) or units * _UNIT != amount:
        raise ValueError("can't be split into parts")
    if not total:
        return [Decimal(0)] * len(weights)
    whole = [units * weight // total for weight in weights]
    left = units - sum(whole)
    order = sorted(range(len(weights)), key=lambda i: (-(units * weights[i] % total), keys[i], i))
    for i in order[:left]:
        whole[i] += 1
    return [unit * _UNIT for unit in whole]
