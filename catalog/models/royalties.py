"""Money: revenue, subscribers, exchange rates, agreements and what was paid. Rows are only added.

What is entered again is a new row; the newest of its key counts. `approved_by` is None while it
waits for a second operator; `set_by` and `approved_by` are names of operators.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from core.database import Base, Instant

if TYPE_CHECKING:
    from sqlalchemy import Dialect

_ID = BigInteger().with_variant(Integer(), "sqlite")


class Exact(TypeDecorator[Decimal]):
    """A decimal that no database rounds: SQLite knows no others than floating ones, so it is text.

    >>> Exact().process_result_value("12345678901.123456", None)
    Decimal('12345678901.123456')
    """

    impl = String(60)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect | None) -> str | None:  # noqa: ARG002
        """Plain digits, no exponent."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect | None) -> Decimal | None:  # noqa: ARG002
        """As it was."""
        return None if value is None else Decimal(value)


class RevenueFigure(Base):
    """Revenue of the service for a month (`YYYY-MM`), territory and tier, or commercial model.

    `amount` is net, what shares are made of; `gross` is informative. `tier` or `model` may be
    empty. `withdrawn` takes the figure in its currency back.
    """

    __tablename__ = "revenue_figures"
    __table_args__ = (Index("ix_revenue_figures_period", "period", "territory", "tier"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    territory: Mapped[str] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(40), default="")
    model: Mapped[str] = mapped_column(String(60), default="")
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(Exact)
    gross: Mapped[Decimal | None] = mapped_column(Exact)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(String(200))
    approved_by: Mapped[str | None] = mapped_column(String(200))


class SubscriberCount(Base):
    """Subscribers of one type of a tier in a territory and month."""

    __tablename__ = "subscriber_counts"
    __table_args__ = (Index("ix_subscriber_counts_period", "period"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    territory: Mapped[str] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(20))  # entered, accounts
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(String(200))


class FxRate(Base):
    """One unit of `base` was `rate` units of `quote` on `day`, says `source`."""

    __tablename__ = "exchange_rates"
    __table_args__ = (Index("ix_exchange_rates_pair", "base", "quote", "day"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    base: Mapped[str] = mapped_column(String(3))
    quote: Mapped[str] = mapped_column(String(3))
    day: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Exact)
    source: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(String(200))


class AgreementVersion(Base):
    """A version of an agreement: `terms` as `server.royalties.terms.to_json` writes them."""

    __tablename__ = "agreement_versions"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    recipient: Mapped[str] = mapped_column(String(40), index=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    set_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[str] = mapped_column(String(200))
    approved_by: Mapped[str | None] = mapped_column(String(200))


class ClosedMonth(Base):
    """An issue of a closed month. `folder` holds its rows; `digest` is SHA-256 over them."""

    __tablename__ = "closed_months"
    __table_args__ = (UniqueConstraint("period", "issue"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    issue: Mapped[int]
    folder: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    book: Mapped[dict[str, Any]] = mapped_column(JSON)
    totals: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(200))


class Statement(Base):
    """What one recipient is paid by one agreement for one issue of a month.

    Amounts are in the agreement's currency. `lines` say how it came to them; `recouped` and the
    balance after it are of advances.
    """

    __tablename__ = "statements"
    __table_args__ = (UniqueConstraint("period", "issue", "agreement"),)

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    issue: Mapped[int]
    recipient: Mapped[str] = mapped_column(String(40), index=True)
    agreement: Mapped[str] = mapped_column(String(100))
    currency: Mapped[str] = mapped_column(String(3))
    earned: Mapped[Decimal] = mapped_column(Exact)
    recouped: Mapped[Decimal] = mapped_column(Exact)
    balance: Mapped[Decimal] = mapped_column(Exact)
    payable: Mapped[Decimal] = mapped_column(Exact)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
