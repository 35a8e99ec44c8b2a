"""Feeds and their credentials as JSON: what commands, API and pages show, and never a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest import feed_credentials, feeds
from ingest.feed_credentials import PUBLIC, Kind

if TYPE_CHECKING:
    from datetime import datetime

    from catalog.models import Feed, FeedCredential
    from catalog.queries.feed_statistics import Figures
    from ingest.feed_terms import FeedTerms
    from ingest.feed_usage import QuotaLeft, Usage

Shape = dict[str, Any]


def brief(feed: Feed, figures: Figures) -> Shape:
    """A feed as in the list."""
    return {
        "id": feed.id,
        "name": feed.name,
        "dpid": feed.dpid,
        "dpids": feed.dpids,
        "protocol": feed.protocol,
        "protocols": feed.protocols,
        "username": feed.username,
        "choreography": feed.choreography,
        "acknowledgement": feed.acknowledgements,
        "policy": feed.policy or {},
        "policy_name": feeds.policy_of(feed).name,
        "process": (feed.terms or {}).get("process", "auto"),
        "disabled": feed.disabled,
        "created_at": feed.created_at.isoformat(),
        "statistics": figures.to_json(),
    }


def terms(agreed: FeedTerms) -> Shape:
    """All terms, defaults too; the schedule also as one text."""
    told = agreed.model_dump(mode="json")
    return {**told, "schedule_text": str(agreed.schedule) if agreed.schedule else ""}


def credential(row: FeedCredential, now: datetime) -> Shape:
    """One credential: what it is, how old, until when, and when it was last used."""
    kind = Kind(row.kind)
    return {
        "id": row.id,
        "kind": kind.value,
        "label": row.label,
        "public": row.public,
        "fingerprint": feed_credentials.fingerprint(row.public) if kind in PUBLIC else None,
        "created_at": row.created_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
        "valid": row.expires_at is None or row.expires_at > now,
    }


def used(usage: Usage, left: QuotaLeft) -> Shape:
    """What lies in the inbox, and what may still come (None: no limit)."""
    return {
        "bytes": usage.bytes,
        "files": usage.files,
        "bytes_left": left.bytes,
        "files_left": left.files,
    }
