"""From deals to moments: one sweep over the edges of all spans, in order of time."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from catalog.deal_dates import FIRST, LAST, DateUnreadable, end_instant, start_instant
from catalog.rights_reach import reach
from catalog.rights_reasons import Facts, Moment, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
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


def gather(facts: Facts, groups: Sequence[tuple[DealTerms, ...]]) -> None:
    """Sort all deals that speak of the place into the lists of `facts`, group by group."""
    if facts.place is None:
        return
    for group, deals in enumerate(groups):
        for terms in deals:
            there = reach(terms.territories, terms.excluded_territories, tis=facts.tis)
            facts.strange = facts.strange or there.strange
            if facts.place.code in there.members:
                facts.here += 1
                _sort(facts, facts.place, group, terms)


def spans_of(
    terms: DealTerms, place: Territory, *, group: int = 0, unreadable: list[str] | None = None
) -> list[Span]:
    """The stretches of time in which a deal holds in a place; what it can't say goes to
    `unreadable`. A take-down without a period, or with one that can't be read, always holds."""
    spans = []
    periods = terms.periods or ((("", ""),) if terms.is_takedown else ())
    for begin, finish in periods:
        try:
            start = start_instant(begin, place.tzinfo)
            end = end_instant(finish, place.tzinfo)
        except DateUnreadable as wrong:
            if unreadable is not None:
                unreadable.append(wrong.text)
            if not terms.is_takedown:
                continue
            start, end = FIRST, LAST
        if start < end:
            spans.append(Span(start, end, group, terms))
    return spans


def _sort(facts: Facts, place: Territory, group: int, terms: DealTerms) -> None:
    spans = spans_of(terms, place, group=group, unreadable=facts.unreadable)
    if terms.is_takedown:
        facts.takedowns.extend(spans)
    elif terms.is_out_of_band:
        facts.out_of_band = facts.out_of_band or terms
    elif terms.is_pre_order and facts.resources.isdisjoint(terms.instant_gratification):
        facts.pre_orders = facts.pre_orders or terms
    else:
        _sort_grant(facts, spans, terms)


def _sort_grant(facts: Facts, spans: list[Span], terms: DealTerms) -> None:
    uses = [grants_use(terms.use_types, use) for _, use in facts.wanted]
    models = [bool(model) and model in terms.commercial_models for model, _ in facts.wanted]
    ranks = [rank for rank, both in enumerate(zip(uses, models, strict=True)) if all(both)]
    if ranks:
        facts.grants.extend(replace(span, rank=ranks[0]) for span in spans)
        facts.empty = facts.empty or (None if spans else terms)
    elif any(uses):
        facts.other_models.extend(spans)
    else:
        facts.other_uses.extend(spans)


@dataclass(slots=True)
class _Holding:
    """The spans of one list that hold now, the preferred first, as edges come and go."""

    source: list[Span]
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    groups: dict[int, int] = field(default_factory=dict)

    def add(self, index: int) -> None:
        insort(self.spans, self._key(index))
        group = self.source[index].group
        self.groups[group] = self.groups.get(group, 0) + 1

    def drop(self, index: int) -> None:
        self.spans.pop(bisect_left(self.spans, self._key(index)))
        self.groups[self.source[index].group] -= 1

    def holds(self, group: int) -> bool:
        return self.groups.get(group, 0) > 0

    def first(self, but: _Holding | None = None) -> Span | None:
        """The preferred span, of those whose group is not held by `but`."""
        if but is None or not but.spans:
            return self.source[self.spans[0][2]] if self.spans else None
        if but.holds(0):
            return None
        spans = (self.source[index] for _, _, index in self.spans)
        return next((span for span in spans if not but.holds(span.group)), None)

    def _key(self, index: int) -> tuple[int, int, int]:
        span = self.source[index]
        return (span.rank or 0, span.group, index)


def moments(facts: Facts) -> list[Moment]:
    """The state from each edge on, in order; the first begins at the beginning of time."""
    lists = (facts.grants, facts.takedowns, facts.other_models)
    holding = [_Holding(spans) for spans in lists]
    grants, takedowns, models = holding
    found: list[Moment] = []
    ended: Span | None = None
    edges = _edges(lists)
    for instant in sorted(edges):
        for starts, which, index in sorted(edges[instant]):
            if starts:
                holding[which].add(index)
            else:
                holding[which].drop(index)
                ended = lists[which][index] if which == 0 else ended
        state = Moment(
            instant=instant,
            grant=grants.first(takedowns),
            takedown=takedowns.first(),
            other_model=models.first(),
            ended=ended,
        )
        found.append(state)
    return _with_openings(found)


def _edges(lists: Sequence[list[Span]]) -> dict[datetime, list[tuple[int, int, int]]]:
    """Instant -> (1 starts or 0 ends, number of the list, index in it)."""
    edges: dict[datetime, list[tuple[int, int, int]]] = {FIRST: []}
    for which, spans in enumerate(lists):
        for index, span in enumerate(spans):
            edges.setdefault(span.start, []).append((1, which, index))
            if span.end < LAST:
                edges.setdefault(span.end, []).append((0, which, index))
    return edges


def _with_openings(found: list[Moment]) -> list[Moment]:
    """Tell each moment without a grant when the next one opens."""
    told = []
    after: Moment | None = None
    for moment in reversed(found):
        if moment.grant:
            after = moment
        elif after:
            moment = replace(moment, opening=after.grant, opens_at=after.instant)  # noqa: PLW2901 - same moment, told more
        told.append(moment)
    return told[::-1]
