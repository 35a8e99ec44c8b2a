"""Phase 11: what was accepted leaves the sender's view, and the workspace goes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from sqlalchemy import delete

from catalog.lifecycle import ACCEPTED, DeliveryState
from catalog.models import InboxFile
from ddex.choreography import names
from ingest.steps import NEXT, editing, reading

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.models import Delivery
    from ingest.parts import Parts


def tidy(parts: Parts, delivery_id: str) -> str:
    """Masters, message and log are durable by now; a file sent anew meanwhile stays."""
    delivery = reading(parts, delivery_id)
    if DeliveryState(delivery.state) in ACCEPTED:
        folder = parts.release_folder(delivery)
        gone = [
            f"{delivery.batch}/{delivery.release_folder}/{file['path']}"
            for file in delivery.files
            if _take_away(folder / file["path"], parts.workspace(delivery_id) / file["path"])
        ]
        _remove_empty(folder)
        gone += finish_batch(folder.parent, delivery)
        with editing(parts, delivery_id, "tidy") as (session, _):
            session.execute(
                delete(InboxFile).where(
                    InboxFile.feed_id == delivery.feed_id, InboxFile.path.in_(gone)
                )
            )
    shutil.rmtree(parts.workspace(delivery_id), ignore_errors=True)
    return NEXT


def _take_away(shown: Path, judged: Path) -> bool:
    """Whether the file that was judged is gone from the view."""
    if not shown.exists():
        return True
    if not judged.exists() or not shown.samefile(judged):
        return False
    shown.unlink(missing_ok=True)
    return True


def _remove_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def finish_batch(batch: Path, delivery: Delivery) -> list[str]:
    """When nothing but its completion is left of a batch, the batch is done and leaves the view.

    Returns:
        the paths of the files that went, as the sender saw them.
    """
    left = list(batch.iterdir()) if batch.is_dir() else []
    if not left or any(names.completes(path.name) is None for path in left):
        return []
    for path in left:
        path.unlink(missing_ok=True)
    batch.rmdir()
    return [f"{delivery.batch}/{path.name}" for path in left]
