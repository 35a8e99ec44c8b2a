"""Phase 4: the files that the message names against the files that came."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

from catalog import fold, owners
from catalog.models import Recording, Release
from ddex.ern.examine import placed
from ddex.ern.rules import Context, HashKey, apply, check_late, find_files, needed_hashes
from ddex.ern.rules.deals import is_active
from ingest import faults, feeds
from ingest.steps import NEXT, add_findings, editing, located, media_sizes, reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

    from catalog.models import Delivery
    from core.database import Database
    from ddex.ern.model import File, Message, Resource
    from ddex.findings import Finding
    from ingest.parts import Parts

_KINDS = {"SoundRecording": "audio", "Image": "image"}


def match(parts: Parts, delivery_id: str) -> str:
    """Find each named file, compare its hashes, and note which master is of which resource."""
    delivery = reading(parts, delivery_id)
    message = parts.message(delivery)
    files = media_sizes(delivery)
    workspace = parts.workspace(delivery_id)
    hashes = _hashes(workspace, delivery, needed_hashes(message, files))
    found = find_files(message, files)
    media = dict(_media(message, delivery, found))
    policy = feeds.policy_of_feed(parts.database, delivery.feed_id)
    context = Context(
        files=files, hashes=hashes, policy=policy, is_update=is_update(parts.database, message)
    )
    findings = check_late(message, context, "files")
    findings += tuple(apply(_without_audio(parts, message, media), policy))
    data = (workspace / (delivery.xml_path or "")).read_bytes()
    findings = placed(findings, data)
    with editing(parts, delivery_id, "match") as (_, row):
        add_findings(row, (located(finding, row.xml_path) for finding in findings))
        row.media = media
    return NEXT


def is_update(database: Database, message: Message) -> bool:
    """Whether the catalogue has the release already, so that files may stay away."""
    with database.read() as session:
        return _is_update(session, message)


def _media(
    message: Message, delivery: Delivery, found: dict[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The master of each recording and image: the first whole file of it that is here."""
    digests = {f["path"]: f["blake3"] for f in delivery.files}
    for resource in message.resources:
        file = next((f for f in resource.files if not f.is_clip and f.uri in found), None)
        if resource.kind in _KINDS and file is not None:
            yield resource.reference, _entry(resource, file, found[file.uri], digests)


def _entry(resource: Resource, file: File, path: str, digests: dict[str, str]) -> dict[str, Any]:
    return {
        "path": path,
        "kind": _KINDS[resource.kind],
        "blake3": digests[path],
        "isrc": resource.identifier("ISRC"),
        "cover": resource.type == "FrontCoverImage",
        "line": file.place.line,
        "xpath": file.place.xpath,
    }


def _without_audio(
    parts: Parts, message: Message, media: dict[str, dict[str, Any]]
) -> Iterator[Finding]:
    """Recordings that have no audio here, nor any from before. A missing file is told already, and
    so is a recording whose files are all previews; a take-down needs no audio."""
    if message.type != "NewReleaseMessage" or not any(is_active(d, None) for d in message.deals):
        return
    with parts.database.read() as session:
        for place in fold.placed(message):
            resource = place.resource
            named = any(f.provided is not False for f in resource.files)
            known = session.get(Recording, owners.recording_known_as(session, message, resource))
            if resource.reference in media or (known and known.master):
                continue
            if named and not _is_update(session, message):
                continue
            yield faults.NO_AUDIO.at(
                resource.place,
                f"There is no audio for {resource.identifier('ISRC') or resource.reference}.",
                resource=resource.identifier("ISRC") or resource.reference,
            )


def _is_update(session: Session, message: Message) -> bool:
    release_id, _ = owners.known_as(session, message)
    return bool(release_id and session.get(Release, release_id))


def _hashes(
    workspace: Path, delivery: Delivery, wanted: frozenset[HashKey]
) -> dict[HashKey, bytes]:
    """The raw digests of the files; BLAKE3 is known since they arrived."""
    known = {f["path"]: bytes.fromhex(f["blake3"]) for f in delivery.files}
    found = {
        (path, name): known[path] if name == "blake3" else _hash(workspace / path, name)
        for path, name in wanted
    }
    return {key: value for key, value in found.items() if value is not None}


def _hash(path: Path, name: str) -> bytes | None:
    """The raw digest; None for an algorithm that this Python has not."""
    if name == "crc32":
        return zlib.crc32(path.read_bytes()).to_bytes(4, "big")
    if name not in hashlib.algorithms_available:
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).digest()
