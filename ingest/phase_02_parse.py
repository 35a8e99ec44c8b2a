"""Phase 2: is there a message, and can it be read? What the operator's list shows comes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import fold
from catalog.lifecycle import DeliveryState, move
from ddex.choreography import manifest
from ddex.ern.model import for_territory
from ddex.errors import MessageUnreadable
from ddex.findings import Finding
from ingest import faults
from ingest.steps import ANSWER, NEXT, add_findings, editing, reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from catalog.models import Delivery
    from ddex.ern.model import Message
    from ingest.parts import Parts


def parse(parts: Parts, delivery_id: str) -> str:
    """Read the message; what can't be read is refused with the place and the reason."""
    delivery = reading(parts, delivery_id)
    message: Message | None = None
    findings = [*_manifest_faults(parts, delivery)]
    if delivery.xml_path is None:
        findings.append(_no_message(delivery))
    else:
        try:
            message = parts.message(delivery)
        except MessageUnreadable as fault:
            findings += [_in_file(finding, delivery.xml_path) for finding in fault.findings]
    with editing(parts, delivery_id, "parse") as (_, row):
        add_findings(row, findings)
        row.digest = next((f["blake3"] for f in row.files if f["path"] == row.xml_path), None)
        if message is None:
            move(row, DeliveryState.REFUSED)
            row.waiting_for = "Sender: a message that can be read"
            return ANSWER
        _describe(row, message)
    return NEXT


def _describe(row: Delivery, message: Message) -> None:
    row.message_id = message.header.message_id[:255]
    row.release_id = fold.release_id_of(message)
    main = message.main_release
    if main is None:
        return
    title, artist = for_territory(main.titles), for_territory(main.display_artist_names)
    row.title = title.text[:1000] if title else None
    row.artist = artist.text[:1000] if artist else None
    row.icpn = main.identifier("ICPN")[:40] or None


def _in_file(finding: Finding, path: str) -> Finding:
    return Finding.from_json({**finding.to_json(), "file": finding.file or path})


def _no_message(delivery: Delivery) -> Finding:
    found: Sequence[str] = [f["path"] for f in delivery.files if f["path"].endswith(".xml")]
    many = f"it holds {len(found)} XML files and none of that name" if found else "it holds none"
    expected = f"{delivery.release_folder or '<ReleaseId>'}.xml"
    return faults.NO_MESSAGE.at(
        None,
        f"The release folder {delivery.release_folder!r} has no message: {many}.",
        expected=expected,
        file=delivery.release_folder,
    )


def _manifest_faults(parts: Parts, delivery: Delivery) -> Iterator[Finding]:
    """A manifest that can't be read is told, and does not hold the batch."""
    batch = parts.release_folder(delivery).parent
    for path in sorted(batch.glob("BatchComplete_*.xml")):
        try:
            manifest.read(path.read_bytes())
        except MessageUnreadable as fault:
            for finding in fault.findings:
                data = {**finding.to_json(), "file": path.name, "severity": "warn"}
                yield Finding.from_json(data)
        except FileNotFoundError:
            continue
