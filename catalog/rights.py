"""May this be heard, here, now, on this plan? The one function that decides, and why.

`timetable` compiles all deals that speak for a release, for one territory and one list of wanted
(commercial model, use type) pairs, into verdicts between changes; a decision looks the instant up.
Nothing here knows plans, listeners or databases, and nothing else in Segue decides about rights.

The rules (DDEX ERN, deals):

- no deal for a territory, model and use means: not available there; an absent use or model grants
  nothing; deals agreed out of band, pre-order deals and deals with unreadable dates grant nothing,
  but a pre-order deal grants the resources of its instant gratification list;
- overlapping deals add up; an ERN 3.8 take-down beats them in its territories;
- `Stream` grants its specific kinds, and never a download; `TetheredDownload` is the older name of
  `ConditionalDownload`;
- TIS numbers count only where the feed agreed to them; a code that is no territory adds nothing,
  and a deal that excludes one grants nothing, because what it excludes can't be told;
- a track has its own deals and, by the feed's policy, those of its album; a take-down of the album
  ends what the album's deals grant, one of the track ends all.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from catalog.deal_terms import DealTerms
from catalog.rights_policy import DEFAULT, RightsPolicy
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
    "RightsPolicy",
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
        deal: the deal that allows it, or of which the refusal speaks (it will allow, ended, is for
            another plan or use, took it down); None when no deal is the reason.
        model, use: the wanted pair that was granted, empty when refused.
        since, until: the unbroken stretch of this same `allowed` around the instant; None means no
            end on that side. A refusal's `until` is when it opens.
        next_change: the next instant at which anything of the verdict changes, None if never.
    """

    allowed: bool
    reason: Reason
    deal: DealTerms | None = None
    model: str = ""
    use: str = ""
    since: datetime | None = None
    until: datetime | None = None
    next_change: datetime | None = None

    @property
    def reference(self) -> str:
        """Where the deal stands: its element path, else `deal 3`, the third of the message."""
        if self.deal is None:
            return ""
        return self.deal.reference or (f"deal {self.deal.number}" if self.deal.number else "")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, instants in ISO 8601 (UTC); the sentence is `message`."""
        return {
            "allowed": self.allowed,
            "reason": self.reason.code.value,
            "message": self.reason.message,
            "missing": self.reason.missing or None,
            "deal": self.reference or None,
            "model": self.model,
            "use": self.use,
            "since": iso(self.since),
            "until": iso(self.until),
            "next_change": iso(self.next_change),
        }


class Timetable(tuple[Any, ...]):
    """Verdicts in order of time: `verdicts[i]` holds from `starts[i]` to `starts[i + 1]`.

    One flat tuple, the starts and then as many verdicts, because a decision costs what it has to
    fetch from memory; the first start is the beginning of time.
    """

    __slots__ = ()

    @property
    def starts(self) -> tuple[datetime, ...]:
        """When each verdict begins to hold."""
        return self[: len(self) // 2]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts."""
        return self[len(self) // 2 :]

    def at(self, instant: datetime) -> Verdict:
        """The verdict at this aware instant; the first holds from the beginning of time.

        Raises:
            ValueError: the instant has no time zone.
        """
        if instant.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        half = len(self) // 2
        found: Verdict = self[bisect_right(self, instant, 1, half) - 1 + half]
        return found


def decide(
    deals: Sequence[DealTerms],
    *,
    territory: str,
    instant: datetime,
    wanted: Sequence[tuple[str, str]],
    plan: str = "",
) -> Verdict:
    """Whether these deals grant one of the wanted (commercial model, use type) pairs, and why."""
    groups = (tuple(deals),)
    return timetable(groups, territory=territory, wanted=tuple(wanted), plan=plan).at(instant)


def timetable(
    groups: Sequence[tuple[DealTerms, ...]],
    *,
    territory: str,
    wanted: tuple[tuple[str, str], ...],
    plan: str = "",
    resources: frozenset[str] = frozenset(),
    policy: RightsPolicy = DEFAULT,
) -> Timetable:
    """All verdicts of all times in one place.

    Args:
        groups: the deals of the release itself, then those of each other release that speaks for
            it. A take-down in the first beats all, one in another beats the deals of its group.
        territory: ISO 3166-1 code of the listener's place.
        wanted: the (commercial model, use type) pairs that will do, the preferred first.
        plan: the service's own name for them, used in sentences only.
        resources: anchors of what is used, for instant gratification.
        policy: what was agreed with the feed.
    """
    facts = Facts(
        place=find(territory), asked=territory, wanted=wanted, plan=plan,
        deals=sum(map(len, groups)), resources=resources, tis=policy.tis,
    )  # fmt: skip
    gather(facts, groups)
    states = moments(facts)
    verdicts = [_verdict(facts, moment) for moment in states]
    return _merge([moment.instant for moment in states], verdicts)


def _verdict(facts: Facts, moment: Moment) -> Verdict:
    """The verdict of a moment, still without its surroundings."""
    if moment.grant:
        model, use = facts.wanted[moment.grant.rank or 0]
        return Verdict(allowed=True, reason=_ALLOWED, deal=moment.grant.terms, model=model, use=use)
    reason, about = refusal(facts, moment)
    return Verdict(allowed=False, reason=reason, deal=about)


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
    return Timetable((*edges, *finished))


def iso(instant: datetime | None) -> str | None:
    """ISO 8601 with offset, None for None."""
    return instant.isoformat() if instant else None
