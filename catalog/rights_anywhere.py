"""The rights of a release over all places at once: for states, lists and deliveries.

A play never asks this. Places where the same deals hold at the same instants are one, deals that
differ only in where they stand in the message too, so that a message of hundreds of deals costs
little; the answers come from the same timetables as each verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from catalog.deal_dates import DateUnreadable, end_instant, start_instant
from catalog.deal_terms import NOTHING_SAID, DealTerms
from catalog.rights import Timetable, timetable
from catalog.rights_reach import reach
from ddex.data.territories import WORLDWIDE, territories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from catalog.rights_policy import RightsPolicy
    from ddex.data.territories import Territory

Wanted = tuple[tuple[str, str], ...]
Groups = tuple[tuple[DealTerms, ...], ...]
WHATEVER: Wanted = (("any model", "any use"),)
"""Asked for, any model and use that a deal grants will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anywhere:
    """A release over all territories that its deals name.

    Attributes:
        allowed: somebody may use some of it somewhere now.
        opens: the next instant at which that begins where it is not so now, None if never.
        next_change: the next instant at which any verdict changes anywhere, None if never.
    """

    allowed: bool
    opens: datetime | None = None
    next_change: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What stands alike: groups of deals as `timetable` takes them, and the gratified resources."""

    groups: Groups
    resources: frozenset[str] = frozenset()


def anywhere(units: Iterable[Unit], wanted: Wanted, at: datetime, policy: RightsPolicy) -> Anywhere:
    """Over all these units and all places that their deals name."""
    alike = {Unit(tuple(_bare(g, wanted, policy) for g in u.groups), u.resources) for u in units}
    said = [table.at(at) for unit in alike for table in tables_of(unit, wanted)]
    opens = [v.until for v in said if v.until and not v.allowed]
    changes = [v.next_change for v in said if v.next_change]
    return Anywhere(
        allowed=any(verdict.allowed for verdict in said),
        opens=min(opens, default=None),
        next_change=min(changes, default=None),
    )


def _bare(
    deals: tuple[DealTerms, ...], wanted: Wanted, policy: RightsPolicy
) -> tuple[DealTerms, ...]:
    """The deals without what tells equal ones apart, each once, their territories spelled out."""
    return tuple(dict.fromkeys(_bare_one(terms, wanted, policy) for terms in deals))


def _bare_one(terms: DealTerms, wanted: Wanted, policy: RightsPolicy) -> DealTerms:
    there = reach(terms.territories, terms.excluded_territories, tis=policy.tis)
    models, uses = terms.commercial_models, terms.use_types
    if wanted is WHATEVER:
        models, uses = ("any model",) * any(models), ("any use",) * any(uses)
    return replace(
        terms,
        territories=tuple(sorted(there.members - {WORLDWIDE})),
        excluded_territories=(),
        commercial_models=models,
        use_types=uses,
        shows=NOTHING_SAID,
        release_references=(),
        reference="",
        number=0,
        name="",
    )


@lru_cache(maxsize=4_096)
def tables_of(unit: Unit, wanted: Wanted) -> tuple[Timetable, ...]:
    """The timetables of all places that the deals name, alike ones once."""
    deals = [terms for group in unit.groups for terms in group]
    reached = [frozenset(terms.territories) for terms in deals]
    dates = sorted({period for terms in deals for period in terms.periods})
    classes = {
        (tuple(place.code in codes for codes in reached), tuple(_instants(dates, place))): place
        for place in territories().values()
        if any(place.code in codes for codes in reached)
    }
    tables = (
        timetable(unit.groups, territory=place.code, wanted=wanted, resources=unit.resources)
        for place in classes.values()
    )
    return tuple(dict.fromkeys(tables))


def _instants(dates: Iterable[tuple[str, str]], place: Territory) -> Iterator[datetime | None]:
    for start, end in dates:
        for text, read in ((start, start_instant), (end, end_instant)):
            try:
                yield read(text, place.tzinfo)
            except DateUnreadable:
                yield None
