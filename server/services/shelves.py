"""What listeners see of the catalogue; implements `server.web.ports.Catalogue`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from catalog.queries import cards, enrichment, pages
from catalog.queries.audience import Sight
from catalog.queries.rights import chain
from core.errors import NotFound
from server.services.questions import question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.clock import Clock
    from core.database import Database
    from server.services.audiences import Audiences
    from server.services.finder import Finder

Shape = dict[str, Any]
SHELF = 12
RECENT = timedelta(days=30)
MAX_QUERY = 200


class Shelves:
    """Reads with sessions of its own; every method may be called from any thread."""

    def __init__(
        self, database: Database, clock: Clock, audiences: Audiences, finder: Finder
    ) -> None:
        self._database = database
        self._clock = clock
        self._audiences = audiences
        self._finder = finder

    def home(self, viewer: Mapping[str, Any] | None) -> Shape:
        """`{"feature": release page or None, "shelves": [{"title", "releases": [card]}]}`."""
        now = self._clock()
        audience = self._audiences.of_viewer(viewer)
        sight = Sight(audience, now)
        with self._database.read() as session:
            new = cards.newest(session, sight, offset=0, limit=SHELF)
            played = cards.most_played(session, sight, since=now - RECENT, limit=SHELF)
            feature = pages.release_page(session, new[0]["id"], audience, now) if new else None
        shelves = [("New releases", new), ("Most played", played)]
        return {
            "feature": feature,
            "shelves": [{"title": t, "releases": found} for t, found in shelves if found],
        }

    def releases(self, viewer: Mapping[str, Any] | None, offset: int, limit: int) -> Shape:
        """`{"total": int, "releases": [card]}`, newest first."""
        sight = Sight(self._audiences.of_viewer(viewer), self._clock())
        with self._database.read() as session:
            found = cards.newest(session, sight, offset=max(offset, 0), limit=limit)
            return {"total": cards.count_releases(session), "releases": found}

    def after(self, viewer: Mapping[str, Any] | None, cursor: str | None, limit: int) -> Shape:
        """`{"releases": [card], "next": cursor or None}`.

        Raises:
            Misuse: not one of our cursors.
        """
        sight = Sight(self._audiences.of_viewer(viewer), self._clock())
        with self._database.read() as session:
            found, following = cards.newest_after(session, sight, cursor=cursor, limit=limit)
        return {"releases": found, "next": following}

    def release(self, viewer: Mapping[str, Any] | None, release_id: str) -> Shape | None:
        """A release page with `about`, what senders tell of it (None when they don't); None when
        there is no such release."""
        audience = self._audiences.of_viewer(viewer)
        with self._database.read() as session:
            found = pages.release_page(session, release_id, audience, self._clock())
            if found is None:
                return None
            told = enrichment.about_release(session, release_id, audience.territory)
            return {**found, "about": told}

    def need_release(self, viewer: Mapping[str, Any] | None, release_id: str) -> Shape:
        """A release page.

        Raises:
            NotFound: there is no such release.
        """
        found = self.release(viewer, release_id)
        if found is None:
            raise NotFound("there is no such release", remedy="search for it by title or ISRC")
        return found

    def chain(self, release_id: str, asked: Mapping[str, str]) -> Shape:
        """Why a release may or may not be heard: message, deals, clauses; for operators.

        Raises:
            NotFound: there is no such release.
            Misuse: the question has a word that is none.
        """
        put = question(
            territory=asked["territory"] or self._audiences.of(None).territory,
            at=asked["at"],
            model=asked["model"],
            use=asked["use"],
            usual=lambda: self._audiences.of(None).wanted,
            now=self._clock,
        )
        with self._database.read() as session:
            found = chain(session, release_id, put.audience, put.at)
        if found is None:
            raise NotFound("there is no such release", remedy="search for it by title or ISRC")
        return found

    def search(self, viewer: Mapping[str, Any] | None, query: str, limit: int) -> Shape:
        """A search answer."""
        return self._finder.search(query[:MAX_QUERY], self._audiences.of_viewer(viewer), limit)
