"""Removes what nobody will finish and what nobody mended: old partial files, old refused batches.

Age is the inode's change time, which a sender can't set. What came after a refusal is not touched.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ingest.doors.common.paths import ANSWERS, clean, shown
from ingest.doors.common.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from ingest.doors.common.paths import Parts

PARTIAL_KEPT = timedelta(hours=48)
REFUSED_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RefusedBatch:
    """A batch folder (or a single file) in a feed's inbox that was refused at an instant."""

    feed_id: str
    path: str
    refused_at: datetime


def cleanup(
    data: Path,
    now: datetime,
    *,
    refused: Iterable[RefusedBatch] = (),
    partial_kept: timedelta = PARTIAL_KEPT,
    refused_kept: timedelta = REFUSED_KEPT,
) -> list[str]:
    """Remove what is older than it may be; the paths removed, relative to `data`."""
    gone = list(_old_partials(data, now - partial_kept))
    for batch in refused:
        if batch.refused_at <= now - refused_kept:
            gone += _refused(data, batch)
    return gone


def _old_partials(data: Path, before: datetime) -> Iterator[str]:
    root = data / "partial"
    if not root.is_dir():
        return
    for feed in sorted(entry.name for entry in root.iterdir() if entry.is_dir()):
        yield from _older(Tree(root / feed), (), before, f"partial/{feed}")


def _refused(data: Path, batch: RefusedBatch) -> Iterator[str]:
    parts = clean(batch.path)
    if not parts or parts[0] in ANSWERS:
        return
    tree = Tree(data / "inbox" / batch.feed_id)
    label = f"inbox/{batch.feed_id}"
    facts = tree.stat(parts[:-1])
    if facts is None:
        return
    yield from _older(tree, parts, batch.refused_at, label)


def _older(tree: Tree, below: Parts, before: datetime, label: str) -> Iterator[str]:
    for parts, facts in list(tree.files(below)):
        if facts.st_ctime <= before.timestamp():
            with suppress(FileNotFoundError):
                tree.unlink(parts)
                yield f"{label}/{shown(parts)}"
                tree.prune(parts[:-1])
