"""Who did what at the doors, and who is kept out of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class AuditEntry(Base):
    """One entry of `ingest.doors.common.audit.Entry`; never changed, removed by age alone.

    `id` sorts by time: an entry that is brought in twice, after a crash, is one row. `feed_id`
    refers to no feed, so that entries outlive theirs.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_feed_id", "feed_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    what: Mapped[str] = mapped_column(String(20))
    door: Mapped[str] = mapped_column(String(20))
    peer: Mapped[str] = mapped_column(String(100))
    username: Mapped[str] = mapped_column(Text)
    feed_id: Mapped[str] = mapped_column(String(40))
    session: Mapped[str] = mapped_column(String(40))
    path: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text)


class BanRow(Base):
    """One ban of `ingest.doors.common.bans.Ban`; the newest of its subject."""

    __tablename__ = "bans"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject: Mapped[str] = mapped_column(String(100), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant, index=True)
    failures: Mapped[int]
    strikes: Mapped[int]
    door: Mapped[str] = mapped_column(String(20))
