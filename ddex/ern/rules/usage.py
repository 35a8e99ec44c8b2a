"""Rule 23: what a deal allows, and whether this service can do it."""

from __future__ import annotations

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


def check_usage(message: Message, context: Context) -> Iterator[Finding]:
    """Rule 23. A take-down is judged by no use, and ended deals are no offer to anybody."""
    told = [each for each in message.deals if is_told_elsewhere(each)]
    granting = [d for d in message.deals if not d.is_takedown and not is_told_elsewhere(d)]
    for deal in granting:
        yield from _check_words(deal)
    active = [
        deal
        for deal in granting
        if deal.commercial_models and deal.use_types and is_active(deal, context.today)
    ]
    others = [deal for deal in active if _is_for_others(deal, context)]
    if told or len(others) < len(active) or any(_is_unclear(deal) for deal in granting):
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


def _is_unclear(deal: Deal) -> bool:
    """Whether another fault of the deal hides what it is for, or for how long."""
    backwards = any(each.end and is_after(each.start, each.end) for each in deal.periods)
    return backwards or not deal.commercial_models or not deal.use_types


def _is_for_others(deal: Deal, context: Context) -> bool:
    """Whether nothing in it is for us; what rule 2 does not know may be anything."""
    if not (_KNOWN.issuperset(deal.commercial_models) and _KNOWN.issuperset(deal.use_types)):
        return False
    offers = context.offers
    return not any(
        (model, use) in offers for model in deal.commercial_models for use in deal.use_types
    )


def _check_words(deal: Deal) -> Iterator[Finding]:
    terms = Below(deal.place, "DealTerms")
    if not deal.commercial_models:
        yield NO_MODEL.at(terms, "The deal names no commercial model.")
    if not deal.use_types:
        yield NO_USE.at(terms, "The deal names no use.")
    for generic in _GENERIC:
        kinds = [use for use in deal.use_types if use != generic and use.endswith(generic)]
        if kinds and generic in deal.use_types:
            text = f"The deal names {generic} beside {clip(', '.join(kinds))}."
            expected = f"{generic}, or its kinds"
            yield MIXED.at(terms, text, value=generic, expected=expected)
