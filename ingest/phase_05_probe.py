"""Phase 5: every audio file is decoded to its end, every cover opened, before anything is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from catalog.lifecycle import DeliveryState, move
from catalog.models import Media
from ddex.ern.examine import placed
from ddex.ern.rules import Context, MediaFacts, MediaKey, check_late, needed_media
from ddex.findings import Outcome, outcome
from ingest import decisions, feed_hold, feeds
from ingest.looking import look, media_facts, of_fault
from ingest.parts import spectrum_key
from ingest.ports import AudioFacts, ImageFacts, MediaFault
from ingest.steps import (
    ANSWER,
    NEXT,
    add_findings,
    editing,
    findings_of,
    located,
    media_sizes,
    reading,
)

if TYPE_CHECKING:
    from catalog.models import Delivery
    from ingest.parts import Parts

Facts = AudioFacts | ImageFacts


def probe(parts: Parts, delivery_id: str) -> str:
    """Look into the media; then all that was found decides whether the delivery goes on."""
    delivery = reading(parts, delivery_id)
    message = parts.message(delivery)
    files = media_sizes(delivery)
    looked = _look_into(parts, delivery, needed_media(message, files))
    _draw_doubtful(parts, delivery, looked)
    facts = {
        key: found if isinstance(found, MediaFacts) else media_facts(found)
        for key, found in looked.items()
    }
    policy = feeds.policy_of_feed(parts.database, delivery.feed_id)
    findings = check_late(message, Context(files=files, media=facts, policy=policy), "media")
    data = (parts.workspace(delivery_id) / (delivery.xml_path or "")).read_bytes()
    with editing(parts, delivery_id, "probe") as (session, row):
        add_findings(row, [located(each, row.xml_path) for each in placed(findings, data)])
        row.media = {
            reference: {**entry, "facts": _stored(looked.get((entry["path"], entry["kind"])))}
            for reference, entry in delivery.media.items()
        }
        feed_hold.hold(session, row)
        decisions.waive(session, row)
        return _decide(row)


def _decide(row: Delivery) -> str:
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


def _look_into(
    parts: Parts, delivery: Delivery, wanted: frozenset[MediaKey]
) -> dict[MediaKey, Facts | MediaFacts]:
    """The probe's facts of each file, or those of its fault."""
    digests = {f["path"]: f["blake3"] for f in delivery.files}
    folder = parts.workspace(delivery.id)

    def one(key: MediaKey) -> Facts | MediaFacts:
        path, kind = key
        try:
            return _known(parts, digests[path], kind) or look(parts.probe, folder / path, kind)
        except MediaFault as fault:
            return of_fault(fault)

    keys = sorted(wanted)
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(keys, pool.map(one, keys), strict=True))


def _draw_doubtful(
    parts: Parts, delivery: Delivery, looked: dict[MediaKey, Facts | MediaFacts]
) -> None:
    """Keep a picture of the spectrum of each recording that raised a doubt, for the operator."""
    digests = {f["path"]: f["blake3"] for f in delivery.files}
    for (path, _), found in looked.items():
        key = spectrum_key(digests[path])
        if isinstance(found, AudioFacts) and found.findings and parts.store.stat(key) is None:
            with suppress(MediaFault):  # a warning needs no picture
                picture = parts.probe.spectrogram(parts.workspace(delivery.id) / path)
                parts.store.put(key, picture)


def _known(parts: Parts, digest: str, kind: str) -> Facts | None:
    """What an earlier probe of the same bytes, as the same kind of media, found."""
    with parts.database.read() as session:
        found = session.get(Media, digest)
        if found is None or found.kind != kind:
            return None
        return AudioFacts(**found.facts) if kind == "audio" else ImageFacts(**found.facts)


def _stored(found: Facts | MediaFacts | None) -> dict[str, Any]:
    """The facts that later phases read; none of a file that can't be used."""
    return {} if found is None or isinstance(found, MediaFacts) else asdict(found)
