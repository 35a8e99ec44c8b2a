"""Where a release stands by its deals and the clock: a bookkeeping for lists, search and events.

Whether anybody may hear anything is never read from it: `catalog.rights` decides that.
"""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from catalog.deal_dates import FIRST, LAST, DateUnreadable, end_instant, start_instant
from catalog.lifecycle import ReleaseState
from ddex.data.territories import WORLDWIDE, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo
    from typing import Any

_EAST, _WEST = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))
_PLACES = 300  # there are fewer territories than that; a hostile deal may name more


def standing(
    deals: Sequence[Mapping[str, Any]], now: datetime
) -> tuple[ReleaseState, datetime | None]:
    """The state now, and the next instant at which a deal starts or ends somewhere.

    `deals` are `DealTerms.to_json()`. Available while a deal runs in some place of its own,
    scheduled before the first, taken down when there is none or all are over, or while a worldwide
    take-down of ERN 3.8 is in force.
    """
    spans = [(deal, span) for deal in deals for span in _spans(deal)]
    edges = sorted({edge for _, span in spans for edge in span if now < edge < LAST})
    after = edges[0] if edges else None
    grants = [span for deal, span in spans if not deal["is_takedown"]]
    down = [span for deal, span in spans if deal["is_takedown"] and _everywhere(deal)]
    if any(start <= now < end for start, end in down):
        return ReleaseState.TAKEN_DOWN, after
    if any(start <= now < end for start, end in grants):
        return ReleaseState.AVAILABLE, after
    if any(now < start < end for start, end in grants):
        return ReleaseState.SCHEDULED, after
    return ReleaseState.TAKEN_DOWN, after


def standing_of(
    terms: Mapping[str, Any], locked: str, now: datetime
) -> tuple[ReleaseState, datetime | None]:
    """The same for a release: its `rights` column, and whether a decision keeps it down."""
    return (ReleaseState.TAKEN_DOWN, None) if locked else standing(terms.get("deals") or (), now)


def _everywhere(deal: Mapping[str, Any]) -> bool:
    return WORLDWIDE in deal["territories"] and not deal["excluded_territories"]


def _spans(deal: Mapping[str, Any]) -> Iterator[tuple[datetime, datetime]]:
    """From when to when each period runs in some place; one with unreadable dates never does."""
    zones = _zones(deal)
    for start, end in deal["periods"] or [("", "")]:
        try:
            yield (
                min(start_instant(start, zone) for zone in zones),
                max(end_instant(end, zone) for zone in zones),
            )
        except DateUnreadable:
            yield FIRST, FIRST


def _zones(deal: Mapping[str, Any]) -> Sequence[tzinfo]:
    """The zones of the deal's places; those of the first and the last midnight on earth for the
    world."""
    codes = set(deal["territories"][:_PLACES])
    found = [place.tzinfo for code in codes if (place := find(code)) and code != WORLDWIDE]
    if len(found) < len(codes) or not found:
        return (_EAST, _WEST)
    return tuple({str(zone): zone for zone in found}.values())
