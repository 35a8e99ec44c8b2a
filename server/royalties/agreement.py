"""An agreement: what one recipient is paid for, at which rate, between which days. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from server.royalties.periods import midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_DAY = timedelta(days=1)
LatePlays = Literal["next", "reissue"]
"""A late play is paid in the period that is open when it comes, or its own is issued again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """A part of the allocated share that is kept back before the rate: `percent` of it."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Paid beforehand on `day`, recouped from what is earned from then on."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """At least `amount` is earned from `first` to `last`, both in; the rest is due at the end."""

    first: date
    last: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """From `first` to `last`, both in, plays of `tiers` (none named: all) are paid `share` (nothing
    where it is 0), and have no minimum."""

    name: str
    first: date
    last: date
    tiers: tuple[str, ...] = ()
    share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One version of an agreement. Amounts of money are in `currency`.

    `name` is the same in all its versions; `version` counts from 1. It holds from `first` to `last`
    (both in; None: until ended), in the days of `zone`, for the territories, tiers and models
    named (none named: all; a territory with a leading `-` is left out). `share` is a fraction of
    at most 4 decimals. `per_subscriber` is by subscriber type, such as `individual`, `family`,
    `student`, `trial`; a type that it doesn't name has no minimum. `free_tiers` are tiers (trials)
    whose plays count in the market but are paid nothing; `promotions` change that for a time.
    `promotion` names the one under whose terms this is (see `at`), else it is empty.
    """

    name: str
    version: int = 1
    recipient: str
    first: date
    last: date | None = None
    territories: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    share: Decimal
    per_stream: Decimal = Decimal(0)
    per_subscriber: Mapping[str, Decimal] = field(default_factory=dict)
    free_tiers: tuple[str, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    promotion: str = ""
    deductions: tuple[Deduction, ...] = ()
    advances: tuple[Advance, ...] = ()
    guarantees: tuple[Guarantee, ...] = ()
    currency: str
    decimals: int = 2
    zone: str = "UTC"
    late_plays: LatePlays = "next"

    @property
    def ref(self) -> str:
        """Names this version: `NAME@VERSION`, in a promotion `NAME@VERSION+PROMOTION`."""
        return f"{self.name}@{self.version}" + (f"+{self.promotion}" if self.promotion else "")

    @property
    def start(self) -> datetime:
        """The first instant at which it holds."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime | None:
        """The first instant at which it doesn't hold any more; None while that is open."""
        if self.last is None:
            return None
        return midnight(self.last + _DAY, self.zone)

    @property
    def deducted(self) -> Decimal:
        """All deductions together, as a fraction."""
        return sum((one.percent for one in self.deductions), Decimal(0)) / 100

    @property
    def variants(self) -> tuple[Agreement, ...]:
        """The agreement, and its terms in each promotion."""
        return (self, *(self._during(one) for one in self.promotions))

    @property
    def turns(self) -> set[datetime]:
        """The instants at which a promotion begins or is over."""
        firsts = {midnight(one.first, self.zone) for one in self.promotions}
        return firsts | {midnight(one.last + _DAY, self.zone) for one in self.promotions}

    def at(self, instant: datetime, tier: str) -> Agreement:
        """The terms of a play: those of the first promotion that holds, else the usual ones."""
        for one in self.promotions:
            start, end = midnight(one.first, self.zone), midnight(one.last + _DAY, self.zone)
            if start <= instant < end and (not one.tiers or tier in one.tiers):
                return self._during(one)
        return self

    def _during(self, one: Promotion) -> Agreement:
        return replace(
            self, share=one.share, per_stream=Decimal(0), per_subscriber={}, free_tiers=(),
            promotion=one.name,
        )  # fmt: skip

    def covers(self, territory: str, tier: str, model: str) -> bool:
        """Whether plays of this territory, tier and commercial model fall under it."""
        wanted = [name for name in self.territories if not name.startswith("-")]
        return (
            f"-{territory}" not in self.territories
            and (not wanted or "Worldwide" in wanted or territory in wanted)
            and (not self.tiers or tier in self.tiers)
            and (not self.models or model in self.models)
        )
