"""The message log, which is the truth, and the events that others hear of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class LoggedMessage(Base):
    """One message as it came, byte for byte under `messages/<2 hex>/<digest>` of the store.

    The catalogue is a fold over the accepted ones, sorted by `order_key`: order stamp, then
    MessageCreatedDateTime, digest and feed. `outcome` is `accept`, `hold`, `reject` or `test`.
    `claimed_id` is the MessageId of an accepted message and empty of a refused one, so that a
    sender may mend a refused message under its own id. `media` maps resource references to the
    BLAKE3 of their masters. `release_id` is the release that it speaks of, by its own sender.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("feed_id", "claimed_id"),
        Index("ix_messages_release", "release_id", "order_key"),
    )

    id: Mapped[str] = mapped_column(String(80), primary_key=True)  # <delivery>:<attempt>
    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), index=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(40))
    sender: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(
        String(40), default="NewReleaseMessage", server_default="NewReleaseMessage"
    )
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
    order_key: Mapped[str] = mapped_column(String(130), default="", server_default="")


class Reading(Base):
    """What the fold takes from a message, kept beside its bytes so that they are parsed once.

    Derived: `version` says by which reader; one of another version is made again.
    """

    __tablename__ = "readings"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class Decision(Base):
    """What an operator decided, with the stamp of its own that places it among the messages.

    `kind` is one of `catalog.lifecycle.DecisionKind`. About a delivery: `delivery_id`, and in
    `details` the codes of the findings that were decided on. About a release: `release_id`; a
    transfer names the feed that speaks for it from now on (`feed_id`), and the id that the release
    has by that feed's own messages (`alias_id`).
    """

    __tablename__ = "decisions"
    __table_args__ = (Index("ix_decisions_release", "release_id", "order_key"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    release_id: Mapped[str | None] = mapped_column(String(40))
    feed_id: Mapped[str | None] = mapped_column(ForeignKey("feeds.id"))
    alias_id: Mapped[str | None] = mapped_column(String(40), index=True)
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime] = mapped_column(Instant)
    order_key: Mapped[str] = mapped_column(String(130))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Event(Base):
    """The outbox: what became of a release, written in the transaction that made it so, by
    `catalog.events`. `kind` is one of `catalog.lifecycle.EventKind`."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    release_id: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)


class Cursor(Base):
    """How far a reader of the outbox has come: the last event that it took."""

    __tablename__ = "cursors"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
