"""The message log, which is the truth, and the events that others hear of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class LoggedMessage(Base):
    """One ERN message as it came, byte for byte under `messages/<2 hex>/<digest>` of the store.

    The catalogue is a fold over the accepted ones, sorted by (`order_stamp`, `created_at`,
    `digest`). `claimed_id` is the MessageId of an accepted message and empty of a refused one, so
    that a sender may mend a refused message under its own id. `media` maps resource references to
    the BLAKE3 of their masters.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("feed_id", "claimed_id"),
        Index("ix_messages_release", "owner", "release_id"),
    )

    id: Mapped[str] = mapped_column(String(80), primary_key=True)  # <delivery>:<attempt>
    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), index=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(40))
    sender: Mapped[str] = mapped_column(String(40))
    message_id: Mapped[str] = mapped_column(String(255))
    claimed_id: Mapped[str | None] = mapped_column(String(255))
    batch: Mapped[str] = mapped_column(String(255))
    order_stamp: Mapped[str] = mapped_column(String(17))
    created_at: Mapped[datetime | None] = mapped_column(Instant)
    arrived_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(10))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    media: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    release_id: Mapped[str | None] = mapped_column(String(40))


class Event(Base):
    """The outbox: what became of a release, written in the transaction that made it so.

    `kind` is `made_available`, `changed` or `taken_down`.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    release_id: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)
