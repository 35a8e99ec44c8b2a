"""Usage: plays with the rights verdict they stood under, and the reports sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Play(Base):
    """One play, from the verdict that allowed it, until some time after it is in the ledger.

    `heard_ms` never exceeds the time that passed; `excess_ms` was claimed beyond it. `address` is a
    digest; `sent_at` is when we were told of a play that was heard without us, else None.
    `counted_at` is set once, when it was heard long enough. `day`, `verdict` and `reason` say how
    the ledger has it: day None until then.
    """

    __tablename__ = "plays"
    __table_args__ = (
        Index("ix_plays_feed_counted", "feed_id", "counted_at"),
        Index("ix_plays_day_used", "day", "used_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(String(40), index=True)
    release_id: Mapped[str] = mapped_column(String(40))
    recording_id: Mapped[str] = mapped_column(String(40), index=True)
    isrc: Mapped[str] = mapped_column(String(40), default="", server_default="")
    feed_id: Mapped[str] = mapped_column(String(40))
    deal: Mapped[str] = mapped_column(String(80), default="")
    territory: Mapped[str] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    use: Mapped[str] = mapped_column(String(60))
    rendition: Mapped[str] = mapped_column(String(40), default="", server_default="")
    address: Mapped[str] = mapped_column(String(40), default="", server_default="")
    client: Mapped[str] = mapped_column(String(20), default="", server_default="")
    preview: Mapped[bool] = mapped_column(default=False, server_default="0")
    operator: Mapped[bool] = mapped_column(default=False, server_default="0")
    duration_ms: Mapped[int] = mapped_column(default=0)
    heard_ms: Mapped[int] = mapped_column(default=0)
    excess_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    seq: Mapped[int] = mapped_column(default=0)
    ended: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    counted_at: Mapped[datetime | None] = mapped_column(Instant)
    day: Mapped[str | None] = mapped_column(String(10))
    verdict: Mapped[str] = mapped_column(String(20), default="", server_default="")
    reason: Mapped[str] = mapped_column(String(40), default="", server_default="")


class UsageDay(Base):
    """A closed day of the ledger: the tree's head after it, signed. Never changed.

    `size` is the number of leaves of the whole tree, `first` the leaf of the day's opening entry,
    which holds the former root; rows are the leaves after it. `file` is the SHA-256 of the Parquet
    file.
    """

    __tablename__ = "usage_days"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[str] = mapped_column(String(64))
    head: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    file: Mapped[str] = mapped_column(String(64), default="")
    closed_at: Mapped[datetime] = mapped_column(Instant)


class UsageCorrection(Base):
    """An entry that takes a row of the ledger back, and the one that stands for it from then on.

    `row` is the row as it is to stand, empty when nothing shall. Both go into the ledger with the
    next day that is closed, `day` then.
    """

    __tablename__ = "usage_corrections"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    play_id: Mapped[str] = mapped_column(String(40), index=True)
    former: Mapped[dict[str, Any]] = mapped_column(JSON)
    row: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(Instant)
    day: Mapped[str | None] = mapped_column(String(10))


class ListenerKey(Base):
    """The random key, sealed, that makes an account's pseudonyms. Erasure removes the row."""

    __tablename__ = "listener_keys"

    account_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    sealed: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Instant)


class SpoolOffset(Base):
    """How far a spool file has been imported, in bytes: exactly once by (file, offset)."""

    __tablename__ = "spool_offsets"

    file: Mapped[str] = mapped_column(String(200), primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)
