"""Usage for operators: figures with the names of what was heard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Feed, Play, Recording, UsageDay
from core.errors import Misuse
from server.usage.corrections import Correction, correct
from server.usage.figures import MOST_DAYS, Range, figures, quarantined

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from core.clock import Clock
    from core.database import Database
    from server.usage.store import UsageStore

USUAL = timedelta(days=29)
SHOWN = 100


class UsageDesk:
    """Reads usage for the page, the API and the command."""

    def __init__(self, database: Database, store: UsageStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    def show(
        self, first: date | None, last: date | None, *, feed: str = "", territory: str = ""
    ) -> dict[str, Any]:
        """The figures of `server.usage.figures`, with titles, and `closed`, the newest closed day.

        Raises:
            Misuse: the range is none, or longer than three years.
        """
        asked = self._range(first, last, feed, territory)
        with self._store.connect() as connection:
            found = figures(connection, asked)
        return {**found, **self._named(found["recordings"])}

    def quarantine(
        self,
        first: date | None,
        last: date | None,
        *,
        feed: str = "",
        territory: str = "",
        limit: int = SHOWN,
        offset: int = 0,
    ) -> dict[str, Any]:
        """`{first, last, plays}`: what is in quarantine, with reasons and titles, newest first.

        Raises:
            Misuse: the range is none.
        """
        asked = self._range(first, last, feed, territory)
        with self._store.connect() as connection:
            plays = quarantined(connection, asked, limit=limit, offset=offset)
        named = self._renditions(self._named(plays)["recordings"])
        return {"first": str(asked.first), "last": str(asked.last), "plays": named}

    def decide(self, plays: Sequence[str], verdict: str, reason: str, by: str) -> int:
        """Let an operator's verdict stand for these plays from now on; how many.

        Raises:
            Misuse, NotFound, Conflict: as `server.usage.corrections.correct`, at the first play
                that can't be decided; those before it are.
        """
        for play in plays:
            wanted = Correction(play_id=play, verdict=verdict, note=reason, by=by)
            correct(self._database, self._store, self._clock, wanted)
        return len(plays)

    def _range(self, first: date | None, last: date | None, feed: str, territory: str) -> Range:
        last = last or self._clock().date()
        first = first or last - USUAL
        if first > last or (last - first).days >= MOST_DAYS or first.year < 2000:
            raise Misuse(
                f"{first} to {last} is no range of days",
                remedy=f"the first day first, at most {MOST_DAYS} days",
            )
        return Range(first=first, last=last, feed=feed, territory=territory)

    def feeds(self) -> list[tuple[str, str]]:
        """(id, name) of all feeds, for choosing one."""
        with self._database.read() as session:
            query = select(Feed.id, Feed.name).where(Feed.deleted_at.is_(None)).order_by(Feed.name)
            return [(row.id, row.name) for row in session.execute(query)]

    def _renditions(self, plays: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The plays with the rendition that was heard last, as their player said."""
        query = select(Play.id, Play.rendition).where(
            Play.id.in_([one["play_id"] for one in plays])
        )
        with self._database.read() as session:
            heard = {row.id: row.rendition for row in session.execute(query)}
        return [{**one, "rendition": heard.get(one["play_id"], "")} for one in plays]

    def _named(self, recordings: list[dict[str, Any]]) -> dict[str, Any]:
        ids = [row["recording_id"] for row in recordings]
        with self._database.read() as session:
            query = select(Recording).where(Recording.id.in_(ids))
            known = {row.id: row for row in session.scalars(query)}
            newest = select(UsageDay.day).order_by(UsageDay.day.desc()).limit(1)
            closed = session.scalar(newest)
        names = {each: {"title": row.title, "artist": row.artist} for each, row in known.items()}
        none = {"title": "", "artist": ""}
        return {
            "recordings": [{**row, **names.get(row["recording_id"], none)} for row in recordings],
            "closed": closed,
        }
