"""Deals and visibility: who may do what with a release, where and when; all as sent."""

from __future__ import annotations

from ddex.ern.made import dataclass
from ddex.ern.model_values import NOWHERE, Fact
from ddex.ern.place import Place  # noqa: TC001 - types of fields, resolved at runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A validity period as sent: dates (`YYYY-MM-DD`) or date-times, start or end may be empty."""

    start: str = ""
    end: str = ""
    more: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One price of a deal as sent.

    Attributes:
        kind: WholesalePricePerUnit, BulkOrderWholesalePricePerUnit, SuggestedRetailPrice, or empty
            when only a code or range was sent.
        code: price code, type or range.
    """

    kind: str = ""
    amount: str = ""
    currency: str = ""
    code: str = ""
    more: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One deal, for the releases it names. Dates are as sent, empty when absent.

    Attributes:
        is_takedown: 3.8 TakeDown or AllDealsCancelled.
        instant_gratification: resources given to those who order before the release.
        incentives: resources given as an incentive to pre-order.
        distribution_channels: DPIDs (or names) of the only services it is for.
        resource_references: resources that the deal is limited to (3.8 ResourceUsage).
    """

    release_references: tuple[str, ...]
    commercial_models: tuple[str, ...] = ()
    use_types: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    excluded_territories: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    is_out_of_band: bool = False
    is_takedown: bool = False
    is_pre_order: bool = False
    reference: str = ""
    all_deals_cancelled: bool = False
    is_promotional: bool = False
    pre_order_date: str = ""
    pre_order_preview_date: str = ""
    release_display_start: str = ""
    cover_art_preview_start: str = ""
    track_listing_preview_start: str = ""
    clip_preview_start: str = ""
    instant_gratification: tuple[str, ...] = ()
    incentives: tuple[str, ...] = ()
    distribution_channels: tuple[str, ...] = ()
    excluded_channels: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    effective_date: str = ""
    visibility_references: tuple[str, ...] = ()
    technical_references: tuple[str, ...] = ()
    resource_references: tuple[str, ...] = ()
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """From when a release may be shown where (4.2 and later).

    `release_references` are the releases that name it; neither territories nor exclusions:
    everywhere.
    """

    reference: str
    kind: str = "Release"  # or TrackRelease
    release_references: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    release_display_start: str = ""
    cover_art_preview_start: str = ""
    track_listing_preview_start: str = ""
    clip_preview_start: str = ""
    more: tuple[Fact, ...] = ()
    place: Place = NOWHERE
