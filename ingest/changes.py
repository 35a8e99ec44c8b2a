"""Files that are not what they should be: cut on their way, or changed behind a delivery's back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.lifecycle import ACCEPTED, DeliveryState
from catalog.models import Delivery
from ddex.findings import Rule, Severity, clip
from ingest.inbox import Kind
from ingest.inbox_rows import of_folders
from ingest.steps import add_findings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.models import InboxFile
    from ddex.findings import Finding
    from ingest.inbox import Place

CHANGED = Rule(
    code="ERN-0020",
    number=0,
    severity=Severity.WARN,
    ack_status="",
    clause="ERN-C Part 3, batch profile",
    text="A file stays as it is once its delivery was taken; what comes later is another delivery.",
    remedy="To deliver the new file, complete the batch again or send it in a new batch.",
    wrong="resources/01.flac uploaded once more after its acknowledgement",
    right="resources/01.flac and a new BatchComplete file",
)
CUT = Rule(
    code="ERN-2005",
    number=20,
    severity=Severity.REJECT,
    ack_status="ResourceCorrupt",
    clause="DDEX ERN part 1, File; RFC 959, the end of a file",
    text="A file comes to its end. One that came over plain FTP counts when its size, its hash, "
    "its content or a later BatchComplete says so.",
    remedy="Send the file again, and complete the batch again; name its FileSize or HashSum.",
    wrong="resources/01.wav of 3 of 40 MB after the connection broke",
    right="resources/01.wav, whole",
)
RULES: tuple[Rule, ...] = (CHANGED, CUT)

_TAKEN = frozenset(
    {
        *ACCEPTED,
        DeliveryState.RECEIVED,
        DeliveryState.CHECKING,
        DeliveryState.TRANSCODING,
    }
)


def notice(session: Session, row: InboxFile, where: Place, now: datetime) -> None:
    """Show on a delivery that is taken, or at work, that a file of it has changed since."""
    if where.kind not in {Kind.PART, Kind.SHARED}:
        return
    query = select(Delivery).where(
        Delivery.feed_id == row.feed_id,
        Delivery.batch == where.top,
        Delivery.state.in_(_TAKEN),
    )
    if where.kind is Kind.PART:
        query = query.where(Delivery.release_folder == where.folder)
    newest = query.order_by(Delivery.receipt.desc()).limit(1 if where.kind is Kind.PART else 100)
    for delivery in session.scalars(newest):
        root = f"{where.top}/{where.folder}/" if where.folder else f"{where.top}/"
        path = row.path.removeprefix(root)
        known = next((each for each in delivery.files if each["path"] == path), None)
        if known is None or known["blake3"] == row.blake3:
            continue
        add_findings(delivery, [changed(path)])
        delivery.updated_at = now


def changed(path: str) -> Finding:
    """The finding about one file of a delivery, by its path there."""
    text = f"{clip(path)!r} was sent once more after this delivery was taken, with other content."
    return CHANGED.at(None, text, file=path, value=path)


def told(files: list[dict[str, Any]]) -> Iterator[Finding]:
    """What is known of a delivery's files since they arrived."""
    for file in files:
        path = str(file["path"])
        if file.get("doubt"):
            text = f"{clip(path)!r} did not come to its end: {file['doubt']}."
            yield CUT.at(None, text, file=path, value=path)
        if file.get("changed"):
            text = f"{clip(path)!r} is another file than the one that was taken before."
            yield CHANGED.at(None, text, file=path, value=path)


def taken(
    session: Session, feed_id: str, top: str, folders: Collection[str]
) -> dict[str, dict[str, str]]:
    """The digests by path of what was accepted last of each of these release folders."""
    query = select(Delivery.release_folder, Delivery.files).where(
        of_folders(feed_id, top, folders), Delivery.state.in_(ACCEPTED)
    )
    rows = session.execute(query.order_by(Delivery.receipt))
    return {folder: {file["path"]: file["blake3"] for file in files} for folder, files in rows}


def mark(made: Delivery, before: Mapping[str, str]) -> None:
    """Mark the media of a new delivery that differ from those that were accepted before."""
    for file in made.files:
        known = before.get(file["path"], file["blake3"])
        if known != file["blake3"] and file["path"] != made.xml_path:
            file["changed"] = True
