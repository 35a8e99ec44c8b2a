"""An agreement: what one recipient is paid for, at which rate, between which days. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from server.royalties.periods import midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
class Agreement:
    """One version of an agreement. Amounts of money are in `currency`.

    `name` is the same in all its versions; `version` counts from 1. It holds from `first` to `last`
    (both in; None: until ended), in the days of `zone`, for the territories, tiers and models
    named (none named: all; a territory with a leading `-` is left out). `share` is a fraction of
    at most 4 decimals. `per_subscriber` is by subscriber type, such as `individual`, `family`,
    `student`, `trial`; a type that it doesn't name has no minimum. `free_tiers` are tiers (trials,
    promotions) whose plays count in the market but are paid nothing. `report_daily` and
    `territories_in_one` shape reports, not money.
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
    deductions: tuple[Deduction, ...] = ()
    advances: tuple[Advance, ...] = ()
    guarantees: tuple[Guarantee, ...] = ()
    currency: str
    decimals: int = 2
    zone: str = "UTC"
    late_plays: LatePlays = "next"

    @property
    def ref(self) -> str:
        """Names this version: `NAME@VERSION`."""
        return f"{self.name}@{self.version}"

    @property
    def start(self) -> datetime:
        """The first instant at which it holds."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime | None:
        """The first instant at which it doesn't hold any more; None while that is open."""
        if self.last is None:
            return None
        return midnight(date.fromordinal(self.last.toordinal() + 1), self.zone)

    @property
    def deducted(self) -> Decimal:
        """All deductions together, as a fraction."""
        return sum((one.percent for one in self.deductions), Decimal(0)) / 100

    def covers(self, territory: str, tier: str, model: str) -> bool:
        """Whether plays of this territory, tier and commercial model fall under it."""
        wanted = [name for name in self.territories if not name.startswith("-")]
        return (
            f"-{territory}" not in self.territories
            and (not wanted or "Worldwide" in wanted or territory in wanted)
            and (not self.tiers or tier in self.tiers)
            and (not self.models or model in self.models)
        )
