"""The terms of one deal as rights need them: pure values, as a message says them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.deal_dates import FIRST, LAST, DateUnreadable, end_instant, start_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ddex.ern.model import Deal, Visibility

__all__ = [
    "FIRST",
    "LAST",
    "DateUnreadable",
    "DealTerms",
    "ShowTerms",
    "end_instant",
    "start_instant",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTerms:
    """From when what may be shown, as dates or date-times as sent; empty where nothing is said.

    Attributes:
        release: the release at all; stands for the others where they say nothing.
        cover: its cover art.
        tracks: its list of tracks.
        clips: clips and previews of it.
        pre_order: from when it may be pre-ordered, and so must be shown.
    """

    release: str = ""
    cover: str = ""
    tracks: str = ""
    clips: str = ""
    pre_order: str = ""

    @classmethod
    def from_deal(cls, deal: Deal) -> ShowTerms:
        """The dates that stand in a deal (ERN 3.8, 4.1)."""
        return cls(
            release=deal.release_display_start,
            cover=deal.cover_art_preview_start,
            tracks=deal.track_listing_preview_start,
            clips=deal.clip_preview_start or deal.pre_order_preview_date,
            pre_order=deal.pre_order_date,
        )

    @classmethod
    def from_visibility(cls, said: Visibility) -> ShowTerms:
        """The dates that stand beside the deals (ERN 4.2 and later)."""
        return cls(
            release=said.release_display_start,
            cover=said.cover_art_preview_start,
            tracks=said.track_listing_preview_start,
            clips=said.clip_preview_start,
        )

    def to_json(self) -> dict[str, str]:
        """What is said, as plain JSON values."""
        return {name: text for name in _SHOWN if (text := getattr(self, name))}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ShowTerms:
        """The inverse of `to_json`."""
        return cls(**{name: str(data.get(name) or "") for name in _SHOWN})


_SHOWN = ("release", "cover", "tracks", "clips", "pre_order")
NOTHING_SAID = ShowTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class DealTerms:
    """One deal.

    Attributes:
        territories, excluded_territories: codes as sent (`DE`, `Worldwide`, TIS numbers).
        commercial_models, use_types: DDEX values as sent.
        periods: (start, end) as sent, either may be empty, which means open on that side.
        is_out_of_band: the terms are agreed elsewhere, so this deal grants nothing by itself.
        is_takedown: ERN 3.8 `TakeDown` or `AllDealsCancelled`.
        is_pre_order: terms of the time before the release, never of playing it.
        instant_gratification: resources that a pre-order deal opens at once, as anchored.
        shows: from when what may be shown, as far as the deal says so.
        release_references: the releases it speaks of, as anchored in the message.
        reference: where it stands in the message, an element path; may be empty.
        number: 1-based place among all deals of the message; 0 when nobody knows.
        name: the DealReference that sender and recipient agreed on, may be empty.
    """

    territories: tuple[str, ...] = ()
    excluded_territories: tuple[str, ...] = ()
    commercial_models: tuple[str, ...] = ()
    use_types: tuple[str, ...] = ()
    periods: tuple[tuple[str, str], ...] = ()
    is_out_of_band: bool = False
    is_takedown: bool = False
    is_pre_order: bool = False
    instant_gratification: tuple[str, ...] = ()
    shows: ShowTerms = NOTHING_SAID
    release_references: tuple[str, ...] = ()
    reference: str = ""
    number: int = 0
    name: str = ""

    @classmethod
    def from_deal(cls, deal: Deal, number: int = 0) -> DealTerms:
        """The terms of a deal as read from a message, where it is the `number`-th."""
        return cls(
            territories=deal.territories,
            excluded_territories=deal.excluded_territories,
            commercial_models=deal.commercial_models,
            use_types=deal.use_types,
            periods=tuple((period.start, period.end) for period in deal.periods),
            is_out_of_band=deal.is_out_of_band,
            is_takedown=deal.is_takedown,
            is_pre_order=deal.is_pre_order,
            instant_gratification=deal.instant_gratification,
            shows=ShowTerms.from_deal(deal),
            release_references=deal.release_references,
            reference=deal.place.xpath,
            number=number,
            name=deal.reference,
        )

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON values; `periods` is a list of `[start, end]`."""
        return {
            "territories": list(self.territories),
            "excluded_territories": list(self.excluded_territories),
            "commercial_models": list(self.commercial_models),
            "use_types": list(self.use_types),
            "periods": [[start, end] for start, end in self.periods],
            "is_out_of_band": self.is_out_of_band,
            "is_takedown": self.is_takedown,
            "is_pre_order": self.is_pre_order,
            "instant_gratification": list(self.instant_gratification),
            "shows": self.shows.to_json(),
            "release_references": list(self.release_references),
            "reference": self.reference,
            "number": self.number,
            "name": self.name,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DealTerms:
        """The inverse of `to_json`; fields that are absent have their defaults."""
        return cls(
            territories=_texts(data.get("territories")),
            excluded_territories=_texts(data.get("excluded_territories")),
            commercial_models=_texts(data.get("commercial_models")),
            use_types=_texts(data.get("use_types")),
            periods=tuple((str(start), str(end)) for start, end in data.get("periods") or ()),
            is_out_of_band=bool(data.get("is_out_of_band")),
            is_takedown=bool(data.get("is_takedown")),
            is_pre_order=bool(data.get("is_pre_order")),
            instant_gratification=_texts(data.get("instant_gratification")),
            shows=ShowTerms.from_json(data.get("shows") or {}),
            release_references=_texts(data.get("release_references")),
            reference=str(data.get("reference") or ""),
            number=int(data.get("number") or 0),
            name=str(data.get("name") or ""),
        )


def _texts(values: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(str(value) for value in values or ())
