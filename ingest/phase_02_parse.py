"""Phase 2: is there a message, and can it be read? What the operator's list shows comes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import fold
from catalog.lifecycle import DeliveryState, move
from ddex.ern.model import for_territory
from ddex.ern.rules import apply
from ddex.errors import MessageUnreadable
from ingest import changes, faults, feeds, manifests
from ingest.inbox.paths import release_name
from ingest.phase_08_publish import is_test
from ingest.steps import ANSWER, NEXT, add_findings, editing, located, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.models import Delivery
    from ddex.ern.model import Message
    from ddex.findings import Finding
    from ingest.parts import Parts


def parse(parts: Parts, delivery_id: str) -> str:
    """Read the message; what can't be read is refused with the place and the reason."""
    delivery = reading(parts, delivery_id)
    message: Message | None = None
    findings = [*changes.told(delivery.files), *manifests.told(parts, delivery)]
    if delivery.xml_path is None:
        findings.append(_no_message(delivery))
    else:
        try:
            message = parts.message(delivery)
        except MessageUnreadable as fault:
            findings += [located(finding, delivery.xml_path) for finding in fault.findings]
    with editing(parts, delivery_id, "parse") as (_, row):
        add_findings(row, apply(findings, feeds.policy_of_feed(parts.database, row.feed_id)))
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
    row.is_test = is_test(row, message)
    main = message.main_release
    if main is None:
        return
    title, artist = for_territory(main.titles), for_territory(main.display_artist_names)
    row.title = title.text[:1000] if title else None
    row.artist = artist.text[:1000] if artist else None
    row.icpn = main.identifier("ICPN")[:40] or None


def _no_message(delivery: Delivery) -> Finding:
    if not delivery.release_folder and not delivery.files:
        text = f"The batch {delivery.batch!r} was completed and has no release folder."
        return faults.NO_MESSAGE.at(None, text, expected="<ReleaseId>/<ReleaseId>.xml")
    name = delivery.release_folder or delivery.batch
    found: Sequence[str] = [f["path"] for f in delivery.files if f["path"].endswith(".xml")]
    many = f"it holds {len(found)} XML files and none of that name" if found else "it holds none"
    if not delivery.files:
        many = "no file of it was received"
    return faults.NO_MESSAGE.at(
        None,
        f"The release folder {name!r} has no message: {many}.",
        expected=f"{release_name(delivery.batch, delivery.release_folder)}.xml",
        file=name,
    )
