"""Why something may not be heard: codes for programs, sentences for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.deal_terms import DealTerms
    from ddex.data.territories import Territory


class ReasonCode(StrEnum):
    """The kinds of answers. Stable: the API and the player know them."""

    ALLOWED = "allowed"
    TERRITORY_UNKNOWN = "territory_unknown"
    NO_DEALS = "no_deals"
    NO_DEAL_HERE = "no_deal_here"
    TAKEN_DOWN = "taken_down"
    NOT_YET = "not_yet"
    ENDED = "ended"
    NOT_IN_PLAN = "not_in_plan"
    USE_NOT_GRANTED = "use_not_granted"
    OUT_OF_BAND = "out_of_band"
    PRE_ORDER_ONLY = "pre_order_only"
    NO_PERIOD = "no_period"
    UNREADABLE = "unreadable"


MISSING = {
    ReasonCode.NO_DEALS: "Deal",
    ReasonCode.NO_DEAL_HERE: "TerritoryCode",
    ReasonCode.NOT_YET: "ValidityPeriod",
    ReasonCode.ENDED: "ValidityPeriod",
    ReasonCode.NOT_IN_PLAN: "CommercialModelType",
    ReasonCode.USE_NOT_GRANTED: "UseType",
    ReasonCode.OUT_OF_BAND: "DealTerms",
    ReasonCode.NO_PERIOD: "ValidityPeriod",
    ReasonCode.UNREADABLE: "ValidityPeriod",
}
"""The element of the message that would have to speak for it, where one is missing."""


_TERMS = "DDEX ERN, DealTerms"
_ONE = "DDEX ERN, the newest message supersedes all deals of the release"
CLAUSES = {
    ReasonCode.ALLOWED: f"{_TERMS}: territory, period, model and use all reach it",
    ReasonCode.TERRITORY_UNKNOWN: "ISO 3166-1",
    ReasonCode.NO_DEALS: f"{_ONE}; without a deal nothing is granted",
    ReasonCode.NO_DEAL_HERE: f"{_TERMS}/TerritoryCode: no deal for it, not available there",
    ReasonCode.TAKEN_DOWN: f"{_TERMS}/TakeDown or AllDealsCancelled (ERN 3.8), or an operator",
    ReasonCode.NOT_YET: f"{_TERMS}/ValidityPeriod: starts at 00:00 local time of the territory",
    ReasonCode.ENDED: f"{_TERMS}/ValidityPeriod: the end date is inclusive, local time",
    ReasonCode.NOT_IN_PLAN: f"{_TERMS}/CommercialModelType: an absent model grants nothing",
    ReasonCode.USE_NOT_GRANTED: f"{_TERMS}/UseType: an absent use grants nothing",
    ReasonCode.OUT_OF_BAND: "DDEX ERN, Deal/IsCommunicatedOutOfBand",
    ReasonCode.PRE_ORDER_ONLY: f"{_TERMS}/IsPreOrderDeal: ordered, not yet fulfilled",
    ReasonCode.NO_PERIOD: f"{_TERMS}/ValidityPeriod: needs a time in which it holds",
    ReasonCode.UNREADABLE: f"{_TERMS}/ValidityPeriod: dates as YYYY-MM-DD of the calendar",
}
"""What of the standard says so, for operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A code and a sentence."""

    code: ReasonCode
    message: str

    @property
    def missing(self) -> str:
        """The element whose lack or value refuses; empty when nothing is missing."""
        return MISSING.get(self.code, "")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time (half open, UTC) in which one deal holds.

    `group` is 0 for the release's own deals, else the number of the others that speak for it;
    `rank` is the position of the wanted pair that it grants, None if it grants none of them.
    """

    start: datetime
    end: datetime
    group: int
    terms: DealTerms
    rank: int | None = None


@dataclass(slots=True, kw_only=True)
class Facts:
    """What the deals say about one place and one list of wanted pairs."""

    place: Territory | None
    asked: str
    wanted: tuple[tuple[str, str], ...]
    plan: str
    deals: int
    resources: frozenset[str] = frozenset()
    tis: bool = False
    here: int = 0
    strange: str = ""
    out_of_band: DealTerms | None = None
    pre_orders: DealTerms | None = None
    empty: DealTerms | None = None
    grants: list[Span] = field(default_factory=list)
    other_models: list[Span] = field(default_factory=list)
    other_uses: list[Span] = field(default_factory=list)
    takedowns: list[Span] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The place as it stands in a sentence."""
        return self.place.phrase if self.place else self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The state between two edges: what is granted, what refuses, what opens next, what ended."""

    instant: datetime
    grant: Span | None = None
    takedown: Span | None = None
    other_model: Span | None = None
    opening: Span | None = None
    opens_at: datetime | None = None
    ended: Span | None = None


