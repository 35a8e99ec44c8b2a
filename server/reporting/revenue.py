"""Net revenue of the service, entered by an operator: by period, commercial model and territory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Revenue
from core.errors import Misuse
from ddex.data.territories import find
from ddex.dsr.cells import COMMERCIAL_MODELS
from ddex.dsr.text import number
from server.royalties.money import PLACES
from server.reporting.periods import parse_month

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from core.clock import Clock

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_MOST = Decimal(10) ** 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One figure as entered."""

    period: str
    model: str
    territory: str
    amount: str
    currency: str


def set_revenue(session: Session, clock: Clock, entry: Entry) -> dict[str, Any]:
    """Enter a figure, or replace the one that is there; gives it as JSON values.

    Raises:
        Misuse: a value is none of its kind, with what would be right.
    """
    period, amount = str(parse_month(entry.period)), _amount(entry.amount)
    territory, currency = _territory(entry.territory), entry.currency.strip().upper()
    if entry.model not in COMMERCIAL_MODELS:
        known = ", ".join(sorted(COMMERCIAL_MODELS))
        raise Misuse(f"{entry.model!r} is no commercial model", remedy=f"one of {known}")
    if not _CURRENCY.fullmatch(currency):
        raise Misuse(f"{entry.currency!r} is no currency", remedy="an ISO 4217 code such as EUR")
    row = session.scalar(
        select(Revenue).where(
            Revenue.period == period,
            Revenue.model == entry.model,
            Revenue.territory == territory,
        )
    )
    if row is None:
        row = Revenue(period=period, model=entry.model, territory=territory)
        session.add(row)
    row.amount, row.currency, row.set_at = amount, currency, clock()
    session.flush()
    return to_json(row)


def list_revenue(session: Session, period: str = "") -> list[dict[str, Any]]:
    """The figures of one period, or all."""
    query = select(Revenue).order_by(Revenue.period, Revenue.territory, Revenue.model)
    if period:
        query = query.where(Revenue.period == str(parse_month(period)))
    return [to_json(row) for row in session.scalars(query)]


def to_json(row: Revenue) -> dict[str, Any]:
    """A figure as JSON values; the amount is text, so that no digit is lost."""
    return {
        "period": row.period,
        "model": row.model,
        "territory": row.territory,
        "amount": number(row.amount),
        "currency": row.currency,
        "set_at": row.set_at.isoformat(),
    }


def newest_currency(rows: Sequence[Revenue], territory: str) -> str:
    """The currency last used in this territory, else anywhere; empty when there is none."""
    own = [row for row in rows if row.territory == territory] or list(rows)
    return max(own, key=lambda row: row.set_at).currency if own else ""


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise Misuse(f"{text!r} is no amount", remedy="write it as 1234.56") from None
    if not amount.is_finite() or not 0 <= amount < _MOST:
        raise Misuse(f"{text!r} is no amount of revenue", remedy="0 or more, below 100 billion")
    if amount != amount.quantize(Decimal(10) ** -PLACES):
        raise Misuse(f"{text!r} has more than {PLACES} decimals")
    return amount


def _territory(text: str) -> str:
    found = find(text.strip())
    if found is None:
        raise Misuse(f"{text!r} is no territory", remedy="an ISO 3166-1 code such as DE")
    return found.code
