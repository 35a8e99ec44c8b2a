"""The catalogue: what the newest message of each release says. Only `catalog/fold.py` writes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base, Instant


class Release(Base):
    """A main release. `owner` is the DPID that the ids derive from, `sender` that of the feed whose
    deals stand.
    `artwork_key` sorts the messages that brought a cover, as `master_key` does for audio.

    `state` (`catalog.lifecycle.ReleaseState`) and `next_change` follow from the deals and the
    clock; `published_at` is when the first message of the release arrived. `rights` is
    `rights_terms.ReleaseTerms.to_json()`: all deals and visibilities, each once, and
    `rights_digest` its digest. `locked` says by which decision it is kept down.
    Values that depend on territory are kept as sent: `labels`, `genres`
    `[{text, subtitle, kind, territories, excluded}]`. `groups` are the discs and
    works in their order `[{title, type, tracks}]`."""

    __tablename__ = "releases"
    __table_args__ = (
        Index("ix_releases_icpn", "icpn"),
        Index("ix_releases_next_change", "next_change"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"), index=True)
    owner: Mapped[str] = mapped_column(String(40))
    sender: Mapped[str] = mapped_column(String(40), default="", server_default="")
    identity: Mapped[str] = mapped_column(String(255))
    icpn: Mapped[str | None] = mapped_column(String(14))
    grid: Mapped[str | None] = mapped_column(String(18))
    proprietary_ids: Mapped[list[str]] = mapped_column(JSON, default=list)  # namespace::value
    type: Mapped[str] = mapped_column(String(60), default="")
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text, default="")
    artist_id: Mapped[str | None] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(Text, default="")
    genre: Mapped[str] = mapped_column(Text, default="")
    p_line: Mapped[str] = mapped_column(Text, default="")
    c_line: Mapped[str] = mapped_column(Text, default="")
    release_date: Mapped[str] = mapped_column(String(40), default="")
    original_release_date: Mapped[str] = mapped_column(String(40), default="")
    advisory: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(40), default="")
    duration_ms: Mapped[int] = mapped_column(default=0)
    artwork: Mapped[str | None] = mapped_column(String(64))
    credits: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(20), index=True)
    message_digest: Mapped[str] = mapped_column(String(64))
    order_key: Mapped[str] = mapped_column(String(130))
    artwork_key: Mapped[str] = mapped_column(String(130), default="", server_default="")
    published_at: Mapped[datetime] = mapped_column(Instant, index=True)
    next_change: Mapped[datetime | None] = mapped_column(Instant)
    locked: Mapped[str] = mapped_column(String(20), default="", server_default="")
    labels: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    genres: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    rights: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    rights_digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    groups: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")

    tracks: Mapped[list[Track]] = relationship(
        lazy="raise", order_by="Track.position", back_populates="release"
    )


class Recording(Base):
    """A sound recording as one owner delivers it. `master` is the BLAKE3 of its audio;
    `order_key` and `master_key` sort the messages that said so, so that the newest wins.
    `clip` is the part that is its preview, `[start, end]` in milliseconds, end 0 where it isn't
    said; None where nothing is."""

    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    isrc: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text, default="")
    advisory: Mapped[str] = mapped_column(String(40), default="")
    p_line: Mapped[str] = mapped_column(Text, default="")
    duration_ms: Mapped[int] = mapped_column(default=0)
    master: Mapped[str | None] = mapped_column(String(64), index=True)
    credits: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    works: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")  # ISWCs
    version: Mapped[str] = mapped_column(Text, default="", server_default="")
    clip: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    order_key: Mapped[str] = mapped_column(String(130), default="")
    master_key: Mapped[str] = mapped_column(String(130), default="")


class Source(Base):
    """What the messages of one release say of a recording.

    The newest of all releases describes it, the newest that brought audio has its master; a release
    that is purged takes its own away."""

    __tablename__ = "sources"

    release_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    recording_id: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    owner: Mapped[str] = mapped_column(String(40))
    isrc: Mapped[str] = mapped_column(String(40))
    order_key: Mapped[str] = mapped_column(String(130))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    master: Mapped[str | None] = mapped_column(String(64))
    master_key: Mapped[str] = mapped_column(String(130), default="")


class Track(Base):
    """A recording at its place on a release. `flags`: `bonus`, `hidden`,
    `instant_gratification`; `work`: title of the group that it is a movement of."""

    __tablename__ = "tracks"

    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # 1..n over the whole release
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    disc: Mapped[int] = mapped_column(default=1)
    number: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(Text)
    artist: Mapped[str] = mapped_column(Text, default="")
    flags: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    work: Mapped[str] = mapped_column(Text, default="", server_default="")

    release: Mapped[Release] = relationship(lazy="raise", back_populates="tracks")
    recording: Mapped[Recording] = relationship(lazy="raise")
