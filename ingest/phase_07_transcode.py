"""Phase 7: the ladder for every new recording, and the cover in its sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.models import Media
from ingest.ports import AudioFacts, TrackSource
from ingest.steps import NEXT, editing, reading

if TYPE_CHECKING:
    from ingest.parts import Parts
    from ingest.ports import Encoded


def transcode(parts: Parts, delivery_id: str) -> str:
    """Encode what this delivery brought; outputs that exist already are taken as they are."""
    delivery = reading(parts, delivery_id)
    entries = list(delivery.media.values())
    sources = [_source(parts, delivery_id, entry) for entry in entries if entry["kind"] == "audio"]
    encoded = parts.transcode.album(sources) if sources else []
    covers = {
        entry["blake3"]: parts.transcode.artwork(
            entry["blake3"], parts.workspace(delivery_id) / entry["path"]
        )
        for entry in entries
        if entry["kind"] == "image"
    }
    _remember(parts, delivery_id, encoded, covers)
    return NEXT


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
        for one in encoded:
            media = session.get_one(Media, one.digest)
            media.asset, media.manifest = one.asset, one.manifest
        for digest, manifest in covers.items():
            session.get_one(Media, digest).manifest = manifest
