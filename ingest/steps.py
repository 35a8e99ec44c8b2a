"""What all phases share: the row they edit, the findings they add, and what they answer."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.orm import object_session

from catalog.models import Delivery
from ddex.errors import MessageUnreadable
from ddex.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from ddex.ern.model import Message
    from ingest.parts import Parts

NEXT = "next"
"""The phase is done; go on with the next."""
ANSWER = "answer"
"""Nothing more is to be done but to tell the sender."""


@contextmanager
def closing(descriptor: int) -> Iterator[int]:
    """A file descriptor that is closed at the end."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def editing(parts: Parts, delivery_id: str, phase: str) -> Iterator[tuple[Session, Delivery]]:
    """One transaction on one delivery."""
    with parts.database.write() as session:
        delivery = session.get_one(Delivery, delivery_id)
        delivery.phase = phase
        delivery.updated_at = parts.clock()
        yield session, delivery


def reading(parts: Parts, delivery_id: str) -> Delivery:
    """The delivery as it stands, detached."""
    with parts.database.read() as session:
        return session.get_one(Delivery, delivery_id)


def readable_message(parts: Parts, delivery: Delivery) -> Message | None:
    """The delivery's message, None when it has none that can be read."""
    if delivery.xml_path is None:
        return None
    try:
        return parts.message(delivery)
    except (MessageUnreadable, FileNotFoundError):
        return None


def media_sizes(delivery: Delivery) -> dict[str, int]:
    """Size in bytes of what came beside the message, by path."""
    return {f["path"]: int(f["size"]) for f in delivery.files if f["path"] != delivery.xml_path}


def located(finding: Finding, xml_path: str | None) -> Finding:
    """The finding with the file that its line is in: the message, when it has a line; the media
    file it is about stands in its text and value."""
    file = (xml_path or "") if finding.line or not finding.file else finding.file
    return replace(finding, file=file)


def findings_of(delivery: Delivery) -> list[Finding]:
    """The findings so far."""
    return [Finding.from_json(data) for data in delivery.findings]


def add_findings(delivery: Delivery, findings: Iterable[Finding]) -> None:
    """Add findings, the same one only once (a phase may run twice).

    The row is locked and read anew: on PostgreSQL a door may note a changed file at the very moment
    at which a phase tells what it found.
    """
    session = object_session(delivery)
    if session is not None and inspect(delivery).persistent:
        session.refresh(delivery, ["findings"], with_for_update=True)
    known = list(delivery.findings)
    for finding in findings:
        data = finding.to_json()
        if data not in known:
            known.append(data)
    delivery.findings = known
