"""Which feed a cloud speaks for, when it tells of new objects by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.models import Feed
from ingest.doors.common.ports import FeedLogin
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.database import Database
    from server.accounts.google_tokens import GoogleTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLogins:
    """`address` tells where Pub/Sub pushes to for a feed; it is the audience of tokens unless the
    feed's terms say another."""

    database: Database
    tokens: GoogleTokens
    address: Callable[[str], str]

    def __call__(self, feed_id: str, token: str) -> FeedLogin | None:
        """The feed, when the token is of the service account that its terms name.

        Raises:
            Unavailable: nobody can judge tokens now.
        """
        with self.database.read() as session:
            feed = session.get(Feed, feed_id)
        if feed is None or feed.disabled or feed.deleted_at or "gcs" not in feed.protocols:
            return None
        said = FeedTerms.of(feed).watch
        if not said.push_account or not token:
            return None
        audience = said.push_audience or self.address(feed_id)
        if not self.tokens.proves(token, audience=audience, account=said.push_account):
            return None
        return FeedLogin(feed.id, feed.name)
