"""Media by the digest of their masters: what the probe found and what was made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Media(Base):
    """An audio or image master. Derived, so written by the pipeline and not by the fold.

    `facts`: fields of AudioFacts or ImageFacts (image: hue and chroma of the artwork).
    `asset` and `manifest`: of the current encoding, audio only; artwork: manifest holds its sizes.
    """

    __tablename__ = "media"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # audio, image
    size: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    asset: Mapped[str | None] = mapped_column(String(64), index=True)
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(Instant)
