"""Statements: what each agreement is paid for a month, line by line. Pure.

Every line says its amount in the agreement's currency, and from which shares, rate and exchange
rate it came; the lines add up to what is payable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from core.errors import Misuse
from server.royalties.agreement import Agreement
from server.royalties.currencies import DECIMALS
from server.royalties.money import EXACT, FINE_PLACES, round_even, round_paid
from server.royalties.problems import Problem
from server.royalties.recoup import settle
from server.royalties.terms import plain
from server.royalties.versions import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.royalties.book import Book
    from server.royalties.periods import Month
    from server.royalties.rates import ExchangeRate
    from server.royalties.recoup import Past

_NOTHING = Decimal(0)
_LONG_AGO = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRow:
    """A row of the table `shares`."""

    recipient: str
    agreement: str
    territory: str
    tier: str
    model: str
    use: str
    currency: str
    usages: int
    net_revenue: Decimal
    deducted: Decimal
    rate: Decimal
    earned: Decimal
    minimum: Decimal
    minimum_by: str
    top_up: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A statement. `earned` has the decimals of the currency, as all that follows from it."""

    recipient: str
    agreement: str
    currency: str
    usages: int
    earned: Decimal
    guaranteed: Decimal
    recouped: Decimal
    balance: Decimal
    payable: Decimal
    lines: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "recipient": self.recipient,
            "agreement": self.agreement,
            "currency": self.currency,
            "usages": self.usages,
            **{
                name: plain(getattr(self, name))
                for name in ("earned", "guaranteed", "recouped", "balance", "payable")
            },
            "lines": list(self.lines),
        }


def statements(
    rows: Sequence[SharedRow], book: Book, month: Month, past: Mapping[str, Sequence[Past]]
) -> tuple[list[Paid], list[Problem]]:
    """One statement for each agreement that holds in the month or was played under.

    `past` is by name of agreement. A service without agreements has one for each recipient.
    """
    found: list[Paid] = []
    problems: list[Problem] = []
    for agreement in _holding(rows, book, month):
        own = [row for row in rows if _belongs(row, agreement)]
        lines, total, wrong = _lines(own, agreement, book, month)
        problems += wrong
        found.append(_paid(agreement, month, own, (lines, total), past.get(agreement.name, ())))
    return found, problems


def _holding(rows: Sequence[SharedRow], book: Book, month: Month) -> Iterable[Agreement]:
    """The version of each name that holds at the end of the month, else the last played under."""
    if not book.agreements:
        yield from _without(rows)
        return
    played = {row.agreement.rpartition("@")[0] for row in rows if row.agreement}
    start, end = month.bounds()
    for name in sorted({one.name for one in book.agreements}):
        stretches = in_force([one for one in book.agreements if one.name == name])
        begun = [one for one in stretches if one.start < end]
        if begun and (name in played or begun[-1].end is None or begun[-1].end > start):
            yield begun[-1].agreement


def _without(rows: Sequence[SharedRow]) -> Iterable[Agreement]:
    """What stands for an agreement where there is none: the whole share."""
    by_recipient: dict[str, list[str]] = {}
    for row in rows:
        by_recipient.setdefault(row.recipient, []).append(row.currency)
    for recipient, currencies in sorted(by_recipient.items()):
        currency = max(sorted(set(currencies)), key=currencies.count)
        yield Agreement(
            name=recipient, version=0, recipient=recipient, first=_LONG_AGO, share=Decimal(1),
            currency=currency, decimals=DECIMALS.get(currency, 2),
        )  # fmt: skip


def _belongs(row: SharedRow, agreement: Agreement) -> bool:
    if agreement.version == 0:
        return row.recipient == agreement.recipient
    return row.agreement.rpartition("@")[0] == agreement.name


def _lines(
    rows: Sequence[SharedRow], agreement: Agreement, book: Book, month: Month
) -> tuple[list[dict[str, Any]], Decimal, list[Problem]]:
    lines: list[dict[str, Any]] = []
    problems: list[Problem] = []
    total = _NOTHING
    for row in rows:
        try:
            rate = book.rates.find(row.currency, agreement.currency, month.last)
        except Misuse as no:
            what = f"{row.currency} {agreement.currency}"
            problems.append(
                Problem(code="rate-missing", subject=what, message=no.message, remedy=no.remedy)
            )
            continue
        made = [_share_line(row, rate), *([_top_up_line(row, rate)] if row.top_up else [])]
        with localcontext(EXACT):
            total += sum((Decimal(line["amount"]) for line in made), _NOTHING)
        lines += made
    return lines, total, problems


def _paid(
    agreement: Agreement,
    month: Month,
    rows: Sequence[SharedRow],
    made: tuple[list[dict[str, Any]], Decimal],
    past: Sequence[Past],
) -> Paid:
    lines, total = made
    with localcontext(EXACT):
        earned = round_paid(total, agreement.decimals)
        if earned != total:
            lines.append({"kind": "rounding", "amount": plain(earned - total)})
        settled = settle(agreement, month, earned, past)
        if settled.guaranteed:
            lines.append({"kind": "guarantee", "amount": plain(settled.guaranteed)})
        if settled.recouped:
            lines.append(
                {
                    "kind": "recouped" if settled.recouped > 0 else "carried",
                    "amount": plain(-settled.recouped),
                    "before": plain(settled.before),
                    "balance": plain(settled.balance),
                }
            )
    return Paid(
        recipient=agreement.recipient,
        agreement=agreement.name,
        currency=agreement.currency,
        usages=sum(row.usages for row in rows),
        earned=earned,
        guaranteed=settled.guaranteed,
        recouped=settled.recouped,
        balance=settled.balance,
        payable=settled.payable,
        lines=tuple(lines),
    )


def _share_line(row: SharedRow, rate: ExchangeRate) -> dict[str, Any]:
    return {
        "kind": "share",
        **_of(row, rate),
        "usages": row.usages,
        "net_revenue": plain(row.net_revenue),
        "deducted": plain(row.deducted),
        "rate": plain(row.rate),
        "earned": plain(row.earned),
        "amount": plain(_converted(row.earned, rate)),
    }


def _top_up_line(row: SharedRow, rate: ExchangeRate) -> dict[str, Any]:
    return {
        "kind": "minimum top-up",
        **_of(row, rate),
        "minimum": plain(row.minimum),
        "by": row.minimum_by,
        "top_up": plain(row.top_up),
        "amount": plain(_converted(row.top_up, rate)),
    }


def _of(row: SharedRow, rate: ExchangeRate) -> dict[str, Any]:
    found: dict[str, Any] = {
        "version": row.agreement,
        "territory": row.territory,
        "tier": row.tier,
        "model": row.model,
        "use": row.use,
        "currency": row.currency,
    }
    if rate.base != rate.quote:
        found["exchange"] = {
            "rate": plain(rate.rate),
            "date": rate.day.isoformat(),
            "source": rate.source,
        }
    return found


def _converted(amount: Decimal, rate: ExchangeRate) -> Decimal:
    with localcontext(EXACT):
        return round_even(amount * rate.rate, FINE_PLACES)
