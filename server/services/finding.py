"""Joins the search index to the catalogue: the index finds, the catalogue and its rights judge."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from catalog.queries import finding
from catalog.queries.audience import Audience, verdict_on
from core.ids import public_id
from search.documents import documents_of
from search.index import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.models import Media, Release
    from core.clock import Clock
    from core.database import Database
    from search.index import Document, Hit, SearchIndex
    from search.indexer import Load

Shape = dict[str, Any]


class Finder:
    """Answers searches for an audience."""

    def __init__(self, index: SearchIndex, database: Database, clock: Clock) -> None:
        self._index = index
        self._database = database
        self._clock = clock

    def __call__(self, query: str, audience: Audience, limit: int) -> Shape:
        """`{"query", "took_ms", "hits": [{kind, id, title, artist, release_id, artwork, hue,
        chroma, playable, reason}]}`, best first."""
        began = time.perf_counter()
        hits = self._index.search(query, limit=limit).hits
        with self._database.read() as session:
            releases = finding.found(session, list({hit.release_id for hit in hits}))
        shown = [
            self._show(hit, releases[hit.release_id], audience)
            for hit in hits
            if hit.release_id in releases
        ]
        took = round((time.perf_counter() - began) * 1000, 1)
        return {"query": query, "took_ms": took, "hits": [shape for shape in shown if shape]}

    def _show(
        self, hit: Hit, found: tuple[Release, Media | None], audience: Audience
    ) -> Shape | None:
        release, cover = found
        named = _named(hit, release)
        if named is None:
            return None
        title, artist, deals = named
        verdict = verdict_on(release.deals, deals, audience, self._clock())
        facts = cover.facts if cover else {}
        return {
            "kind": hit.kind.value,
            "id": hit.key,
            "title": title,
            "artist": artist,
            "release_id": release.id,
            "artwork": f"/art/{release.artwork}" if release.artwork else None,
            "hue": facts.get("hue", 0.0),
            "chroma": facts.get("chroma", 0.0),
            "playable": verdict.allowed,
            "reason": "" if verdict.allowed else verdict.reason.message,
        }


def _named(hit: Hit, release: Release) -> tuple[str, str, list[Shape]] | None:
    """Title, artist and own deals of what was found; None when the release has it no more."""
    if hit.kind is Kind.RELEASE:
        return release.title, release.artist, []
    if hit.kind is Kind.PARTY:
        names = (release.artist, *(track.artist for track in release.tracks))
        name = next((n for n in names if public_id("party", release.owner, n) == hit.key), None)
        return (name, "", []) if name else None
    track = next((t for t in release.tracks if t.recording_id == hit.key), None)
    return (track.title, track.artist, track.deals) if track else None


def loader(database: Database) -> Load:
    """Gives the indexer the documents of releases, as the catalogue has them now."""

    def load(release_ids: Sequence[str]) -> list[Document]:
        with database.read() as session:
            shapes = list(finding.described(session, release_ids))
        return [document for shape in shapes for document in documents_of(shape)]

    return load
