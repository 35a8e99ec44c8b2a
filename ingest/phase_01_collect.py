"""Phase 1: the delivery gets its own copy of its files, by hard links, so that nothing the sender
does afterwards can change what is being judged."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from catalog.lifecycle import DeliveryState, move
from ingest.doors.common.upload import digest_of
from ingest.steps import NEXT, editing
from ingest.views import source_of

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.models import Delivery
    from ingest.parts import Parts


def collect(parts: Parts, delivery_id: str) -> str:
    """Link every file of the delivery into its workspace; what has gone is left out."""
    workspace = parts.workspace(delivery_id)
    shutil.rmtree(workspace, ignore_errors=True)
    with editing(parts, delivery_id, "collect") as (_, delivery):
        move(delivery, DeliveryState.CHECKING)
        delivery.waiting_for = "Segue: checking the message and its files"
        workspace.mkdir(parents=True)
        delivery.files = [
            file
            for file in delivery.files
            if _link(source_of(parts, delivery, file), workspace / file["path"], file)
        ]
        present = {file["path"] for file in delivery.files}
        if delivery.xml_path not in present:
            delivery.xml_path = None
        _reset(delivery)
    return NEXT


def _link(source: Path, target: Path, file: dict[str, object]) -> bool:
    """False when the file has gone or is another than the one received: one of the same path may
    come at any moment, and all that follows trusts the digest."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.is_symlink() or source.stat().st_size != file["size"]:
            return False
        os.link(source, target)
    except (FileNotFoundError, NotADirectoryError):
        return False
    with target.open("rb") as opened:
        same = digest_of(opened.fileno()) == file["blake3"]
    if not same:
        target.unlink()
    return same


def _reset(delivery: Delivery) -> None:
    """Forget what an earlier attempt found."""
    delivery.findings, delivery.skipped, delivery.media = [], [], {}
    delivery.schema, delivery.fault = "", None
