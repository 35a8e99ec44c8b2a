"""What arrived: finished files in a feed's inbox, and deliveries (one release message each)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    Sequence,
    String,
    Text,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant

RECEIPTS = Sequence("inbox_receipts", metadata=Base.metadata)
"""Numbers receipts on PostgreSQL, where writers do not wait for each other."""


class InboxFile(Base):
    """A finished file as the door handed it over. `receipt` grows with each arrival of the feed's
    files, so the same path sent again is a new receipt.

    `top` and `folder` are the first two folders of its path, as far as it has them. `protocol` is
    the door it came in by; `sure` whether its end was certain or has been proven since, `doubt`
    what a proof found instead.
    """

    __tablename__ = "inbox_files"
    __table_args__ = (
        UniqueConstraint("feed_id", "path"),
        Index("ix_inbox_files_usage", "feed_id", "size"),
        Index("ix_inbox_files_place", "feed_id", "top", "folder"),
    )

    receipt: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"), index=True)
    path: Mapped[str] = mapped_column(String(1024))
    size: Mapped[int] = mapped_column(BigInteger)
    blake3: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(Instant)
    top: Mapped[str] = mapped_column(String(255), default="", server_default="")
    folder: Mapped[str] = mapped_column(String(255), default="", server_default="")
    protocol: Mapped[str] = mapped_column(String(10), default="", server_default="")
    sure: Mapped[bool] = mapped_column(default=True, server_default=true())
    doubt: Mapped[str] = mapped_column(Text, default="", server_default="")


class Delivery(Base):
    """One release folder of a completed batch, on its way through the pipeline; or, as long as it
    is incomplete, what a top folder waits for: since `received_at`, as a whole (`release_folder`
    empty), in the inbox state `phase`, with the number of its files in `media`.

    `batch` is the top folder; `release_folder` is empty for a release that was sent by itself.
    `files` is `[{"path", "size", "blake3"}]`, paths relative to the release folder; `shared` in an
    entry says that the file lies in the `resources` of the batch, `doubt` why it can't be whole.
    `attention_at` is when it had waited for too long.
    `findings` is a list of `Finding.to_json()`, as severe as `policy` (JSON of the feed's policy
    then) says; `acknowledgement` a path in the feed's view. `answer_ms` is how long the sender
    waited from completion to the first answer, in ms; None as long as the clock runs. `is_test`:
    the message says that it is a test.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_feed_state", "feed_id", "state"),
        Index("ix_deliveries_folder", "feed_id", "batch", "release_folder"),
        Index("ix_deliveries_receipt", "receipt"),
        Index(
            "ix_deliveries_feed_clock", "feed_id", "received_at", "answer_ms", "state", "is_test"
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"), index=True)
    protocol: Mapped[str] = mapped_column(String(10))
    batch: Mapped[str] = mapped_column(String(255))
    release_folder: Mapped[str] = mapped_column(String(255))
    xml_path: Mapped[str | None] = mapped_column(String(1024))
    receipt: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20), index=True)
    phase: Mapped[str] = mapped_column(String(20), default="")
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    schema: Mapped[str] = mapped_column(String(10), default="")
    skipped: Mapped[list[int]] = mapped_column(JSON, default=list)
    policy: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    media: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    digest: Mapped[str | None] = mapped_column(String(64))
    message_id: Mapped[str | None] = mapped_column(String(255))
    release_id: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[str | None] = mapped_column(Text)
    artist: Mapped[str | None] = mapped_column(Text)
    icpn: Mapped[str | None] = mapped_column(String(40))
    artwork: Mapped[str | None] = mapped_column(String(64))
    acknowledgement: Mapped[str | None] = mapped_column(String(1024))
    answer_ms: Mapped[int | None] = mapped_column(BigInteger)
    is_test: Mapped[bool] = mapped_column(default=False, server_default=false())
    waiting_for: Mapped[str] = mapped_column(Text, default="")
    attention_at: Mapped[datetime | None] = mapped_column(Instant)
    fault: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)
    updated_at: Mapped[datetime] = mapped_column(Instant)
