"""Search as a viewer sees it: hits of the index, filled from the catalogue, judged by rights."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.queries.audience import Sight
from catalog.queries.cards import by_ids
from catalog.queries.found import Shelf, shelf_of
from catalog.queries.pages import refusal
from search.index import Kind

if TYPE_CHECKING:
    from catalog.queries.audience import Audience
    from catalog.queries.pages import TrackRow
    from core.clock import Clock
    from core.database import Database
    from search.index import Hit, SearchIndex

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Said:
    """What is known of one release that was hit."""

    card: Shape
    shelf: Shelf


class Finder:
    """Asks the index, then two queries whatever the number of hits."""

    def __init__(self, database: Database, index: SearchIndex, clock: Clock) -> None:
        self._database = database
        self._index = index
        self._clock = clock

    def search(self, query: str, audience: Audience, limit: int) -> Shape:
        """`{query, took_ms, hits: [{kind, id, title, artist, release_id, artwork, hue, chroma,
        playable, reason}]}`, best first."""
        began = time.perf_counter()
        hits = self._index.search(query, limit=limit).hits
        ids = sorted({hit.release_id for hit in hits})
        with self._database.read() as session:
            now = self._clock()
            cards = by_ids(session, Sight(audience, now), ids)
            shelves = shelf_of(session, ids, audience, now)
        said = {i: _Said(cards[i], shelves[i]) for i in ids if i in cards and i in shelves}
        shapes = [_shape(hit, said[hit.release_id]) for hit in hits if hit.release_id in said]
        return {
            "query": query,
            "took_ms": round((time.perf_counter() - began) * 1000, 2),
            "hits": [shape for shape in shapes if shape is not None],
        }


def _shape(hit: Hit, said: _Said) -> Shape | None:
    """One hit; None when the catalogue has moved on since the index was fed."""
    common = {
        "kind": hit.kind.value,
        "id": hit.key,
        "release_id": hit.release_id,
        **{key: said.card[key] for key in ("artwork", "hue", "chroma")},
    }
    match hit.kind:
        case Kind.RELEASE:
            names = {"title": said.card["title"], "artist": said.card["artist"]}
            return {**common, **names, **_short(said.shelf.whole())}
        case Kind.RECORDING:
            row = said.shelf.track(hit.key)
            return (
                None
                if row is None or not said.shelf.names(row)
                else {**common, **_named(row), **_judged(said.shelf, row)}
            )
        case Kind.PARTY:
            name = said.shelf.party(hit.key)
            names = {"title": name or "", "artist": ""}
            return {**common, **names, **_short(said.shelf.whole())} if name else None


def _named(row: TrackRow) -> Shape:
    return {
        "title": row.track.title or row.recording.title,
        "artist": row.track.artist or row.recording.artist,
    }


def _judged(shelf: Shelf, row: TrackRow) -> Shape:
    return _short(refusal(shelf.verdict(row), row.media))


def _short(said: Shape) -> Shape:
    return {"playable": said["playable"], "reason": said["reason"]}
