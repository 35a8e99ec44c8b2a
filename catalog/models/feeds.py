"""Feeds: the senders that may deliver, and how each proves who it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, Instant


class Feed(Base):
    """One sender's way in.

    `dpid` is the sender's main DDEX party id, `other_dpids` those that it may also send for;
    `protocols` are the doors and watchers that it may use (the first is its own), `choreography`
    a key of `ddex.choreography.rows.ROWS`, `acknowledgements` the ERN-C version of its answers
    (`18`, `16`) or `none`, `policy` how severe rules are, `terms` JSON of
    `ingest.feed_terms.FeedTerms`. `revision` grows with every change of the feed, its terms or its
    credentials: who holds a session of it looks there. A deleted feed is a disabled one that nobody
    sees any more: the log goes on naming it.
    """

    __tablename__ = "feeds"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    dpid: Mapped[str] = mapped_column(String(40), index=True)
    other_dpids: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    protocols: Mapped[list[str]] = mapped_column(JSON)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    choreography: Mapped[str] = mapped_column(
        String(20), default="batch-1.8", server_default="batch-1.8"
    )
    acknowledgements: Mapped[str] = mapped_column(String(4), default="18")
    policy: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    disabled: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def dpids(self) -> list[str]:
        """All party ids that its messages may come from, the main one first."""
        return [self.dpid, *(self.other_dpids or ())]

    @dpids.setter
    def dpids(self, given: list[str]) -> None:
        self.dpid, self.other_dpids = given[0], list(given[1:])

    @property
    def acknowledgement_version(self) -> str:
        """The same as `acknowledgements`."""
        return self.acknowledgements

    @property
    def protocol(self) -> str:
        """The first protocol."""
        return self.protocols[0]

    @protocol.setter
    def protocol(self, given: str) -> None:
        self.protocols = [given]


class FeedCredential(Base):
    """One way for a feed to prove who it is, or for us to prove it to the feed's own service.

    `kind` is one of `ingest.feed_credentials.Kind`. `kept` is a hash of what is only compared and
    a text of `core.sealed` of what must be used again; empty when `public` (an OpenSSH line, an
    access key id) says all. Until `expires_at` it counts, for ever when that is None.
    """

    __tablename__ = "feed_credentials"
    __table_args__ = (Index("ix_feed_credentials_feed", "feed_id", "kind"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"))
    kind: Mapped[str] = mapped_column(String(24))
    label: Mapped[str] = mapped_column(String(200), default="")
    kept: Mapped[str] = mapped_column(Text, default="")
    public: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
