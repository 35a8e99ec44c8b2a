"""What a release's deals mean for its delivery's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import rights
from catalog.lifecycle import DeliveryState
from catalog.rights import DealTerms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from catalog.models import Release

_PLACES = 300  # there are fewer territories than that; a hostile deal may name more


def availability(
    release: Release, wanted: Sequence[tuple[str, str]], territory: str, now: datetime
) -> DeliveryState:
    """Live when somebody can play it somewhere now, scheduled when later, else hidden.

    `territory` stands for the world where a deal is worldwide.
    """
    deals = [DealTerms.from_json(data) for data in release.deals]
    named = {code for deal in deals for code in deal.territories if code != "Worldwide"}
    verdicts = [
        rights.decide(deals, territory=code, instant=now, wanted=wanted)
        for code in sorted(named | {territory})[:_PLACES]
    ]
    if any(verdict.allowed for verdict in verdicts):
        return DeliveryState.LIVE
    if any(verdict.until for verdict in verdicts):
        return DeliveryState.SCHEDULED
    return DeliveryState.HIDDEN
