"""Phase 5: every audio file is decoded to its end, every cover opened, before anything is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from catalog.lifecycle import DeliveryState, move
from catalog.models import Media
from ddex.ern.model import Place
from ddex.findings import Outcome, outcome
from ingest import faults
from ingest.ports import MediaFault
from ingest.steps import ANSWER, NEXT, add_findings, editing, findings_of, located, reading

if TYPE_CHECKING:
    from ddex.findings import Finding
    from ingest.parts import Parts


def probe(parts: Parts, delivery_id: str) -> str:
    """Look into the media; then all that was found decides whether the delivery goes on."""
    delivery = reading(parts, delivery_id)
    media: dict[str, dict[str, Any]] = dict(delivery.media)
    with ThreadPoolExecutor(max_workers=2) as pool:
        looked = list(pool.map(lambda item: _look(parts, delivery_id, *item), media.items()))
    with editing(parts, delivery_id, "probe") as (_, row):
        add_findings(row, [located(f, row.xml_path) for _, f in looked if f is not None])
        row.media = {
            reference: {**entry, "facts": facts}
            for (reference, entry), (facts, _) in zip(media.items(), looked, strict=True)
        }
        verdict = outcome(findings_of(row))
        if verdict is Outcome.REJECT:
            move(row, DeliveryState.REFUSED)
            row.waiting_for = "Sender: a corrected delivery"
            return ANSWER
        if verdict is Outcome.HOLD:
            move(row, DeliveryState.HELD)
            row.waiting_for = "Operator: a decision, or the sender's correction"
            return ANSWER
        move(row, DeliveryState.TRANSCODING)
        row.waiting_for = "Segue: making the renditions"
    return NEXT


def _look(
    parts: Parts, delivery_id: str, reference: str, entry: dict[str, Any]
) -> tuple[dict[str, Any], Finding | None]:
    """The facts of one file, or the finding that says why there are none."""
    known = _known(parts, entry["blake3"], entry["kind"])
    if known is not None:
        return known, None
    path = parts.workspace(delivery_id) / entry["path"]
    look = parts.probe.audio if entry["kind"] == "audio" else parts.probe.image
    try:
        return asdict(look(path)), None
    except MediaFault as fault:
        return {}, _finding(fault, reference, entry)


def _known(parts: Parts, digest: str, kind: str) -> dict[str, Any] | None:
    """What an earlier probe of the same bytes, as the same kind of media, found."""
    with parts.database.read() as session:
        found = session.get(Media, digest)
        return found.facts if found is not None and found.kind == kind else None


def _finding(fault: MediaFault, reference: str, entry: dict[str, Any]) -> Finding:
    if entry["kind"] == "image":
        rule = faults.COVER_UNUSABLE
    else:
        unsupported = fault.kind == "unsupported"
        rule = faults.AUDIO_UNSUPPORTED if unsupported else faults.AUDIO_CORRUPT
    return rule.at(
        Place(line=entry["line"], xpath=entry["xpath"]),
        f"{entry['path']} can't be used: {fault.message}",
        value=fault.kind,
        expected="a file that decodes to its end",
        resource=entry["isrc"] or reference,
        file=entry["path"],
    )
