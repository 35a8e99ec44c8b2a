"""All tables. Import from here: `from catalog.models import Release`."""

from catalog.models.accounts import Account
from catalog.models.deliveries import Delivery, InboxFile
from catalog.models.feeds import Feed
from catalog.models.log import Event, LoggedMessage
from catalog.models.media import Media
from catalog.models.releases import Recording, Release, Track
from catalog.models.usage import Play, Report, Revenue, SpoolOffset

__all__ = [
    "Account",
    "Delivery",
    "Event",
    "Feed",
    "InboxFile",
    "LoggedMessage",
    "Media",
    "Play",
    "Recording",
    "Release",
    "Report",
    "Revenue",
    "SpoolOffset",
    "Track",
]
