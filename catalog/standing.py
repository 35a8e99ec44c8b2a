"""Where a release stands by its rights and the clock: a bookkeeping for lists, search and events.

`catalog.rights` decides all of it. Whether somebody may hear something is asked there when they
ask, never read from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.lifecycle import ReleaseState
from catalog.rights_release import ReleaseRights
from catalog.rights_terms import ReleaseTerms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from catalog.rights_policy import RightsPolicy


def standing_of(
    terms: Mapping[str, Any], locked: str, policy: RightsPolicy, now: datetime
) -> tuple[ReleaseState, datetime | None]:
    """The state now, and the next instant at which something changes somewhere.

    `terms` is the `rights` column of a release, `locked` says whether a decision keeps it down,
    `policy` is that of its feed. Available while anything is granted to anybody in some place,
    scheduled while it will be, or while only deals of pre-orders or out of band hold.
    """
    if locked:
        return ReleaseState.TAKEN_DOWN, None
    rights = ReleaseRights(ReleaseTerms.from_json(terms), policy)
    granted, told = rights.anywhere(now), rights.announced(now)
    changes = [change for change in (granted.next_change, told.next_change) if change]
    after = min(changes, default=None)
    if granted.allowed:
        return ReleaseState.AVAILABLE, after
    if told.allowed or told.opens:
        return ReleaseState.SCHEDULED, after
    return ReleaseState.TAKEN_DOWN, after
