"""Usage: plays with the rights verdict they stood under, revenue, and the reports sent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Play(Base):
    """One play, from the verdict that allowed it. `counted_at` is set once, when it counts."""

    __tablename__ = "plays"
    __table_args__ = (Index("ix_plays_feed_counted", "feed_id", "counted_at"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(String(40), index=True)
    release_id: Mapped[str] = mapped_column(String(40))
    recording_id: Mapped[str] = mapped_column(String(40), index=True)
    feed_id: Mapped[str] = mapped_column(String(40))
    deal: Mapped[str] = mapped_column(String(80), default="")
    territory: Mapped[str] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    use: Mapped[str] = mapped_column(String(60))
    duration_ms: Mapped[int] = mapped_column(default=0)
    heard_ms: Mapped[int] = mapped_column(default=0)
    seq: Mapped[int] = mapped_column(default=0)
    ended: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    counted_at: Mapped[datetime | None] = mapped_column(Instant)


class SpoolOffset(Base):
    """How far a spool file has been imported, in bytes: exactly once by (file, offset)."""

    __tablename__ = "spool_offsets"

    file: Mapped[str] = mapped_column(String(200), primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)


class Revenue(Base):
    """Net revenue of the service for one period (`YYYY-MM`), commercial model and territory."""

    __tablename__ = "revenue"
    __table_args__ = (UniqueConstraint("period", "model", "territory"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    model: Mapped[str] = mapped_column(String(60))
    territory: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    currency: Mapped[str] = mapped_column(String(3))
    set_at: Mapped[datetime] = mapped_column(Instant)


class Report(Base):
    """A DSR file that was written; never overwritten, a newer one has a new message id."""

    __tablename__ = "reports"

    message_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(40), index=True)
    feed_id: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(30))
    file: Mapped[str] = mapped_column(String(1024))
    provisional: Mapped[bool] = mapped_column(default=False)
    totals: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
