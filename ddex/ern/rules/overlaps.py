"""Rule 24: deals that hold at the same time for the same thing and say different things.

Deals are compared per group of releases with the same deals, then per model, use and audience, and
territory by territory only where they differ at all: equal terms may overlap as they like. Within
a territory one sweep in order of start finds each deal that contradicts an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from ddex.ern.model import Period
from ddex.ern.rules.places import Below
from ddex.ern.rules.usage import is_told_elsewhere
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from ddex.ern.model import Deal, Message
    from ddex.ern.rules.context import Context

_DEAL = (
    "<Deal><DealTerms><TerritoryCode>Worldwide</TerritoryCode>"
    "<ValidityPeriod><StartDate>2026-03-06</StartDate></ValidityPeriod>"
    "<CommercialModelType>SubscriptionModel</CommercialModelType>{}</DealTerms></Deal>"
)
_USES = "<UseType>OnDemandStream</UseType><UseType>ConditionalDownload</UseType>"
_PRICE = (
    '<PriceInformation><PriceCode Namespace="PADPIDA2013042401U">{}</PriceCode></PriceInformation>'
)
_END = "</DealTerms></Deal></ReleaseDeal>"
CONTRADICTION = Rule(
    code="ERN-2402",
    number=24,
    severity=Severity.HOLD,
    ack_status="ConflictingAvailabilityPeriods",
    clause="DDEX ERN part 2, deals of one release",
    text="Two deals for the same release, territory, model, use and time do not contradict.",
    remedy="End one deal before the other starts, or leave one of them out.",
    wrong=f"{_PRICE.format('A')}</DealTerms></Deal>"
    f"{_DEAL.format(_USES + _PRICE.format('B'))}</ReleaseDeal>",
    right=_END,
)
OVERLAP = Rule(
    code="ERN-2405",
    number=24,
    severity=Severity.HOLD,
    ack_status="ConflictingAvailabilityPeriods",
    clause="DDEX ERN part 2, deals of one release",
    text="Deals for the same release, territory, model and use follow each other in time.",
    remedy="Say in one deal when the release may be used, or end one before the other starts.",
    wrong=f"</DealTerms></Deal>{_DEAL.replace('2026-03-06', '2026-04-01').format(_USES)}"
    "</ReleaseDeal>",
    right=_END,
)
RULES: tuple[Rule, ...] = (CONTRADICTION, OVERLAP)
_LAST = "9999-99-99"
_WORLD = "Worldwide"
_ALWAYS = Period()
_BROAD = 64
"""So many different deals for nearly everywhere are compared with those of one territory."""


_CONDITIONS = ("RightsClaimPolicy", "WebPolicy", "ConsumerRentalPeriod", "NumberOfUsages")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a deal says of one aspect: its price, a condition, or whether it is a take-down."""

    deal: Deal
    value: Hashable


@dataclass(frozen=True, slots=True)
class Span:
    """A claim while it holds: local date-times as text, so that they sort."""

    start: str
    end: str
    value: Hashable
    deal: Deal


def check_overlaps(message: Message, _context: Context) -> Iterator[Finding]:
    """Rule 24: no two deals contradict each other."""
    reported: set[int] = set()
    for deals in _together(message.deals):
        for later, earlier in _contradictions(deals):
            if id(later) not in reported:
                reported.add(id(later))
                yield _finding(later, earlier)
        for later, earlier in _overlaps(deals):
            if id(later) not in reported:
                reported.add(id(later))
                yield _finding(later, earlier, OVERLAP, "other dates")


def _finding(
    later: Deal, earlier: Deal, rule: Rule = CONTRADICTION, why: str = "other terms"
) -> Finding:
    if later.is_takedown != earlier.is_takedown:
        why = "a take-down and a grant"
    text = (
        f"The deal overlaps with that of line {earlier.place.line} for the same release, "
        f"territory, model and use: {why}."
    )
    value = clip(", ".join((*later.commercial_models, *later.use_types)) or "take-down")
    return rule.at(Below(later.place, "DealTerms"), text, value=value)


def _together(deals: Sequence[Deal]) -> Iterator[list[Deal]]:
    """Deals of the same releases; releases that have the same deals are looked at once."""
    by_release: dict[str, list[int]] = {}
    blocks: dict[tuple[str, ...], list[int]] = {}
    for number, deal in enumerate(deals):
        if not is_told_elsewhere(deal):
            blocks.setdefault(deal.release_references, []).append(number)
    for references, numbers in blocks.items():
        for reference in dict.fromkeys(references):
            by_release.setdefault(reference, []).extend(numbers)
    for together in dict.fromkeys(tuple(found) for found in by_release.values()):
        if len(together) > 1:
            yield [deals[number] for number in together]


def _contradictions(deals: list[Deal]) -> Iterator[tuple[Deal, Deal]]:
    for claims in _on_the_same_thing(deals, _claims):
        if len({claim.value for claim in claims}) > 1:
            yield from _compare(claims)
    takedowns = sum(deal.is_takedown for deal in deals)
    if 0 < takedowns < len(deals):
        yield from _compare([Claim(deal, deal.is_takedown) for deal in deals])


def _overlaps(deals: list[Deal]) -> Iterator[tuple[Deal, Deal]]:
    """Deals of equal terms whose times overlap and differ, for the same words of territory."""
    if len({tuple((p.start, p.end) for p in deal.periods) for deal in deals}) < 2:
        return
    for claims in _on_the_same_thing(deals, _dates):
        named = [claim.deal.territories for claim in claims]
        if len({claim.value for claim in claims}) > 1 and not _are_apart(named):
            yield from _compare_dates(claims)


