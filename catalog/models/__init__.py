"""All tables. Import from here: `from catalog.models import Release`."""

from catalog.models.accounts import Account
from catalog.models.answers import Answer, Telling
from catalog.models.audit import AuditEntry, BanRow
from catalog.models.deliveries import Delivery, InboxFile
from catalog.models.enrichment import DeliveryReport, Enrichment
from catalog.models.feeds import Feed, FeedCredential
from catalog.models.log import Cursor, Decision, Event, LoggedMessage, Reading
from catalog.models.media import Media
from catalog.models.releases import Recording, Release, Source, Track
from catalog.models.usage import (
    ListenerKey,
    Play,
    Report,
    Revenue,
    SpoolOffset,
    UsageCorrection,
    UsageDay,
)
from catalog.models.watches import Watch, WatchedObject

__all__ = [
    "Account",
    "Answer",
    "AuditEntry",
    "BanRow",
    "Cursor",
    "Decision",
    "Delivery",
    "DeliveryReport",
    "Enrichment",
    "Event",
    "Feed",
    "FeedCredential",
    "InboxFile",
    "ListenerKey",
    "LoggedMessage",
    "Media",
    "Play",
    "Reading",
    "Recording",
    "Release",
    "Report",
    "Revenue",
    "Source",
    "SpoolOffset",
    "Telling",
    "Track",
    "UsageCorrection",
    "UsageDay",
    "Watch",
    "WatchedObject",
]