def refusal(facts: Facts, moment: Moment) -> tuple[Reason, DealTerms | None]:
    """The most useful reason for a refusal, and the deal it speaks of."""
    if moment.opening and moment.opens_at:
        when = _day(moment.opens_at, facts)
        where = facts.place.code if facts.place else facts.asked
        text = f"Not available in {where} until {when}."
        return _reason(ReasonCode.NOT_YET, text), moment.opening.terms
    if moment.takedown:
        text = f"Taken down in {facts.name} by its sender."
        return _reason(ReasonCode.TAKEN_DOWN, text), moment.takedown.terms
    if moment.other_model:
        return _plan(facts, moment.other_model.terms), moment.other_model.terms
    if moment.ended:
        when = _day(moment.ended.end, facts, is_end=True)
        text = f"Ended in {facts.name} on {when}."
        return _reason(ReasonCode.ENDED, text), moment.ended.terms
    return _of_deals(facts)


def _of_deals(facts: Facts) -> tuple[Reason, DealTerms | None]:
    """Reasons that hold at all times."""
    if facts.place is None:
        text = f"{facts.asked!r} is no territory we know."
        return _reason(ReasonCode.TERRITORY_UNKNOWN, text), None
    if not facts.deals:
        return _reason(ReasonCode.NO_DEALS, "Its sender has no deal for it, anywhere."), None
    if not facts.here:
        return _nothing_here(facts), None
    if facts.other_models:
        terms = facts.other_models[0].terms
        return _plan(facts, terms), terms
    if facts.other_uses:
        terms = facts.other_uses[0].terms
        uses = ", ".join(terms.use_types) or "no use at all"
        text = f"The deal for {facts.name} is for {_cut(uses)} only."
        return _reason(ReasonCode.USE_NOT_GRANTED, text), terms
    return _granting_nothing(facts)


def _granting_nothing(facts: Facts) -> tuple[Reason, DealTerms | None]:
    where = f"The deal for {facts.name}"
    if facts.unreadable:
        text = f"{where} has a date that is none: {_cut(facts.unreadable[0])!r}."
        return _reason(ReasonCode.UNREADABLE, text), facts.empty
    if facts.out_of_band:
        text = f"{where} was agreed outside the message."
        return _reason(ReasonCode.OUT_OF_BAND, text), facts.out_of_band
    if facts.pre_orders:
        text = f"In {facts.name} it can only be pre-ordered."
        return _reason(ReasonCode.PRE_ORDER_ONLY, text), facts.pre_orders
    text = f"{where} has no time in which it is valid."
    return _reason(ReasonCode.NO_PERIOD, text), facts.empty


def _nothing_here(facts: Facts) -> Reason:
    name = f"{facts.name} ({facts.place.code})" if facts.place else facts.name
    text = f"No deal for {name}."
    if facts.strange:
        text += f" A deal names {_cut(facts.strange)!r}, no territory we know or agreed on."
    return _reason(ReasonCode.NO_DEAL_HERE, text)


def _plan(facts: Facts, terms: DealTerms) -> Reason:
    if facts.plan:
        return _reason(ReasonCode.NOT_IN_PLAN, f"Not in the {facts.plan} plan in {facts.name}.")
    models = ", ".join(terms.commercial_models) or "no commercial model"
    wanted = ", ".join(dict.fromkeys(model for model, _ in facts.wanted)) or "nothing"
    return _reason(
        ReasonCode.NOT_IN_PLAN,
        f"The deal for {facts.name} is for {_cut(models)}, not for {_cut(wanted)}.",
    )


def _day(instant: datetime, facts: Facts, *, is_end: bool = False) -> str:
    """`12 December 2026`, and the local time too where it is no midnight."""
    if facts.place is None:
        return instant.isoformat()
    try:
        local = instant.astimezone(facts.place.tzinfo)
        midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
        shown = local - timedelta(days=1) if is_end and midnight else local
    except OverflowError:
        return instant.date().isoformat()
    text = f"{shown.day} {shown:%B} {shown.year}"
    return text if midnight else f"{text} at {shown:%H:%M} local time"


def _cut(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _reason(code: ReasonCode, message: str) -> Reason:
    return Reason(code=code, message=message)
