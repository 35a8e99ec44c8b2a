"""Reads from the catalogue what the index wants: documents, events, all ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from catalog.lifecycle import SHOWN
from catalog.models import Event, Play, Recording, Release, Track
from catalog.queries import enrichment
from core.ids import public_id
from search.documents import documents_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from core.database import Database
    from search.index import Document


class CatalogueSource:
    """What `search.indexer.Indexer` is fed with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, release_ids: Sequence[str]) -> list[Document]:
        """Documents of those of these releases that are available."""
        with self._database.read() as session:
            releases = _releases(session, release_ids)
            plays = _plays(session, release_ids)
            told = enrichment.words(session, release_ids)
            for release_id, release in releases.items():
                release["words"] = told.get((release_id, ""), "")
            for release_id, track in _tracks(session, release_ids):
                if release_id in releases:
                    owner = releases[release_id]["owner"]
                    track["artist_id"] = public_id("party", owner, track["artist"])
                    track["words"] = told.get((release_id, track["recording_id"]), "")
                    track["plays"] = plays.get(track["recording_id"], 0)
                    releases[release_id]["tracks"].append(track)
        return [document for release in releases.values() for document in documents_of(release)]

    def events(self, after: int, limit: int) -> list[tuple[int, str]]:
        """The next events of the outbox: `[(event id, release id)]`."""
        query = select(Event.id, Event.release_id).where(Event.id > after)
        with self._database.read() as session:
            rows = session.execute(query.order_by(Event.id).limit(limit)).all()
        return [(row[0], row[1]) for row in rows]

    def last_event(self) -> int:
        """The id of the newest event, 0 when there is none."""
        with self._database.read() as session:
            return session.scalar(select(func.max(Event.id))) or 0

    def release_ids(self) -> Iterator[str]:
        """All available releases, read page by page."""
        after = ""
        while True:
            query = select(Release.id).where(Release.state.in_(SHOWN), Release.id > after)
            with self._database.read() as session:
                page = list(session.scalars(query.order_by(Release.id).limit(1000)))
            yield from page
            if not page:
                return
            after = page[-1]


def _releases(session: Session, release_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = (
        Release.id,
        Release.owner,
        Release.title,
        Release.artist,
        Release.artist_id,
        Release.icpn,
        Release.label,
        Release.genre,
    )
    query = select(*columns).where(Release.id.in_(release_ids), Release.state.in_(SHOWN))
    return {row.id: {**row._mapping, "tracks": []} for row in session.execute(query)}  # noqa: SLF001 - SQLAlchemy's public name


def _tracks(session: Session, release_ids: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    query = (
        select(Track.release_id, Track.recording_id, Track.title, Track.artist, Recording.isrc)
        .join(Recording, Recording.id == Track.recording_id)
        .where(Track.release_id.in_(release_ids))
        .order_by(Track.release_id, Track.position)
    )
    for release_id, recording_id, title, artist, isrc in session.execute(query):
        yield (
            release_id,
            {"recording_id": recording_id, "title": title, "artist": artist, "isrc": isrc},
        )


def _plays(session: Session, release_ids: Sequence[str]) -> dict[str, int]:
    """Counted plays of the recordings on these releases, wherever they were played from."""
    recordings = select(Track.recording_id).where(Track.release_id.in_(release_ids))
    query = (
        select(Play.recording_id, func.count())
        .where(Play.recording_id.in_(recordings), Play.counted_at.is_not(None))
        .group_by(Play.recording_id)
    )
    return {recording_id: count for recording_id, count in session.execute(query)}  # noqa: C416 - rows are no pairs to mypy
