"""The book of a month: who is paid by which agreement, what was earned, at which exchange rates.

A value: read once from the database (`server.royalties.ledger.read_book`) or made by hand, then
everything that is computed from it and from usage is a pure function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.royalties.rates import Rates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from server.royalties.agreement import Agreement
    from server.royalties.periods import Month

FALLBACK_CURRENCY = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Revenue of a month in one territory: of one tier, or of a commercial model's other tiers.

    `tier` and `model` may be empty, not both. `net` is what the market shares split; `gross` is
    informative. At most 6 decimals.
    """

    territory: str
    tier: str = ""
    model: str = ""
    currency: str
    net: Decimal
    gross: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribers:
    """How many subscribers of one type a tier had in a territory and month."""

    territory: str
    tier: str
    type: str = "individual"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All money of one month.

    `recipients` maps feed id -> recipient (a DPID); a feed that it doesn't know is a recipient of
    its own. `currencies` maps territory -> currency, for slices without revenue.
    """

    recipients: Mapping[str, str] = field(default_factory=dict)
    agreements: Sequence[Agreement] = ()
    figures: Sequence[Figure] = ()
    subscribers: Sequence[Subscribers] = ()
    rates: Rates = field(default_factory=Rates)
    currencies: Mapping[str, str] = field(default_factory=dict)

    def recipient(self, feed_id: str) -> str:
        """Who is paid for the plays of a feed."""
        return self.recipients.get(feed_id, feed_id)

    def subscribed(self, territory: str, tier: str) -> dict[str, int]:
        """Subscribers of a tier by their type."""
        found: dict[str, int] = {}
        for one in self.subscribers:
            if (one.territory, one.tier) == (territory, tier):
                found[one.type] = found.get(one.type, 0) + one.count
        return found

    def currency_in(self, territory: str) -> str:
        """The currency of a territory where nothing was entered this month."""
        return self.currencies.get(territory) or self.currencies.get("") or FALLBACK_CURRENCY

    def is_open(self, month: Month, now: datetime, recipient: str = "") -> bool:
        """Whether plays can still fall into the month by somebody's time zone."""
        zones = {one.zone for one in self.agreements if recipient in {"", one.recipient}}
        return any(month.is_open(now, zone) for zone in zones | {"UTC"})
