"""What of a release may be shown, from when: the release, its cover, its tracks, its clips.

A display date of a deal or of a visibility is obeyed in its territories; the date of the release
stands for the others where they say nothing, and the start of a deal opens all of them. An ERN 3.8
take-down hides everything while it holds.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.deal_dates import FIRST, LAST, DateUnreadable, start_instant
from catalog.rights_policy import DEFAULT, RightsPolicy
from catalog.rights_reach import reach
from catalog.rights_sweep import spans_of
from catalog.rights_terms import VisibilityTerms
from ddex.data.territories import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from catalog.deal_terms import DealTerms, ShowTerms
    from ddex.data.territories import Territory

KINDS = ("release", "cover", "tracks", "clips")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What may be shown, true until `next_change` (None: for ever)."""

    release: bool
    cover: bool
    tracks: bool
    clips: bool
    next_change: datetime | None = None


NOTHING = Shown(release=False, cover=False, tracks=False, clips=False)


@dataclass(frozen=True, slots=True)
class ShowTable:
    """`states[i]` holds from `starts[i]` to `starts[i + 1]`."""

    starts: tuple[datetime, ...]
    states: tuple[Shown, ...]

    def at(self, instant: datetime) -> Shown:
        """What may be shown at this aware instant."""
        return self.states[bisect_right(self.starts, instant) - 1]


def show_table(
    deals: Sequence[DealTerms],
    visibilities: Sequence[VisibilityTerms],
    *,
    territory: str,
    policy: RightsPolicy = DEFAULT,
) -> ShowTable:
    """What may be shown of a release in this territory (ISO 3166-1) at all times."""
    place = find(territory)
    if place is None:
        return _table([LAST] * len(KINDS), [])
    here = [terms for terms in deals if _reaches(terms, place, policy)]
    said = [terms.shows for terms in here if not terms.is_takedown]
    said += [each.shows for each in visibilities if _reaches(each, place, policy)]
    begins = [s.start for t in here if not t.is_takedown for s in spans_of(t, place)]
    begin = min(begins, default=LAST)
    opens = [_opening(kind, said, begin, place, policy) for kind in KINDS]
    return _table(opens, _hidden(here, place))


def _reaches(terms: DealTerms | VisibilityTerms, place: Territory, policy: RightsPolicy) -> bool:
    if not terms.territories and not terms.excluded_territories:
        return isinstance(terms, VisibilityTerms)  # dates that name no territory hold everywhere
    there = reach(terms.territories, terms.excluded_territories, tis=policy.tis)
    return place.code in there.members


def _opening(
    kind: str, said: Sequence[ShowTerms], begin: datetime, place: Territory, policy: RightsPolicy
) -> datetime:
    """When this kind opens: the earliest date that is said, at the latest with the first deal."""
    dates = [getattr(terms, kind) or terms.release for terms in said]
    dates += [terms.pre_order for terms in said] if kind == "release" else []
    stated = [instant for text in dates if (instant := _start(text, place)) is not None]
    if stated:
        return min([*stated, begin])
    return FIRST if policy.announce_undated else begin


def _start(text: str, place: Territory) -> datetime | None:
    """The instant of a date; a date that can't be read shows nothing before the deal."""
    if not text:
        return None
    try:
        return start_instant(text, place.tzinfo)
    except DateUnreadable:
        return LAST


def _hidden(here: Iterable[DealTerms], place: Territory) -> list[tuple[datetime, datetime]]:
    """The stretches of all take-downs, joined where they touch, in order."""
    spans = sorted((s.start, s.end) for t in here if t.is_takedown for s in spans_of(t, place))
    joined: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _table(opens: Sequence[datetime], hidden: Sequence[tuple[datetime, datetime]]) -> ShowTable:
    edges = sorted({FIRST, *opens, *(edge for span in hidden for edge in span)} - {LAST})
    said: list[tuple[datetime, tuple[bool, ...]]] = []
    begins = [start for start, _ in hidden]
    for edge in edges:
        last = bisect_right(begins, edge) - 1
        down = last >= 0 and edge < hidden[last][1]
        state = tuple(not down and opening <= edge for opening in opens)
        if not said or said[-1][1] != state:
            said.append((edge, state))
    starts = tuple(start for start, _ in said)
    changes = (*starts[1:], None)
    states = (
        Shown(**dict(zip(KINDS, state, strict=True)), next_change=change)
        for (_, state), change in zip(said, changes, strict=True)
    )
    return ShowTable(starts, tuple(states))
