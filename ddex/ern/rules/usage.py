"""Rule 23: what a deal allows, and whether this service can do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddex.data.words import COMMERCIAL_MODELS, USE_TYPES
from ddex.ern.rules.deals import is_active
from ddex.ern.rules.periods import is_after
from ddex.ern.rules.places import Below
from ddex.findings import Finding, Rule, Severity, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ddex.ern.model import Deal, Message
    from ddex.ern.rules.context import Context

_CLAUSE = "DDEX business profiles, CommercialModelType and UseType"
_MODEL = "<CommercialModelType>SubscriptionModel</CommercialModelType>"
_MODELS = f"{_MODEL}<CommercialModelType>AdvertisementSupportedModel</CommercialModelType>"
_USES = "<UseType>OnDemandStream</UseType><UseType>ConditionalDownload</UseType>"
_TERMS = _MODELS + _USES
STREAMS = frozenset(
    {
        "Stream",
        "OnDemandStream",
        "NonInteractiveStream",
        "ContentInfluencedStream",
        "TimeInfluencedStream",
    }
)
_COPIES = frozenset({"ConditionalDownload", "TetheredDownload"})
STREAMING: frozenset[tuple[str, str]] = frozenset(
    {("SubscriptionModel", use) for use in STREAMS | _COPIES}
    | {
        (model, use)
        for model in ("AdvertisementSupportedModel", "FreeOfChargeModel")
        for use in STREAMS
    }
)
"""What a streaming service does, as pairs of commercial model and use."""


def _rule(
    code: str, text: str, remedy: str, wrong: str, right: str, severity: Severity = Severity.HOLD
) -> Rule:
    return Rule(
        code=code,
        number=23,
        severity=severity,
        ack_status="UnsupportedUsage",
        clause=_CLAUSE,
        text=text,
        remedy=remedy,
        wrong=wrong,
        right=right,
    )


NO_MODEL = _rule(
    "ERN-2301",
    "A deal names a commercial model, unless it is communicated in another way.",
    "Add a CommercialModelType, e.g. SubscriptionModel.",
    _USES,
    _TERMS,
)
NO_USE = _rule(
    "ERN-2302",
    "A deal names a use, unless it is communicated in another way.",
    "Add a UseType, e.g. OnDemandStream.",
    _MODELS,
    _TERMS,
)
OTHER_SERVICE = _rule(
    "ERN-2303",
    "A deal is for something that this service does.",
    "Nothing to do if other deals of the message are meant for us; else correct model and use.",
    f"{_TERMS}</DealTerms></Deal><Deal><DealTerms><TerritoryCode>Worldwide</TerritoryCode>"
    "<ValidityPeriod><StartDate>2026-03-06</StartDate></ValidityPeriod>"
    "<CommercialModelType>PayAsYouGoModel</CommercialModelType>"
    "<UseType>PermanentDownload</UseType>",
    _TERMS,
    Severity.WARN,
)
NOTHING_FOR_US = _rule(
    "ERN-2304",
    "At least one active deal of a message is for something that this service does.",
    "Send a deal for streaming, or send the release to those whom its deals are for.",
    "<CommercialModelType>PayAsYouGoModel</CommercialModelType>"
    "<UseType>PermanentDownload</UseType>",
    _TERMS,
)
MIXED = _rule(
    "ERN-2305",
    "A deal names a generic use (Stream, Download) or specific kinds of it, not both.",
    "Name either the generic use or the kinds that are meant.",
    f"{_MODELS}<UseType>Stream</UseType>{_USES}",
    _TERMS,
)
RULES: tuple[Rule, ...] = (NO_MODEL, NO_USE, OTHER_SERVICE, NOTHING_FOR_US, MIXED)
_KNOWN = frozenset((*COMMERCIAL_MODELS, *USE_TYPES))
_GENERIC = ("Stream", "Download")


def is_told_elsewhere(deal: Deal) -> bool:
    """Whether its terms are communicated out of band: it says so, or has a reference only."""
    terms = (deal.territories, deal.excluded_territories, deal.use_types, deal.commercial_models)
    return deal.is_out_of_band or (bool(deal.reference) and not any(terms) and not deal.periods)


@dataclass(frozen=True, slots=True)
class Words:
    """What the models and uses of a deal come to.

    Attributes:
        faults: rule, sentence, value and what was expected.
        is_clear: whether model and use are there and known to us.
        is_for_us: whether this service does any of it.
    """

    faults: tuple[tuple[Rule, str, str, str], ...]
    is_clear: bool
    is_for_us: bool


def check_usage(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 23. A take-down is judged by no use, and ended deals are no offer to anybody."""
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], Words] = {}
    possible = False
    others: list[Deal] = []
    for deal in message.deals:
        if deal.is_takedown:
            continue
        if is_told_elsewhere(deal):
            possible = True
            continue
        key = (deal.commercial_models, deal.use_types)
        words = known.get(key) or known.setdefault(key, _words(deal, context))
        for rule, text, value, expected in words.faults:
            yield rule.at(Below(deal.place, "DealTerms"), text, value=value, expected=expected)
        if words.is_clear and not words.is_for_us:
            others.append(deal)
        elif not possible:
            possible = not words.is_clear or _may_be_active(deal, context)
    yield from _judge_others([d for d in others if is_active(d, context.today)], possible=possible)


def _judge_others(others: list[Deal], *, possible: bool) -> Iterator[Finding]:
    if possible:
        for deal in others:
            text = "The deal is for nothing that this service does."
            yield OTHER_SERVICE.at(Below(deal.place, "DealTerms"), text, value=_said(deal))
    elif others:
        text = "No active deal of the message is for anything that this service does."
        yield NOTHING_FOR_US.at(
            Below(others[0].place, "DealTerms"),
            text,
            value=_said(others[0]),
            expected="e.g. SubscriptionModel, OnDemandStream",
        )


def _said(deal: Deal) -> str:
    return clip(f"{', '.join(deal.commercial_models)}: {', '.join(deal.use_types)}")


def _may_be_active(deal: Deal, context: Context) -> bool:
    """Whether it is active, or says so oddly of its time that nobody knows."""
    backwards = any(each.end and is_after(each.start, each.end) for each in deal.periods)
    return backwards or is_active(deal, context.today)


def _words(deal: Deal, context: Context) -> Words:
    models, uses = deal.commercial_models, deal.use_types
    return Words(
        faults=tuple(_faults(deal)),
        is_clear=bool(models and uses) and _KNOWN.issuperset((*models, *uses)),
        is_for_us=any((model, use) in context.offers for model in models for use in uses),
    )


def _faults(deal: Deal) -> Iterator[tuple[Rule, str, str, str]]:
    if not deal.commercial_models:
        yield NO_MODEL, "The deal names no commercial model.", "", ""
    if not deal.use_types:
        yield NO_USE, "The deal names no use.", "", ""
    for generic in _GENERIC:
        kinds = [use for use in deal.use_types if use != generic and use.endswith(generic)]
        if kinds and generic in deal.use_types:
            text = f"The deal names {generic} beside {clip(', '.join(kinds))}."
            yield MIXED, text, generic, f"{generic}, or its kinds"
