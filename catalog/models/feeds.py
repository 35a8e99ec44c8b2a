"""Feeds: the senders that may deliver, and how each proves who it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Feed(Base):
    """One sender's way in. `password_hash` is argon2id; `public_keys` are OpenSSH lines."""

    __tablename__ = "feeds"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    dpid: Mapped[str] = mapped_column(String(40), index=True)
    protocol: Mapped[str] = mapped_column(String(10))
    username: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    public_keys: Mapped[list[str]] = mapped_column(JSON, default=list)
    acknowledgement_version: Mapped[str] = mapped_column(String(4), default="18")
    policy: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
