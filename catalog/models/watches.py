"""Object stores that feeds deliver by: how far each was looked at, and every object seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Watch(Base):
    """How the watching of one feed's place goes.

    `place` is its address then: at another one, watching begins anew. `cursor` is the last key of
    a listing that is not at its end. `fault` is what the last round failed by, empty when it did
    not; `failures` counts rounds that failed one after another.
    """

    __tablename__ = "watches"

    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    place: Mapped[str] = mapped_column(Text)
    cursor: Mapped[str] = mapped_column(Text, default="")
    round_at: Mapped[datetime | None] = mapped_column(Instant)
    good_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    fault: Mapped[str] = mapped_column(Text, default="")
    seen: Mapped[int] = mapped_column(BigInteger, default=0)
    fetched: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)


class WatchedObject(Base):
    """One object of a watched place as it was last seen.

    `id` is a digest of feed and key, because a key may hold what no database takes; `key` is
    printable, escaped where it was not. `path` is its place in the feed's inbox, empty when it has
    none. `mark` tells one version of an object from the next; `rank` is the order of taking: files,
    messages, completions. `note` says why it was refused, or what the last try failed by.

    An entry of an Atom feed is a row too: `path` is the stamp that it was given, `top` the folder
    that it became, `delete_url` where it can be taken off the sender's list.
    """

    __tablename__ = "watched_objects"
    __table_args__ = (
        Index("ix_watched_objects_turn", "feed_id", "state", "rank"),
        Index("ix_watched_objects_path", "feed_id", "path"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"))
    key: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(String(1024), default="")
    mark: Mapped[str] = mapped_column(String(160), default="")
    etag: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[str] = mapped_column(Text, default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    modified: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    rank: Mapped[int] = mapped_column(Integer, default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    top: Mapped[str] = mapped_column(String(255), default="", server_default="")
    delete_url: Mapped[str] = mapped_column(Text, default="", server_default="")
    seen_at: Mapped[datetime] = mapped_column(Instant)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
