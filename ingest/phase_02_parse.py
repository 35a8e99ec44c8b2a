"""Phase 2: is there a message, and can it be read? What the operator's list shows comes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog import fold
from catalog.lifecycle import DeliveryState, move
from catalog.models import InboxFile
from ddex.ern.model import for_territory
from ddex.errors import MessageUnreadable
from ddex.findings import Finding
from ingest import faults, inbox, manifests
from ingest.steps import ANSWER, NEXT, add_findings, editing, located, reading

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
            findings += [located(finding, delivery.xml_path) for finding in fault.findings]
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


def _no_message(delivery: Delivery) -> Finding:
    if not delivery.release_folder:
        text = f"The batch {delivery.batch!r} was completed and has no release folder."
        return faults.NO_MESSAGE.at(None, text, expected="<ReleaseId>/<ReleaseId>.xml")
    found: Sequence[str] = [f["path"] for f in delivery.files if f["path"].endswith(".xml")]
    many = f"it holds {len(found)} XML files and none of that name" if found else "it holds none"
    if not delivery.files:
        many = "no file of it was received"
    return faults.NO_MESSAGE.at(
        None,
        f"The release folder {delivery.release_folder!r} has no message: {many}.",
        expected=f"{delivery.release_folder}.xml",
        file=delivery.release_folder,
    )


def _manifest_faults(parts: Parts, delivery: Delivery) -> Iterator[Finding]:
    """A message that is another than the manifest says. A manifest that can't be read is told, and
    does not hold the batch."""
    completion = _completion(parts, delivery)
    if completion is None:
        return
    try:
        found = manifests.read(parts.data.inbox / delivery.feed_id / completion)
    except MessageUnreadable as fault:
        name = completion.rpartition("/")[2]
        for finding in fault.findings:
            data = {**finding.to_json(), "file": name, "severity": "warn"}
            yield Finding.from_json(data)
        return
    xml = delivery.xml_path
    if found is not None and xml is not None:
        sent = (parts.workspace(delivery.id) / xml).read_bytes()
        yield from manifests.mismatches(found, delivery.batch, delivery.release_folder, xml, sent)


def _completion(parts: Parts, delivery: Delivery) -> str | None:
    """The newest file that completed the delivery's batch."""
    query = select(InboxFile.path).where(
        InboxFile.feed_id == delivery.feed_id,
        InboxFile.path.startswith(f"{delivery.batch}/BatchComplete_", autoescape=True),
    )
    with parts.database.read() as session:
        paths = session.scalars(query.order_by(InboxFile.receipt.desc()))
        return next(filter(inbox.completion, paths), None)
