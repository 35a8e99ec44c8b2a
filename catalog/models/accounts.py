"""Accounts of listeners and operators."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Account(Base):
    """Somebody who signs in. `epoch` grows when all sessions of the account must end."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))  # listener, operator
    territory: Mapped[str] = mapped_column(String(10))
    tier: Mapped[str] = mapped_column(String(40))
    epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