def _are_apart(named: list[tuple[str, ...]]) -> bool:
    """Whether no word of territory is in two of them: the usual case, told quickly."""
    return len(set().union(*named)) == sum(map(len, named))


def _compare_dates(claims: list[Claim]) -> Iterator[tuple[Deal, Deal]]:
    places: dict[str, list[Span]] = {}
    for claim in claims:
        for span in _spans(claim):
            for territory in claim.deal.territories:
                places.setdefault(territory, []).append(span)
    for spans in places.values():
        yield from _sweep(spans)


def _dates(deal: Deal) -> Iterator[tuple[Hashable, Hashable]]:
    """Its periods, as said by deals that are equal otherwise."""
    if not deal.is_takedown:
        about = (frozenset(deal.prices), frozenset(deal.more)) if deal.prices or deal.more else ()
        yield about, tuple((each.start, each.end) for each in deal.periods)


def _on_the_same_thing(
    deals: list[Deal], say: Callable[[Deal], Iterator[tuple[Hashable, Hashable]]]
) -> Iterator[list[Claim]]:
    """What deals claim, by model, use and audience; what one does not say contradicts nothing.

    Deals of the same models and uses go together, so that they are compared once.
    """
    shapes: dict[Hashable, list[Claim]] = {}
    pairs: dict[Hashable, list[Hashable]] = {}
    for deal in deals:
        for aspect, value in say(deal):
            models, uses = _sorted(deal.commercial_models), _sorted(deal.use_types)
            about = (aspect, *_audience(deal))
            shape = (models, uses, about)
            if shape not in shapes:
                for pair in product(models, uses):
                    pairs.setdefault((pair, about), []).append(shape)
            shapes.setdefault(shape, []).append(Claim(deal, value))
    for group in dict.fromkeys(tuple(found) for found in pairs.values()):
        yield [claim for shape in group for claim in shapes[shape]]


def _claims(deal: Deal) -> Iterator[tuple[Hashable, Hashable]]:
    if deal.is_takedown:
        return
    if deal.prices:
        yield "price", frozenset((p.kind, p.amount, p.currency, p.code) for p in deal.prices)
    for name in _CONDITIONS if deal.more else ():
        said = frozenset(fact for fact in deal.more if fact.name == name)
        if said:
            yield name, said


@lru_cache(maxsize=1024)
def _sorted(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _audience(deal: Deal) -> tuple[Hashable, ...]:
    """What else must be the same, so that two deals speak of the same thing."""
    limits = deal.distribution_channels or deal.excluded_channels
    if not (limits or deal.technical_references or deal.resource_references):
        return (deal.is_pre_order, deal.is_promotional)
    return (
        deal.is_pre_order,
        deal.is_promotional,
        frozenset(deal.distribution_channels),
        frozenset(deal.excluded_channels),
        frozenset(deal.technical_references),
        frozenset(deal.resource_references),
    )


def _compare(claims: list[Claim]) -> Iterator[tuple[Deal, Deal]]:
    """Pairs of deals that claim different things for the same time and place."""
    narrow: dict[str, list[Span]] = {}
    broad: dict[Hashable, tuple[frozenset[str], Span]] = {}
    for claim in claims:
        deal = claim.deal
        for span in _spans(claim):
            if deal.territories and _WORLD not in deal.territories:
                for territory in dict.fromkeys(deal.territories):
                    narrow.setdefault(territory, []).append(span)
            else:
                excluded = frozenset(deal.excluded_territories)
                key = (excluded, span.start, span.end, span.value)
                broad.setdefault(key, (excluded, span))
    yield from _sweep(span for _, span in broad.values())
    everywhere = list(broad.values())[:_BROAD]
    for territory, spans in narrow.items():
        others = (span for excluded, span in everywhere if territory not in excluded)
        yield from _sweep((*spans, *others))


def _spans(claim: Claim) -> Iterator[Span]:
    for period in claim.deal.periods or (_ALWAYS,):
        end = period.end.strip() or _LAST
        yield Span(
            start=_bare(period.start.strip()),
            end=_bare(end) if "T" in end else f"{end[:10]}~",  # after every time of that day
            value=claim.value,
            deal=claim.deal,
        )


def _bare(text: str) -> str:
    """A date or date-time to the second, without offset."""
    return text[:19] if "T" in text else text[:10]


def _sweep(spans: Iterable[Span]) -> Iterator[tuple[Deal, Deal]]:
    """Each span that overlaps one with another value: the two that last longest are remembered."""
    longest: Span | None = None
    rival: Span | None = None  # the longest with another value than `longest`
    for span in sorted(spans, key=lambda each: each.start):
        for earlier in (longest, rival):
            if earlier and earlier.value != span.value and span.start < earlier.end:
                yield _ordered(span.deal, earlier.deal)
                break
        if longest is None or span.end > longest.end:
            if longest is not None and longest.value != span.value:
                rival = longest
            longest = span
        elif span.value != longest.value and (rival is None or span.end > rival.end):
            rival = span


def _ordered(one: Deal, other: Deal) -> tuple[Deal, Deal]:
    """The one that stands later in the message first."""
    return (one, other) if one.place.line >= other.place.line else (other, one)
