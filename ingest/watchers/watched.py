"""What a feed watches, as its terms say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Feed
from core.errors import Misuse
from ingest.doors.common.ports import FeedLogin
from ingest.feed_terms import FeedTerms
from ingest.watchers.place import SCHEMES, Place

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One feed's place and how to come there.

    `interval_s` 0 means the service's own; `processed` and `errors` are folders (empty: objects
    stay where they are); `queue` is the address of an SQS queue. `revision` is that of the feed, so
    that another one of it differs.
    """

    feed_id: str
    name: str
    place: Place
    endpoint: str = ""
    region: str = ""
    queue: str = ""
    processed: str = ""
    errors: str = ""
    interval_s: float = 0.0
    role_arn: str = ""
    external_id: str = ""
    revision: int = 0

    @property
    def login(self) -> FeedLogin:
        """The feed as the doors know it."""
        return FeedLogin(self.feed_id, self.name)

    @property
    def ours(self) -> tuple[str, ...]:
        """Prefixes that we write."""
        folders = (self.processed, self.errors)
        return tuple(self.place.below(folder) for folder in folders if folder.strip("/"))


def of_feed(feed: Feed) -> Watched | None:
    """What this feed watches; None when nothing, or when it is disabled.

    Raises:
        Misuse: its terms hold what is no address.
    """
    said = FeedTerms.of(feed).watch
    if feed.disabled or said.url.partition(":")[0] not in SCHEMES:
        return None
    return Watched(
        feed_id=feed.id,
        name=feed.name,
        place=Place.of(said.url),
        endpoint=said.endpoint,
        region=said.region,
        queue=said.queue,
        processed=said.processed,
        errors=said.errors,
        interval_s=said.interval_s,
        role_arn=said.role_arn,
        external_id=said.external_id,
        revision=feed.revision,
    )


def watched(session: Session, feed_id: str) -> Watched | None:
    """The same for a feed known by its id; None when there is no such feed."""
    feed = session.get(Feed, feed_id)
    return of_feed(feed) if feed else None


def all_watched(session: Session) -> list[Watched]:
    """Of all feeds that watch something. A feed whose terms can't be read is left out."""
    found = []
    for feed in session.scalars(select(Feed).order_by(Feed.id)):
        try:
            place = of_feed(feed)
        except Misuse:
            continue
        if place is not None:
            found.append(place)
    return found
