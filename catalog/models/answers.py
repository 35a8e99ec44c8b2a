"""What is told: answers about deliveries, and posts and mails on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Answer(Base):
    """One thing that a sender is told about a delivery: first how each attempt ended (the
    acknowledgement, `event_id` 0), then each change of its release's availability (follow-ups, each
    the answer to the event `event_id`).

    `outcome` is `accepted`, `held`, `refused` or `failed`, `status` the ReleaseStatus
    (SupplyChainStatus) that is told. `path` is the file in the feed's view, None where the feed
    gets none; `written_at` when it was written last. `heard` is the newest event that is told with
    it; `open` holds for the newest answer of a delivery that still speaks for its release.
    """

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("delivery_id", "attempt", "outcome", "event_id"),
        UniqueConstraint("feed_id", "path"),
        Index("ix_answers_release", "release_id", "open"),
        Index("ix_answers_written", "feed_id", "written_at"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"))
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"))
    release_id: Mapped[str | None] = mapped_column(String(40))
    attempt: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[int] = mapped_column(BigInteger, default=0)
    heard: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(60))
    why: Mapped[str] = mapped_column(Text, default="")
    path: Mapped[str | None] = mapped_column(String(1024))
    version: Mapped[str] = mapped_column(String(4), default="18")
    at: Mapped[datetime] = mapped_column(Instant)
    written_at: Mapped[datetime | None] = mapped_column(Instant)
    open: Mapped[bool] = mapped_column(default=False)


class Telling(Base):
    """One message to one receiver, kept until it arrived: a webhook post or a mail.

    `id` is what the receiver knows repeats by (`webhook-id`, Message-ID). `feed_id` is None for the
    operators' own webhook. `outcome` is `due`, `sent` or `given_up`; `said` the last answer or
    fault. `body` is `{type, timestamp, data}` as it is posted; mails are made of the same.
    """

    __tablename__ = "tellings"
    __table_args__ = (Index("ix_tellings_due", "outcome", "due_at"),)

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    feed_id: Mapped[str | None] = mapped_column(ForeignKey("feeds.id"))
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    type: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(String(10), default="due")
    due_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    said: Mapped[str] = mapped_column(Text, default="")
