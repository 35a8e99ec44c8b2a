"""Phase 1, second half: is each file what its name says, and is it clean?

Without an answer of the scanner the delivery waits: nothing passes unscanned, and nothing is lost.
What is infected leaves the feed's view for `<data>/quarantine/<delivery>/`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from sqlalchemy import delete, select

from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery, InboxFile
from ingest import faults, redrive
from ingest.doors.common.audit import Entry, shown
from ingest.doors.common.clam import ScannerAway, TooLarge
from ingest.doors.common.sniff import HEAD, TAIL, disguise
from ingest.steps import ANSWER, NEXT, add_findings, editing, reading
from ingest.views import source_of, view_path

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock import Clock
    from core.database import Database
    from ddex.findings import Finding
    from ingest.parts import Parts

    File = dict[str, Any]

WAITS = "wait"
"""The workflow ends here; `resume` begins it again."""
WAITING = "waits for the scanner"
"""Phase of a delivery that waits so."""

_log = structlog.get_logger(__name__)


class Scanner(Protocol):
    """Knows what is infected: `ingest.doors.common.clam.Clamd`."""

    def scan(self, descriptor: int) -> str | None:
        """The name of the infection, None when there is none. Raises ScannerAway or TooLarge."""
        ...

    def ping(self) -> str:
        """Its version. Raises ScannerAway."""
        ...


def scan(parts: Parts, delivery_id: str) -> str:
    """Look at every file; what is infected is put away before anything opens it."""
    delivery = reading(parts, delivery_id)
    findings: list[Finding] = []
    try:
        for file in delivery.files:
            findings += _looked_at(parts, delivery, file)
    except ScannerAway as away:
        with editing(parts, delivery_id, WAITING) as (_, row):
            row.waiting_for = "Segue: the virus scanner does not answer"
        _log.warning("scanner_away", delivery=delivery_id, why=away.message)
        return WAITS
    infected = any(each.code == faults.INFECTED.code for each in findings)
    with editing(parts, delivery_id, "scan") as (session, row):
        add_findings(row, findings)
        if not infected:
            return NEXT
        for file in _named(row, findings):
            session.execute(
                delete(InboxFile).where(
                    InboxFile.feed_id == row.feed_id,
                    InboxFile.path == view_path(row, file),
                    InboxFile.blake3 == file["blake3"],
                )
            )
        move(row, DeliveryState.REFUSED)
        row.waiting_for = "Sender: clean files"
    return ANSWER


def _named(row: Delivery, findings: list[Finding]) -> list[File]:
    names = {each.file for each in findings if each.code == faults.INFECTED.code}
    return [file for file in row.files if file["path"] in names]


def _looked_at(parts: Parts, delivery: Delivery, file: File) -> list[Finding]:
    path = parts.workspace(delivery.id) / file["path"]
    try:
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return _put_away_before(parts, delivery, file)
    try:
        virus, large = _scanned(parts, opened)
        if virus is not None:
            _put_away(parts, delivery, file, virus)
            return [_infected(file, virus)]
        found = _sniffed(file, opened)
        if large:
            told = faults.UNSCANNED.at(
                None, f"{file['path']} is too large for the virus scanner.", file=file["path"]
            )
            found.append(told)
        return found
    finally:
        os.close(opened)


def _scanned(parts: Parts, opened: int) -> tuple[str | None, bool]:
    """The infection, and whether the file was too large for the scanner and that matters."""
    if parts.scanner is None:
        return None, False
    try:
        return parts.scanner.scan(opened), False
    except TooLarge:
        return None, parts.hold_unscanned


def _sniffed(file: File, opened: int) -> list[Finding]:
    size = os.fstat(opened).st_size
    tail = os.pread(opened, TAIL, max(0, size - TAIL))
    found = disguise(file["path"], os.pread(opened, HEAD, 0), tail)
    if found is None or not (found.severe or found.known):
        return []  # what is no media at all, the probe tells
    rule = faults.DISGUISED if found.severe else faults.MISNAMED
    text = f"{file['path']} is {found.what}, not what its name says."
    return [rule.at(None, text, value=found.what, file=file["path"])]


def _infected(file: File, virus: str) -> Finding:
    text = f"{file['path']} is infected: {virus}."
    return faults.INFECTED.at(None, text, value=virus, file=file["path"])


# ---- quarantine


def _put_away(parts: Parts, delivery: Delivery, file: File, virus: str) -> None:
    """Out of the sender's view and of the workspace; the name says nothing to a shell."""
    folder = _quarantine(parts, delivery)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    note = folder / f"{file['blake3']}.txt"
    note.write_text(f"{virus}\n{shown(view_path(delivery, file))}\n", encoding="utf-8")
    ours, theirs = parts.workspace(delivery.id) / file["path"], source_of(parts, delivery, file)
    target = folder / f"{file['blake3']}.infected"
    with suppress(FileExistsError):
        target.hardlink_to(ours)
    target.chmod(0o400)
    with suppress(FileNotFoundError):
        if theirs.samefile(ours):  # not when the sender has replaced it meanwhile
            theirs.unlink()
    ours.unlink()
    _log.warning("infected", delivery=delivery.id, path=shown(file["path"]), virus=virus)
    if parts.audit is not None:
        parts.audit.record(
            Entry(
                at=parts.clock(),
                what="scan",
                door=delivery.protocol,
                feed_id=delivery.feed_id,
                path=shown(view_path(delivery, file)),
                bytes=int(file["size"]),
                digest=str(file["blake3"]),
                outcome="infected",
                detail=shown(virus),
            )
        )


def _put_away_before(parts: Parts, delivery: Delivery, file: File) -> list[Finding]:
    """What an earlier run of this step has put away, before it could say so."""
    note = _quarantine(parts, delivery) / f"{file['blake3']}.txt"
    if not note.is_file():
        return []
    return [_infected(file, note.read_text(encoding="utf-8").partition("\n")[0])]


def _quarantine(parts: Parts, delivery: Delivery) -> Path:
    return parts.data.root / "quarantine" / delivery.id


# ---- waiting


def resume(database: Database, clock: Clock, scanner: Scanner | None) -> int:
    """Begin deliveries again that wait for the scanner, if it answers; returns how many."""
    query = select(Delivery.id).where(
        Delivery.state == DeliveryState.CHECKING, Delivery.phase == WAITING
    )
    with database.read() as session:
        waiting = session.scalars(query).all()
    if not waiting:
        return 0
    if scanner is not None:
        try:
            scanner.ping()
        except ScannerAway:
            return 0
    for delivery_id in waiting:
        with database.write() as session:
            move(session.get_one(Delivery, delivery_id), DeliveryState.FAILED)
            redrive.again(session, clock, delivery_id)
    return len(waiting)
