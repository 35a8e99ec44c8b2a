"""Usage reports: who gets them, the closing of periods, and the files made and sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class ReportRecipient(Base):
    """What was agreed with a recipient (`server.reporting.recipients.Recipient` as JSON)."""

    __tablename__ = "report_recipients"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    secret: Mapped[str] = mapped_column(Text, default="", server_default="")  # sealed
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(200))


class Closing(Base):
    """The closing of a period, the `issue`-th: 1, and more for each re-issue. Steps are in `state`
    (`server.reporting.closing.Step`); `version` grows with each change, so that of two operators
    one is told. `preview` is what was approved, `fingerprint` the digest of its figures."""

    __tablename__ = "closings"
    __table_args__ = (UniqueConstraint("period", "issue"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    period: Mapped[str] = mapped_column(String(30))
    issue: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    recipients: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text, default="")
    preview: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(64))
    planned_at: Mapped[datetime] = mapped_column(Instant)
    planned_by: Mapped[str] = mapped_column(String(200))
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime] = mapped_column(Instant)


class ReportFile(Base):
    """A part of a report as a file; never overwritten, a newer issue has a new message id.

    `state` (`server.reporting.closing.Sent`): built, checked, sending, delivered, acknowledged.
    `replaces` is the message id of the issue before, `difference` what is other in this one.
    """

    __tablename__ = "report_files"
    __table_args__ = (UniqueConstraint("message_id", "part"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    closing_id: Mapped[str] = mapped_column(String(40), index=True)
    recipient: Mapped[str] = mapped_column(String(60), index=True)
    period: Mapped[str] = mapped_column(String(30))
    message_id: Mapped[str] = mapped_column(String(100))
    part: Mapped[int] = mapped_column(default=1)
    parts: Mapped[int] = mapped_column(default=1)
    file: Mapped[str] = mapped_column(String(255), unique=True)
    semaphore: Mapped[str] = mapped_column(String(255), default="")
    service: Mapped[str] = mapped_column(String(80))
    territory: Mapped[str] = mapped_column(String(10))
    rows: Mapped[int] = mapped_column(BigInteger)
    usages: Mapped[int] = mapped_column(BigInteger)
    amounts: Mapped[dict[str, str]] = mapped_column(JSON)
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    replaces: Mapped[str] = mapped_column(String(100), default="")
    difference: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    target: Mapped[str] = mapped_column(Text, default="")
    fault: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
