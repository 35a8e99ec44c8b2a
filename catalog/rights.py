"""May this be heard, here, now, on this plan? The one function that decides, and why.

`timetable` compiles the deals of a release for one territory and one list of wanted (commercial
model, use type) pairs into verdicts between changes; `decide` looks the instant up in it. Nothing
here knows plans, listeners or databases, and nothing else in Segue decides about rights.

The rules (DDEX ERN, deals):

- no deal for a territory, model and use means: not available there; an absent use or model grants
  nothing; deals agreed out of band, pre-order deals and deals with unreadable dates grant nothing;
- overlapping deals add up; an ERN 3.8 take-down beats them in its territories;
- `Stream` grants its specific kinds, and never a download; `TetheredDownload` is the older name of
  `ConditionalDownload`;
- TIS numbers and other codes that are no territory of our table never match, and a deal that
  excludes one grants nothing, because what it excludes can't be told.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from catalog.deal_terms import DealTerms
from catalog.rights_reasons import Facts, Moment, Reason, ReasonCode, refusal
from catalog.rights_sweep import gather, grants_use, moments
from ddex.data.territories import find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "DealTerms",
    "Reason",
    "ReasonCode",
    "Timetable",
    "Verdict",
    "decide",
    "grants_use",
    "timetable",
]

_ALLOWED = Reason(code=ReasonCode.ALLOWED, message="Available.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer, true from one change to the next.

    Attributes:
        allowed: whether it may be used so.
        reason: a code and a sentence for people.
        deal: position, in the sequence given, of the deal that allows, will allow or did; or None.
        reference: where that deal stands in its message, may be empty.
        model, use: the wanted pair that was granted, empty when refused.
        since, until: the unbroken stretch of this same `allowed` around the instant; None means no
            end on that side. A refusal's `until` is when it opens.
        next_change: the next instant at which anything of the verdict changes, None if never.
    """

    allowed: bool
    reason: Reason
    deal: int | None = None
    reference: str = ""
    model: str = ""
    use: str = ""
    since: datetime | None = None
    until: datetime | None = None
    next_change: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, instants in ISO 8601 (UTC); the sentence is `message`."""
        return {
            "allowed": self.allowed,
            "reason": self.reason.code.value,
            "message": self.reason.message,
            "deal": self.deal,
            "reference": self.reference,
            "model": self.model,
            "use": self.use,
            "since": _iso(self.since),
            "until": _iso(self.until),
            "next_change": _iso(self.next_change),
        }


@dataclass(frozen=True, slots=True)
class Timetable:
    """Verdicts in order of time: `verdicts[i]` holds from `starts[i]` to `starts[i + 1]`."""

    starts: tuple[datetime, ...]
    verdicts: tuple[Verdict, ...]

    def at(self, instant: datetime) -> Verdict:
        """The verdict at this aware instant.

        Raises:
            ValueError: the instant has no time zone.
        """
        if instant.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return self.verdicts[max(bisect_right(self.starts, instant) - 1, 0)]


def decide(
    deals: Sequence[DealTerms],
    *,
    territory: str,
    instant: datetime,
    wanted: Sequence[tuple[str, str]],
    plan: str = "",
) -> Verdict:
    """Whether one of the wanted (commercial model, use type) pairs is granted, and why or why not.

    Args:
        deals: all deals of the newest message that speak of the release.
        territory: ISO 3166-1 code of the listener's place.
        instant: when, aware.
        wanted: the pairs that will do, the preferred first.
        plan: the service's own name for them, used in sentences only.
    """
    return timetable(tuple(deals), territory=territory, wanted=tuple(wanted), plan=plan).at(instant)


@lru_cache(maxsize=8192)
def timetable(
    deals: tuple[DealTerms, ...],
    *,
    territory: str,
    wanted: tuple[tuple[str, str], ...],
    plan: str = "",
) -> Timetable:
    """All verdicts of all times for these deals in one place; remembered for the same arguments."""
    facts = Facts(
        place=find(territory), asked=territory, wanted=wanted, plan=plan, deals=len(deals)
    )
    gather(facts, deals)
    states = moments(facts)
    verdicts = [_verdict(facts, moment) for moment in states]
    return _merge([moment.instant for moment in states], verdicts)


def _verdict(facts: Facts, moment: Moment) -> Verdict:
    """The verdict of a moment, still without its surroundings."""
    if moment.grant and moment.allowed:
        model, use = facts.wanted[moment.grant.rank or 0]
        return Verdict(
            allowed=True,
            reason=_ALLOWED,
            deal=moment.grant.deal,
            reference=moment.grant.terms.reference,
            model=model,
            use=use,
        )
    reason, about = refusal(facts, moment)
    return Verdict(
        allowed=False,
        reason=reason,
        deal=about.deal if about else None,
        reference=about.terms.reference if about else "",
    )


def _merge(starts: list[datetime], verdicts: list[Verdict]) -> Timetable:
    """Join equal neighbours, then tell each verdict its stretch and its next change."""
    kept = [i for i, verdict in enumerate(verdicts) if i == 0 or verdict != verdicts[i - 1]]
    edges = [starts[i] for i in kept]
    plain = [verdicts[i] for i in kept]
    flips = [i for i, v in enumerate(plain) if i == 0 or v.allowed != plain[i - 1].allowed]
    finished = []
    for i, verdict in enumerate(plain):
        run = bisect_right(flips, i) - 1
        since = edges[flips[run]] if run else None
        until = edges[flips[run + 1]] if run + 1 < len(flips) else None
        change = edges[i + 1] if i + 1 < len(edges) else None
        finished.append(replace(verdict, since=since, until=until, next_change=change))
    return Timetable(tuple(edges), tuple(finished))


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
