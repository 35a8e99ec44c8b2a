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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A code and a sentence."""

    code: ReasonCode
    message: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time (half open, UTC) in which one deal holds.

    `rank` is the position of the wanted pair that it grants, None if it grants none of them.
    """

    start: datetime
    end: datetime
    deal: int
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
    here: int = 0
    out_of_band: int = 0
    pre_orders: int = 0
    grants: list[Span] = field(default_factory=list)
    other_models: list[Span] = field(default_factory=list)
    other_uses: list[Span] = field(default_factory=list)
    takedowns: list[Span] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The place as it stands in a sentence."""
        return self.place.phrase if self.place else self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The state between two edges: what holds, what opens next, what ended last."""

    instant: datetime
    grant: Span | None = None
    takedown: Span | None = None
    other_model: Span | None = None
    opening: Span | None = None
    opens_at: datetime | None = None
    ended: Span | None = None

    @property
    def allowed(self) -> bool:
        """Whether a wanted pair is granted and not taken down."""
        return self.grant is not None and self.takedown is None


def refusal(facts: Facts, moment: Moment) -> tuple[Reason, Span | None]:
    """The most useful reason for a refusal, and the deal it speaks of."""
    return _of_now(facts, moment) or _of_deals(facts), moment.opening or moment.takedown or (
        moment.other_model or moment.ended
    )


def _of_now(facts: Facts, moment: Moment) -> Reason | None:
    """Reasons that depend on the instant, the most useful first."""
    if moment.opening and moment.opens_at:
        when = _day(moment.opens_at, facts)
        return _reason(ReasonCode.NOT_YET, f"Opens in {facts.name} on {when}.")
    if moment.takedown:
        return _reason(ReasonCode.TAKEN_DOWN, f"Taken down in {facts.name} by its sender.")
    if moment.other_model:
        return _plan(facts, moment.other_model.terms)
    if moment.ended:
        when = _day(moment.ended.end, facts, is_end=True)
        return _reason(ReasonCode.ENDED, f"Ended in {facts.name} on {when}.")
    return None


def _of_deals(facts: Facts) -> Reason:
    """Reasons that hold at all times."""
    if facts.place is None:
        return _reason(ReasonCode.TERRITORY_UNKNOWN, f"{facts.asked!r} is no territory we know.")
    if not facts.deals:
        return _reason(ReasonCode.NO_DEALS, "Its sender has no deal for it, anywhere.")
    if not facts.here:
        return _nothing_here(facts)
    if facts.other_models:
        return _plan(facts, facts.other_models[0].terms)
    if facts.other_uses:
        uses = ", ".join(facts.other_uses[0].terms.use_types) or "no use at all"
        return _reason(
            ReasonCode.USE_NOT_GRANTED, f"The deal for {facts.name} is for {_cut(uses)} only."
        )
    return _granting_nothing(facts)


def _granting_nothing(facts: Facts) -> Reason:
    if facts.unreadable:
        text = _cut(facts.unreadable[0])
        return _reason(
            ReasonCode.UNREADABLE, f"The deal for {facts.name} has a date that is none: {text!r}."
        )
    if facts.out_of_band:
        return _reason(
            ReasonCode.OUT_OF_BAND, f"The deal for {facts.name} was agreed outside the message."
        )
    if facts.pre_orders:
        return _reason(ReasonCode.PRE_ORDER_ONLY, f"In {facts.name} it can only be pre-ordered.")
    return _reason(
        ReasonCode.NO_PERIOD, f"The deal for {facts.name} has no time in which it is valid."
    )


def _nothing_here(facts: Facts) -> Reason:
    name = f"{facts.name} ({facts.place.code})" if facts.place else facts.name
    text = f"No deal for {name}."
    if facts.strange:
        text += f" A deal names {_cut(facts.strange[0])!r}, which is no territory we know."
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
