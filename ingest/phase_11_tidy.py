"""Phase 11: what was accepted leaves the sender's view, and the workspace goes."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from catalog.lifecycle import ACCEPTED, DeliveryState
from catalog.models import Delivery, InboxFile
from ddex.choreography import names
from ingest.steps import NEXT, editing, reading
from ingest.views import source_of, view_path

if TYPE_CHECKING:
    from ingest.parts import Parts

_NO_RELEASE = (names.ACKNOWLEDGEMENTS, names.RESOURCES)


def tidy(parts: Parts, delivery_id: str) -> str:
    """Masters, message and log are durable by now; a file sent anew meanwhile stays."""
    delivery = reading(parts, delivery_id)
    if DeliveryState(delivery.state) in ACCEPTED:
        workspace, batch = parts.workspace(delivery_id), parts.data.inbox / delivery.feed_id
        batch /= delivery.batch
        gone = [
            view_path(delivery, file)
            for file in delivery.files
            if not file.get("shared")
            and _take_away(source_of(parts, delivery, file), workspace / file["path"])
        ]
        _remove_empty(parts.release_folder(delivery))
        gone += _take_shared(parts, delivery, batch)
        gone += finish_batch(batch, delivery)
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
    try:
        if not shown.samefile(judged):
            return False
    except FileNotFoundError:
        return not shown.exists()
    shown.unlink(missing_ok=True)
    return True


def _take_shared(parts: Parts, delivery: Delivery, batch: Path) -> list[str]:
    """The files that releases of the batch share leave with the last release folder; the paths of
    those that a delivery has taken, in the sender's view."""
    if any(path.is_dir() and path.name not in _NO_RELEASE for path in _entries(batch)):
        return []
    mine = (Delivery.feed_id == delivery.feed_id) & (Delivery.batch == delivery.batch)
    here = (InboxFile.feed_id == delivery.feed_id) & (InboxFile.top == delivery.batch)
    with parts.database.read() as session:
        taken = {
            file["blake3"]
            for files in session.scalars(select(Delivery.files).where(mine))
            for file in files
            if file.get("shared")
        }
        shared = session.execute(
            select(InboxFile.path, InboxFile.blake3).where(
                here, InboxFile.folder == names.RESOURCES
            )
        )
        gone = [path for path, digest in shared if digest in taken]
    for path in gone:
        (batch.parent / path).unlink(missing_ok=True)
    if gone:
        _remove_empty(batch / names.RESOURCES)
    return gone


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return list(folder.iterdir())
    return []


def _remove_empty(folder: Path) -> None:
    """From the bottom up. The sender and other deliveries of the batch are at work here too."""
    for here, _, _ in os.walk(folder, topdown=False):
        _remove(Path(here))


def _remove(folder: Path) -> None:
    """If it is empty now; it may be gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        pass
    except OSError as wrong:
        if wrong.errno != errno.ENOTEMPTY:
            raise


def finish_batch(batch: Path, delivery: Delivery) -> list[str]:
    """When nothing but its completion is left of a batch, the batch is done and leaves the view;
    its folder stays as long as our acknowledgements are in it.

    Returns:
        the paths of the files that went, as the sender saw them.
    """
    found = _entries(batch)
    left = [path for path in found if path.name != names.ACKNOWLEDGEMENTS]
    if any(names.completes(path.name) is None for path in left):
        return []
    for path in left:
        path.unlink(missing_ok=True)
    if found and len(found) == len(left):
        _remove(batch)
    return [f"{delivery.batch}/{path.name}" for path in left]
