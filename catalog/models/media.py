"""Media by the digest of their masters: what the probe found and what was made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Media(Base):
    """An audio or image master. Derived, so written by the pipeline and not by the fold.

    `facts`: fields of AudioFacts or ImageFacts (image: hue and chroma of the artwork).
    `asset` and `manifest`: of the latest encoding, whatever its neighbours were, audio only; of
    artwork the manifest holds its sizes.
    """

    __tablename__ = "media"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # audio, image
    size: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    asset: Mapped[str | None] = mapped_column(String(64), index=True)
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(Instant)


class Encoding(Base):
    """What was made of a master between two neighbours (their digests, empty for none). Those of
    earlier recipes stay in service until the same is there by the present one.

    `spare_since`: since when nothing begins to play it, None while something does. `going`: its
    files are being removed, and nothing may count on them.
    """

    __tablename__ = "encodings"

    asset: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    previous: Mapped[str] = mapped_column(String(64), default="")
    next: Mapped[str] = mapped_column(String(64), default="")
    manifest: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)
    spare_since: Mapped[datetime | None] = mapped_column(Instant, index=True)
    going: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class EncodingFailure(Base):
    """A release whose missing encodings could not be made: when last, how often in a row, why."""

    __tablename__ = "encoding_failures"

    release_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    failed_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=1)
    text: Mapped[str] = mapped_column(Text, default="")


class AlbumSound(Base):
    """Loudness of a release played in one piece: `{integrated, range, true_peak}`. `key` says which
    masters in which order it was summed up from."""

    __tablename__ = "album_sounds"

    release_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    loudness: Mapped[dict[str, Any]] = mapped_column(JSON)
