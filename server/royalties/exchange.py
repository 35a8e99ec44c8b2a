"""Exchange rates as operators enter and import them, and as a month's book reads them."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import FxRate
from core.errors import Misuse
from server.royalties import fields
from server.royalties.documents import MOST_FINDINGS, read_csv
from server.royalties.rates import OLDEST, RATE_PLACES, ExchangeRate, Rates
from server.royalties.terms import Finding, plain

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sqlalchemy.orm import Session

    from server.royalties.figures import Author

_COLUMNS = ("date", "base", "quote", "rate", "source")


def read_rate(cells: dict[str, str]) -> ExchangeRate:
    """A rate of texts under the names of the columns.

    Raises:
        Misuse: a value is none of its kind.
    """
    base, quote = fields.currency(cells["base"]), fields.currency(cells["quote"])
    rate = fields.decimal(cells["rate"], "exchange rate", places=RATE_PLACES)
    if base == quote:
        raise Misuse(f"{base} against itself is always 1", remedy="name two currencies")
    if rate == 0:
        raise Misuse("an exchange rate is more than 0", remedy="units of quote for one of base")
    source = cells["source"].strip()
    if not source or len(source) > 200 or not source.isprintable():
        raise Misuse("a rate needs its source", remedy="who published it, such as ECB")
    day = fields.day(cells["date"])
    return ExchangeRate(base=base, quote=quote, rate=rate, day=day, source=source)


def add_rate(session: Session, author: Author, rate: ExchangeRate) -> dict[str, Any]:
    """Enter a rate; it replaces none, the newest of a pair and day counts."""
    session.add(FxRate(**asdict(rate), set_at=author.clock(), set_by=author.name))
    session.flush()
    return rate_json(rate)


def import_rates(
    session: Session, author: Author, path: Path
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Enter all rates of a CSV file (date, base, quote, rate, source), or none."""
    read: list[ExchangeRate] = []
    findings: list[Finding] = []
    for line in read_csv(path, _COLUMNS, _COLUMNS):
        try:
            read.append(read_rate(line.cells))
        except Misuse as no:
            findings.append(
                Finding(
                    place=f"line {line.number}",
                    value=fields.shown(",".join(line.cells.values())),
                    message=no.message,
                    remedy=no.remedy,
                )
            )
            if len(findings) >= MOST_FINDINGS:
                break
    if findings:
        return [], findings
    return [add_rate(session, author, rate) for rate in read], []


def rates_until(session: Session, day: date) -> Rates:
    """All rates that `Rates.find` may give for `day`."""
    query = select(FxRate).where(FxRate.day <= day, FxRate.day >= day - OLDEST).order_by(FxRate.id)
    return Rates(
        ExchangeRate(base=r.base, quote=r.quote, rate=r.rate, day=r.day, source=r.source)
        for r in session.scalars(query)
    )


def list_rates(session: Session) -> list[dict[str, Any]]:
    """All rates, the newest day first."""
    query = select(FxRate).order_by(FxRate.day.desc(), FxRate.base, FxRate.quote, FxRate.id)
    return [
        rate_json(ExchangeRate(base=r.base, quote=r.quote, rate=r.rate, day=r.day, source=r.source))
        for r in session.scalars(query)
    ]


def rate_json(rate: ExchangeRate) -> dict[str, Any]:
    """A rate as JSON values."""
    return {
        "date": rate.day.isoformat(),
        "base": rate.base,
        "quote": rate.quote,
        "rate": plain(Decimal(rate.rate)),
        "source": rate.source,
    }
