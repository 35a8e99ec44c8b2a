"""Revenue to the slices of usage that it is shared by. Pure.

A slice is a territory, tier, commercial model and use. It takes part in the revenue of its tier and
model, else of its tier, else of its model: the narrowest that was entered. Slices of one figure
share it by plays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from core.errors import Misuse
from server.royalties.money import EXACT, round_even, split
from server.royalties.problems import Problem
from server.royalties.terms import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.royalties.book import Book, Figure
    from server.royalties.periods import Month


@dataclass(frozen=True, slots=True, order=True)
class Slice:
    """The smallest part of the service's usage that money is reported for."""

    territory: str
    tier: str
    model: str
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A slice with its money: `usages` of the whole service, at most 6 decimals each amount."""

    part: Slice
    usages: int
    currency: str
    revenue: Decimal
    net_revenue: Decimal
    entered: bool


_Key = tuple[str, str, str]


def pools(
    usages: Mapping[Slice, int], book: Book, month: Month
) -> tuple[list[Pool], list[Problem]]:
    """One pool for each slice with usage, in the order of the slices."""
    entered = _by_key(book.figures)
    members: dict[_Key, list[Slice]] = {}
    made: dict[Slice, Pool] = {}
    problems: list[Problem] = []
    for part in sorted(usages):
        key = _key_of(part, entered)
        if key is None:
            made[part] = _empty(part, usages[part], book)
            problems.append(_missing(part, made[part].currency, month))
        else:
            members.setdefault(key, []).append(part)
    for key, figures in sorted(entered.items()):
        parts = members.get(key, [])
        if sum(usages[part] for part in parts) <= 0:
            others = [part for part in usages if part not in parts and _covers(key, part)]
            problems += _unused(key, figures, parts, others, month)
            made.update({part: _empty(part, usages[part], book, figures[0]) for part in parts})
            continue
        figure, wrong = _in_one_currency(figures, book, month)
        problems += wrong
        made.update(_shared(figure, parts, usages))
    return [made[part] for part in sorted(made)], problems


def _by_key(figures: Iterable[Figure]) -> dict[_Key, list[Figure]]:
    found: dict[_Key, list[Figure]] = {}
    for one in figures:
        found.setdefault((one.territory, one.tier, one.model), []).append(one)
    return found


def _key_of(part: Slice, entered: Mapping[_Key, object]) -> _Key | None:
    for key in (
        (part.territory, part.tier, part.model),
        (part.territory, part.tier, ""),
        (part.territory, "", part.model),
    ):
        if key in entered:
            return key
    return None


def _covers(key: _Key, part: Slice) -> bool:
    """Whether revenue of this key could be of the slice, were there no narrower one."""
    territory, tier, model = key
    return part.territory == territory and tier in {"", part.tier} and model in {"", part.model}


def _shared(
    figure: Figure, parts: Sequence[Slice], usages: Mapping[Slice, int]
) -> dict[Slice, Pool]:
    weights = [usages[part] for part in parts]
    names = [f"{part.tier}/{part.model}/{part.use}" for part in parts]
    nets = split(figure.net, weights, names)
    grosses = nets if figure.gross is None else split(figure.gross, weights, names)
    return {
        part: Pool(
            part=part,
            usages=usages[part],
            currency=figure.currency,
            revenue=gross,
            net_revenue=net,
            entered=True,
        )
        for part, net, gross in zip(parts, nets, grosses, strict=True)
    }


def _in_one_currency(
    figures: Sequence[Figure], book: Book, month: Month
) -> tuple[Figure, list[Problem]]:
    """Figures of one key together, in the currency of the one entered first."""
    first, problems = figures[0], []
    net, gross = first.net, first.gross
    for other in figures[1:]:
        try:
            rate = book.rates.find(other.currency, first.currency, month.last).rate
        except Misuse as no:
            problems.append(
                Problem(
                    code="rate-missing",
                    subject=f"{other.currency} {first.currency}",
                    message=no.message,
                    remedy=no.remedy,
                )
            )
            continue
        with localcontext(EXACT):
            net += round_even(other.net * rate)
            if gross is not None or other.gross is not None:
                own = other.net if other.gross is None else other.gross
                gross = (first.net if gross is None else gross) + round_even(own * rate)
    return replace(first, net=net, gross=gross), problems


def _empty(part: Slice, usages: int, book: Book, figure: Figure | None = None) -> Pool:
    return Pool(
        part=part,
        usages=usages,
        currency=figure.currency if figure else book.currency_in(part.territory),
        revenue=Decimal(0),
        net_revenue=Decimal(0),
        entered=figure is not None,
    )


def _missing(part: Slice, currency: str, month: Month) -> Problem:
    return Problem(
        code="revenue-missing",
        subject=f"{part.territory} {part.tier} {part.model}",
        message=f"No revenue is set for {part.tier} ({part.model}) in {part.territory} in {month}:"
        f" it counts as 0 {currency}.",
        remedy=f"segue revenue set --period {month} --model {part.model} --tier {part.tier}"
        f" --territory {part.territory} --amount AMOUNT --currency {currency}",
    )


def _unused(
    key: _Key,
    figures: Sequence[Figure],
    parts: Sequence[Slice],
    others: Sequence[Slice],
    month: Month,
) -> list[Problem]:
    """Money that has nobody to go to. `others`: plays that it would be of, which have their own."""
    if not any(figure.net for figure in figures):
        return []
    territory, tier, model = key
    what = " ".join(word for word in (territory, tier, model) if word)
    money = ", ".join(f"{plain(figure.net)} {figure.currency}" for figure in figures)
    if not parts:
        own = ", ".join(sorted({part.tier for part in others}))
        why = (
            f"what was played there ({own}) has revenue of its own, which goes before"
            if others
            else "no play that counts was heard there"
        )
        return [
            Problem(
                code="revenue-unused",
                subject=what,
                message=f"{money} of {what} in {month} is paid to nobody: {why}.",
                remedy="enter what is to be shared for a tier that was played; else take it back:"
                " segue revenue set … --withdraw",
            )
        ]
    return [
        Problem(
            code="usage-reversed",
            subject=what,
            message=f"In {what} in {month} as many plays were reversed as counted, or more:"
            " its revenue can't be split by plays.",
            remedy="enter it together with the following month's, and 0 here",
        )
    ]
