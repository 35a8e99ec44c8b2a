"""All tables. Import from here: `from catalog.models import Release`."""

from catalog.models.accounts import Account
from catalog.models.answers import Answer, Telling
from catalog.models.audit import AuditEntry, BanRow
from catalog.models.deliveries import Delivery, InboxFile
from catalog.models.enrichment import DeliveryReport, Enrichment
from catalog.models.feeds import Feed, FeedCredential
from catalog.models.log import Cursor, Decision, Event, LoggedMessage, Reading
from catalog.models.media import AlbumSound, Encoding, EncodingFailure, Media
from catalog.models.releases import Recording, Release, Source, Track
from catalog.models.reports import Closing, ReportFile, ReportRecipient
from catalog.models.royalties import (
    AgreementVersion,
    ClosedMonth,
    FxRate,
    RevenueFigure,
    Statement,
    SubscriberCount,
)
from catalog.models.usage import (
    ListenerKey,
    Play,
    SpoolOffset,
    UsageCorrection,
    UsageDay,
)
from catalog.models.watches import Watch, WatchedObject

__all__ = [
    "Account",
    "AgreementVersion",
    "AlbumSound",
    "Answer",
    "AuditEntry",
    "BanRow",
    "ClosedMonth",
    "Closing",
    "Cursor",
    "Decision",
    "Delivery",
    "DeliveryReport",
    "Encoding",
    "EncodingFailure",
    "Enrichment",
    "Event",
    "Feed",
    "FeedCredential",
    "FxRate",
    "InboxFile",
    "ListenerKey",
    "LoggedMessage",
    "Media",
    "Play",
    "Reading",
    "Recording",
    "Release",
    "ReportFile",
    "ReportRecipient",
    "RevenueFigure",
    "Source",
    "SpoolOffset",
    "Statement",
    "SubscriberCount",
    "Telling",
    "Track",
    "UsageCorrection",
    "UsageDay",
    "Watch",
    "WatchedObject",
]
