"""For whom something is read, and the one way from stored deals to a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.rights import DealTerms, Verdict, decide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who listens: territory (ISO 3166-1), tier, and the (commercial model, use) pairs of it."""

    territory: str
    tier: str
    wanted: tuple[tuple[str, str], ...]


def verdict_on(
    release_deals: Sequence[dict[str, Any]],
    track_deals: Sequence[dict[str, Any]],
    audience: Audience,
    at: datetime,
) -> Verdict:
    """The verdict on one track of a release: deals of both speak, and add up."""
    terms = tuple(DealTerms.from_json(deal) for deal in (*release_deals, *track_deals))
    return decide(
        terms,
        territory=audience.territory,
        instant=at,
        wanted=audience.wanted,
        plan=audience.tier,
    )
