"""From deals to moments: one sweep over the edges of all spans, in order of time."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from catalog.deal_terms import FIRST, LAST, DateUnreadable, end_instant, start_instant
from catalog.rights_reasons import Facts, Moment, Span
from ddex.data.territories import WORLDWIDE, find

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from catalog.deal_terms import DealTerms
    from ddex.data.territories import Territory

_STREAMS = frozenset(
    {"OnDemandStream", "NonInteractiveStream", "ContentInfluencedStream", "TimeInfluencedStream"}
)
_OFFLINE = frozenset({"ConditionalDownload", "TetheredDownload"})


def grants_use(granted: Collection[str], use: str) -> bool:
    """Whether these use types of a deal include this use."""
    if not use:
        return False
    if use in _OFFLINE:
        return not _OFFLINE.isdisjoint(granted)
    return use in granted or (use in _STREAMS and "Stream" in granted)


def covers(terms: DealTerms, place: Territory) -> bool:
    """Whether the deal speaks of this place."""
    codes = {place.code, place.country}
    included, excluded = terms.territories, terms.excluded_territories
    if excluded:
        unknown = any(find(code) is None for code in excluded)
        if unknown or WORLDWIDE in excluded or place.code == WORLDWIDE or codes & {*excluded}:
            return False
        return not included or WORLDWIDE in included or bool(codes & {*included})
    return WORLDWIDE in included or bool(codes & {*included})


def gather(facts: Facts, deals: tuple[DealTerms, ...]) -> None:
    """Sort all deals that speak of the place into the lists of `facts`."""
    if facts.place is None:
        return
    for number, terms in enumerate(deals):
        if covers(terms, facts.place):
            facts.here += 1
            _sort(facts, facts.place, number, terms)
        else:
            codes = (*terms.territories, *terms.excluded_territories)
            facts.strange.extend(code for code in codes if find(code) is None)


def _sort(facts: Facts, place: Territory, number: int, terms: DealTerms) -> None:
    if terms.is_takedown:
        facts.takedowns.extend(_spans(facts, place, number, terms))
    elif terms.is_out_of_band:
        facts.out_of_band += 1
    elif terms.is_pre_order:
        facts.pre_orders += 1
    else:
        _sort_grant(facts, _spans(facts, place, number, terms), terms)


def _sort_grant(facts: Facts, spans: list[Span], terms: DealTerms) -> None:
    uses = [grants_use(terms.use_types, use) for _, use in facts.wanted]
    models = [bool(model) and model in terms.commercial_models for model, _ in facts.wanted]
    ranks = [rank for rank, both in enumerate(zip(uses, models, strict=True)) if all(both)]
    if ranks:
        facts.grants.extend(replace(span, rank=ranks[0]) for span in spans)
    elif any(uses):
        facts.other_models.extend(spans)
    else:
        facts.other_uses.extend(spans)


def _spans(facts: Facts, place: Territory, number: int, terms: DealTerms) -> list[Span]:
    spans = []
    periods = terms.periods or ((("", ""),) if terms.is_takedown else ())
    for begin, finish in periods:
        try:
            start = start_instant(begin, place.tzinfo)
            end = end_instant(finish, place.tzinfo)
        except DateUnreadable as wrong:
            facts.unreadable.append(wrong.text)
            if not terms.is_takedown:
                continue
            start, end = FIRST, LAST  # when in doubt, a take-down holds
        if start < end:
            spans.append(Span(start, end, number, terms))
    return spans


@dataclass(slots=True)
class _Holding:
    """The spans of one list that hold now, the preferred first, as edges come and go."""

    spans: list[tuple[int, int, int]] = field(default_factory=list)
    source: list[Span] = field(default_factory=list)

    def add(self, index: int) -> None:
        insort(self.spans, self._key(index))

    def drop(self, index: int) -> None:
        self.spans.pop(bisect_left(self.spans, self._key(index)))

    def first(self) -> Span | None:
        return self.source[self.spans[0][2]] if self.spans else None

    def _key(self, index: int) -> tuple[int, int, int]:
        span = self.source[index]
        return (span.rank or 0, span.deal, index)


def moments(facts: Facts) -> list[Moment]:
    """The state from each edge on, in order; the first begins at the beginning of time."""
    lists = (facts.grants, facts.takedowns, facts.other_models)
    holding = [_Holding(source=spans) for spans in lists]
    edges: dict[datetime, list[tuple[int, int, int]]] = {FIRST: []}
    for which, spans in enumerate(lists):
        for index, span in enumerate(spans):
            edges.setdefault(span.start, []).append((1, which, index))
            if span.end < LAST:
                edges.setdefault(span.end, []).append((0, which, index))
    found: list[Moment] = []
    ended: Span | None = None
    for instant in sorted(edges):
        for starts, which, index in sorted(edges[instant]):
            if starts:
                holding[which].add(index)
            else:
                holding[which].drop(index)
                ended = lists[which][index] if which == 0 else ended
        grant, takedown, other = (each.first() for each in holding)
        found.append(
            Moment(instant=instant, grant=grant, takedown=takedown, other_model=other, ended=ended)
        )
    return _with_openings(found)


def _with_openings(found: list[Moment]) -> list[Moment]:
    """Tell each moment without a grant when the next one opens."""
    told = []
    after: Moment | None = None
    for moment in reversed(found):
        if moment.allowed:
            after = moment
        elif after:
            moment = replace(moment, opening=after.grant, opens_at=after.instant)  # noqa: PLW2901 - same moment, told more
        told.append(moment)
    return told[::-1]
