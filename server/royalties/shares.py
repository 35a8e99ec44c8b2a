"""A pool to its recipients: market shares first, then each agreement's rate and minima. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from core.errors import Misuse
from server.royalties.money import EXACT, FINE_PLACES, round_even, split
from server.royalties.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.royalties.agreement import Agreement
    from server.royalties.book import Book
    from server.royalties.periods import Month
    from server.royalties.pools import Pool

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Plays of one recipient in one slice under one agreement (None: it has none)."""

    recipient: str
    agreement: Agreement | None
    usages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a claim comes to, in the pool's currency.

    `net_revenue` is its market share of the pool (6 decimals), `deducted` what the agreement keeps
    back of it (6), `earned` the rest times `rate` (10), `minimum` the highest minimum by `by`
    (`stream`, `subscriber` or nothing), `top_up` what the operator adds to reach it,
    `payment` = `earned` + `top_up`.
    """

    claim: Claim
    revenue: Decimal
    net_revenue: Decimal
    deducted: Decimal
    rate: Decimal
    earned: Decimal
    minimum: Decimal
    by: str
    top_up: Decimal

    @property
    def payment(self) -> Decimal:
        """All that is paid for it: max(earned, minimum)."""
        return self.earned + self.top_up


def shares(
    pool: Pool, claims: Sequence[Claim], book: Book, month: Month, tier_usages: int
) -> tuple[list[Share], list[Problem]]:
    """One share for each claim, in their order. `tier_usages`: plays of the pool's territory and
    tier together, over which minima per subscriber are spread.

    Net revenue runs from the pool to recipients, from a recipient to its claims.
    """
    if pool.usages <= 0:
        nets = grosses = [_NOTHING] * len(claims)
    else:
        nets = _spread(pool.net_revenue, claims)
        same = pool.revenue == pool.net_revenue
        grosses = nets if same else _spread(pool.revenue, claims)
    found, problems = [], []
    for claim, net, gross in zip(claims, nets, grosses, strict=True):
        share, wrong = _share(pool, claim, (gross, net), book, month, tier_usages)
        found.append(share)
        problems += wrong
    return found, problems


def _spread(amount: Decimal, claims: Sequence[Claim]) -> list[Decimal]:
    by_recipient: dict[str, list[int]] = {}
    for place, claim in enumerate(claims):
        by_recipient.setdefault(claim.recipient, []).append(place)
    names = sorted(by_recipient)
    totals = [sum(claims[place].usages for place in by_recipient[name]) for name in names]
    parts = [_NOTHING] * len(claims)
    for name, part, total in zip(names, split(amount, totals, names), totals, strict=True):
        places = by_recipient[name]
        weights = [claims[place].usages for place in places]
        keys = [_ref(claims[place].agreement) for place in places]
        for place, own in zip(places, _within(part, weights, keys, total), strict=True):
            parts[place] = own
    return parts


def _within(part: Decimal, weights: list[int], keys: list[str], total: int) -> list[Decimal]:
    """A recipient's part to its claims; reversals that outweigh plays give a negative part."""
    if total < 0:
        return [-own for own in split(-part, [-weight for weight in weights], keys)]
    if total == 0:
        return [part, *[_NOTHING] * (len(weights) - 1)]
    return split(part, weights, keys)


def _ref(agreement: Agreement | None) -> str:
    return agreement.ref if agreement else ""


def _share(
    pool: Pool,
    claim: Claim,
    money: tuple[Decimal, Decimal],
    book: Book,
    month: Month,
    tier_usages: int,
) -> tuple[Share, list[Problem]]:
    (gross, net), agreement = money, claim.agreement
    if agreement is None:
        rate = _NOTHING if book.agreements else Decimal(1)
        return _made(claim, money, _NOTHING, rate, _NOTHING, ""), []
    if pool.part.tier in agreement.free_tiers:
        return _made(claim, money, _NOTHING, _NOTHING, _NOTHING, ""), []
    with localcontext(EXACT):
        deducted = round_even(net * agreement.deducted)
    minimum, by, problems = _minimum(pool, claim, agreement, book, month, tier_usages)
    return _made(claim, (gross, net), deducted, agreement.share, minimum, by), problems


def _made(
    claim: Claim,
    money: tuple[Decimal, Decimal],
    deducted: Decimal,
    rate: Decimal,
    minimum: Decimal,
    by: str,
) -> Share:
    gross, net = money
    with localcontext(EXACT):
        earned = (net - deducted) * rate
        top_up = max(minimum - earned, _NOTHING) if claim.usages > 0 else _NOTHING
    return Share(
        claim=claim,
        revenue=gross,
        net_revenue=net,
        deducted=deducted,
        rate=rate,
        earned=earned,
        minimum=minimum,
        by=by,
        top_up=top_up,
    )


def _minimum(
    pool: Pool,
    claim: Claim,
    agreement: Agreement,
    book: Book,
    month: Month,
    tier_usages: int,
) -> tuple[Decimal, str, list[Problem]]:
    """The higher of both minima in the pool's currency, and which it is."""
    problems: list[Problem] = []
    with localcontext(EXACT):
        per_stream = agreement.per_stream * claim.usages
        per_subscriber = _NOTHING
        if any(agreement.per_subscriber.values()):
            counts = book.subscribed(pool.part.territory, pool.part.tier)
            problems += [] if counts else [_uncounted(pool, agreement, month)]
            whole = sum(
                (agreement.per_subscriber.get(kind, _NOTHING) * n for kind, n in counts.items()),
                _NOTHING,
            )
            per_subscriber = whole * claim.usages / tier_usages if tier_usages > 0 else _NOTHING
        minimum, by = max((per_stream, "stream"), (per_subscriber, "subscriber"))
        if minimum <= 0:
            return _NOTHING, "", problems
        try:
            rate = book.rates.find(agreement.currency, pool.currency, month.last)
        except Misuse as no:
            what = f"{agreement.currency} {pool.currency}"
            problems.append(
                Problem(code="rate-missing", subject=what, message=no.message, remedy=no.remedy)
            )
            return _NOTHING, "", problems
        return round_even(minimum * rate.rate, FINE_PLACES), by, problems


def _uncounted(pool: Pool, agreement: Agreement, month: Month) -> Problem:
    territory, tier = pool.part.territory, pool.part.tier
    return Problem(
        code="subscribers-missing",
        subject=f"{territory} {tier}",
        message=f"{agreement.ref} has a minimum per subscriber, and nobody has entered the"
        f" subscribers of {tier} in {territory} in {month}.",
        remedy=f"segue revenue subscribers --period {month} --territory {territory} --tier {tier}"
        " --type individual --count NUMBER (0 where there are none), or --from-accounts",
    )
