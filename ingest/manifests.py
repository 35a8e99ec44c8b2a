"""What the manifest of a batch says, and whether the batch keeps its word."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sqlalchemy import select

from catalog.models import Feed, InboxFile
from ddex.choreography import check, manifest, names
from ddex.ern.rules import hashes, safe_path
from ddex.errors import MessageUnreadable
from ddex.findings import Finding, Severity, clip
from ingest import feeds, inbox
from ingest.feed_terms import FeedTerms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from catalog.models import Delivery
    from ddex.choreography.manifest import BatchMessage, Manifest
    from ingest.parts import Parts

LARGEST = 8 << 20
"""Bytes of a manifest that is read: tens of thousands of messages."""
NAMED = 1_000
"""At most so many missing folders are told for one batch."""


def read(path: Path) -> Manifest | None:
    """The manifest, None when the file is empty, gone or far too large.

    Raises:
        MessageUnreadable: not XML, or no manifest.
    """
    try:
        return manifest.read(path.read_bytes()) if path.stat().st_size <= LARGEST else None
    except FileNotFoundError:
        return None


def folder_of(url: str, batch: str, present: Collection[str] = ()) -> str | None:
    """The release folder that a manifest's URL lies in, None when it names none that may be."""
    path = safe_path(url)
    if not isinstance(path, PurePosixPath):
        return None
    parts = path.parts[1:] if path.parts[:1] == (batch,) else path.parts
    if len(parts) < 2:
        return None
    return parts[0] if parts[0] in present else unquote(parts[0])


def missing(found: Manifest | None, batch: str, present: Collection[str]) -> list[str]:
    """The release folders that the manifest names and that are not there."""
    named = (folder_of(each.url, batch, present) for each in (found.messages if found else ()))
    absent = dict.fromkeys(name for name in named if name and name not in present)
    return list(absent)[:NAMED]


def told(parts: Parts, delivery: Delivery) -> Iterator[Finding]:
    """What the manifest of the delivery's batch shows about its message. A manifest that can't be
    read is told, and does not hold the batch."""
    completion = _completion(parts, delivery)
    if completion is None:
        return
    for finding in _of_manifest(parts, delivery, completion):
        test = finding.code == check.TEST_BATCH.code and _takes_tests(parts, delivery.feed_id)
        yield replace(finding, severity=Severity.WARN) if test else finding


def _takes_tests(parts: Parts, feed_id: str) -> bool:
    with parts.database.read() as session:
        return feeds.facts_of(
            session.get_one(Feed, feed_id), parts.party_dpid, parts.clock()
        ).is_test


def _of_manifest(parts: Parts, delivery: Delivery, completion: str) -> Iterator[Finding]:
    path, found = parts.data.inbox / delivery.feed_id / completion, None
    try:
        found = read(path)
    except MessageUnreadable as fault:
        for finding in fault.findings:
            yield replace(finding, file=path.name, severity=Severity.WARN)
    yield from of_batch(path.name, delivery.batch)
    if path.is_file():
        with parts.database.read() as session:
            agreed = FeedTerms.of(session.get_one(Feed, delivery.feed_id)).completion
        yield from of_kind(path.name, agreed, manifest=found is not None)
    xml = delivery.xml_path
    if found is not None and xml is not None:
        sent = (parts.workspace(delivery.id) / xml).read_bytes()
        yield from findings(found, delivery.batch, delivery.release_folder, xml, sent)


def of_batch(name: str, batch: str) -> Iterator[Finding]:
    """Whether a BatchComplete file is that of its batch; it completes it all the same."""
    of, said = names.folder(batch), names.completes(name)
    if isinstance(of, names.BatchFolder) and said != of.batch_id:
        awaited = names.batch_complete(of.batch_id)
        text = f"{clip(name)!r} completed the batch {batch!r}, whose own would be {awaited}."
        yield check.OTHER_BATCH.at(None, text, value=name, expected=awaited, file=name)


def of_kind(name: str, agreed: str, *, manifest: bool) -> Iterator[Finding]:
    """Whether a BatchComplete file is what its feed has agreed on. Without a manifest that was
    awaited nobody knows what the batch should hold; one too many does no harm."""
    if agreed == "manifest" and not manifest:
        text = f"{name} is no whole manifest, and this feed completes its batches by manifest."
        yield check.COMPLETED_OTHERWISE.at(None, text, expected="ManifestMessage", file=name)
    if agreed == "empty" and manifest:
        text = f"{name} is a manifest, and this feed completes its batches by an empty file."
        told = check.COMPLETED_OTHERWISE.at(None, text, expected="0 bytes", file=name)
        yield replace(told, severity=Severity.WARN)


def findings(found: Manifest, batch: str, folder: str, xml: str, data: bytes) -> Iterator[Finding]:
    """Rules 3 and 20 for the message in a folder of the batch, whose XML is `data`."""
    if found.is_test:
        text = "The manifest says that this batch is a test: nothing of it goes live."
        yield check.TEST_BATCH.at(None, text, value="IsTestFlag", file=xml)
    if found.root and found.root.strip("/").removeprefix("./") != batch:
        text = f"The manifest is of {clip(found.root)!r}, but came in {batch!r}."
        yield check.OTHER_ROOT.at(None, text, value=found.root, expected=batch, file=xml)
    yield from mismatches(found, batch, folder, xml, data)


def _completion(parts: Parts, delivery: Delivery) -> str | None:
    """The newest file that completed the delivery's batch."""
    query = select(InboxFile.path).where(
        InboxFile.feed_id == delivery.feed_id,
        InboxFile.path.startswith(f"{delivery.batch}/BatchComplete_", autoescape=True),
    )
    with parts.database.read() as session:
        paths = session.scalars(query.order_by(InboxFile.receipt.desc()))
        return next(filter(inbox.completion, paths), None)


def mismatches(
    found: Manifest, batch: str, folder: str, xml: str, data: bytes
) -> Iterator[Finding]:
    """Rule 20 for a message: the manifest's hash is that of the XML (`data`) of this folder."""
    for each in found.messages:
        actual = _actual(each, data) if folder_of(each.url, batch, (folder,)) == folder else None
        declared = each.hash_sum
        if actual is None or declared is None:
            continue
        name, digest = actual
        wanted = hashes.digest(declared.value, hashes.SIZES[name])
        if wanted is not None and wanted != digest:
            yield hashes.MISMATCH.at(
                None,
                f"The {name} of {xml!r} is {digest.hex()}, not {wanted.hex()} as the manifest"
                " of the batch says.",
                value=declared.value,
                expected=digest.hex(),
                file=xml,
            )


def _actual(each: BatchMessage, data: bytes) -> tuple[str, bytes] | None:
    """The algorithm that the manifest used, and the digest by it; None when it can't be checked."""
    name = hashes.algorithm(each.hash_sum.algorithm) if each.hash_sum else None
    if name is None or name not in hashlib.algorithms_available:
        return None
    return name, hashlib.new(name, data, usedforsecurity=False).digest()
