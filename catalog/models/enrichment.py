"""What senders tell listeners about releases, recordings, works and artists beyond ERN (MEAD), and
reports about messages that change nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Enrichment(Base):
    """What the newest message of one feed says about one key in one territory.

    A subject with several identifiers has a row for each, so that it is found by any of them; what
    nobody delivered yet waits here until the release comes. `key` is one of `ddex.mead.keys`;
    an empty `territory` means everywhere. `about` is `{"title", "facts": [Fact.to_json()],
    "sources": {reference: name}, "language", "priority": [start, end]}`.
    Only `catalog/enrichment.py` writes it, from the message log.
    """

    __tablename__ = "enrichments"
    __table_args__ = (UniqueConstraint("kind", "key", "feed_id", "territory"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    feed_id: Mapped[str] = mapped_column(ForeignKey("feeds.id"))
    kind: Mapped[str] = mapped_column(String(20))  # release, recording, work, party
    key: Mapped[str] = mapped_column(String(255))
    territory: Mapped[str] = mapped_column(String(20), default="")
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    order_key: Mapped[str] = mapped_column(String(130))
    digest: Mapped[str] = mapped_column(String(64))


class DeliveryReport(Base):
    """What was found out about a delivery, for the operator: of a catalogue list, how it compares
    with what is here; of an enrichment, what it speaks of."""

    __tablename__ = "delivery_reports"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
