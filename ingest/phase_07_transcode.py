"""Phase 7: the ladder for every new recording, and the cover in its sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.models import Media
from ddex.ern.rules.contents import played, resources_by_reference
from ingest.encodings import remember
from ingest.ports import AudioFacts, JoinedSource, TrackSource
from ingest.steps import NEXT, editing, reading

if TYPE_CHECKING:
    from catalog.models import Delivery
    from ingest.parts import Parts
    from ingest.ports import Encoded


def transcode(parts: Parts, delivery_id: str) -> str:
    """Encode what this delivery brought; outputs that exist already are taken as they are."""
    delivery = reading(parts, delivery_id)
    entries = list(delivery.media.values())
    album, others = _in_order(parts, delivery)
    encoded = parts.transcode.album(album) if album else []
    encoded += parts.transcode.each([JoinedSource(track=one) for one in others]) if others else []
    covers = {
        entry["blake3"]: parts.transcode.artwork(
            entry["blake3"], parts.workspace(delivery_id) / entry["path"]
        )
        for entry in entries
        if entry["kind"] == "image"
    }
    _remember(parts, delivery_id, encoded, covers)
    return NEXT


def _in_order(parts: Parts, delivery: Delivery) -> tuple[list[TrackSource], list[TrackSource]]:
    """The recordings of the release in its order, and those that are not of it."""
    message = parts.message(delivery)
    main = message.main_release
    order = played(main, resources_by_reference(message)) if main else []
    sources = {
        reference: _source(parts, delivery.id, entry)
        for reference, entry in delivery.media.items()
        if entry["kind"] == "audio"
    }
    album = [sources[one.reference] for one in order if one.reference in sources]
    used = {source.digest for source in album}
    return album, [source for source in sources.values() if source.digest not in used]


def _source(parts: Parts, delivery_id: str, entry: dict[str, Any]) -> TrackSource:
    return TrackSource(
        digest=entry["blake3"],
        path=parts.workspace(delivery_id) / entry["path"],
        facts=AudioFacts(**entry["facts"]),
    )


def _remember(
    parts: Parts,
    delivery_id: str,
    encoded: list[Encoded],
    covers: dict[str, dict[str, Any]],
) -> None:
    with editing(parts, delivery_id, "transcode") as (session, row):
        entries = row.media.values()
        row.artwork = next((e["blake3"] for e in entries if e.get("cover")), None)
        remember(session, parts, encoded)
        for digest, manifest in covers.items():
            session.get_one(Media, digest).manifest = manifest
