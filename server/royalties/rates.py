"""Exchange rates with source and date, and amounts brought from one currency to another. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from core.errors import Misuse
from server.royalties.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable

OLDEST = timedelta(days=31)
"""A rate that is older than this on the day that asks for it is none."""
RATE_PLACES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """One unit of `base` is `rate` units of `quote`, by `source`, on `day`."""

    base: str
    quote: str
    rate: Decimal
    day: date
    source: str

    def inverse(self) -> ExchangeRate:
        """The same the other way round, to 10 decimals."""
        with localcontext(EXACT):
            turned = (1 / self.rate).quantize(Decimal(10) ** -RATE_PLACES)
        return ExchangeRate(
            base=self.quote, quote=self.base, rate=turned, day=self.day, source=self.source
        )


class Rates:
    """All rates known; of one day and pair the one entered last."""

    def __init__(self, rates: Iterable[ExchangeRate] = ()) -> None:
        self._by_pair: dict[tuple[str, str], dict[date, ExchangeRate]] = {}
        for rate in rates:
            self._by_pair.setdefault((rate.base, rate.quote), {})[rate.day] = rate

    def find(self, base: str, quote: str, day: date) -> ExchangeRate:
        """The newest rate of `day` or of the 31 days before it, direct before turned round.

        Raises:
            Misuse: there is none; says how to enter one.
        """
        if base == quote:
            return ExchangeRate(base=base, quote=quote, rate=Decimal(1), day=day, source="same")
        direct = self._newest(base, quote, day)
        if direct is not None:
            return direct
        turned = self._newest(quote, base, day)
        if turned is not None:
            return turned.inverse()
        raise Misuse(
            f"there is no exchange rate from {base} to {quote} for {day}",
            remedy=f"segue rates set --base {base} --quote {quote} --rate RATE --date {day}"
            " --source SOURCE, or segue rates import FILE.csv",
        )

    def has(self, base: str, quote: str, day: date) -> bool:
        """Whether `find` finds one."""
        return base == quote or bool(
            self._newest(base, quote, day) or self._newest(quote, base, day)
        )

    def _newest(self, base: str, quote: str, day: date) -> ExchangeRate | None:
        days = self._by_pair.get((base, quote), {})
        fitting = [one for one in days if day - OLDEST <= one <= day]
        return days[max(fitting)] if fitting else None
