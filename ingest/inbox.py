"""Is it complete, and what is in it? Pure: paths and receipts in, deliveries out.

A batch folder is complete when a `BatchComplete_*.xml` stands in its root, never by a guess about
the age of files. A receipt is a number that grows with each finished file of the whole service, so
a file sent again has a greater one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ddex.choreography import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PARTIAL = re.compile(r"(?i)(^\.|\.(filepart|part|partial|tmp|crdownload|lftp)$|^\.in\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A finished file: its path in the feed's view, its size in bytes, digest and receipt."""

    path: str
    size: int
    blake3: str
    receipt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One release folder of a complete batch: `xml` is None when it holds no message. An empty
    name stands for a batch without any release folder."""

    name: str
    xml: str | None = None
    files: tuple[Arrived, ...] = ()
    receipt: int = 0


def batch_of(path: str) -> str | None:
    """The batch folder that a path lies in, None when it lies in none."""
    parts = PurePosixPath(path).parts
    if len(parts) < 2 or names.folder(parts[0]) is None:
        return None
    return parts[0]


def completion(path: str) -> bool:
    """Whether this file completes its batch."""
    parts = PurePosixPath(path).parts
    return len(parts) == 2 and batch_of(path) is not None and names.completes(parts[1]) is not None


def order_stamp(batch: str) -> str:
    """The 17 digits that order messages: those of the batch folder."""
    found = names.folder(batch)
    if found is None:
        return "0" * names.STAMP_DIGITS
    return found.batch_id if isinstance(found, names.BatchFolder) else found.stamp


def counts(path: str) -> bool:
    """Whether a file may be part of a delivery: partial and hidden names never are."""
    return not any(PARTIAL.search(part) for part in PurePosixPath(path).parts)


def folders(batch: str, files: Iterable[Arrived], since: int) -> list[Folder]:
    """The release folders of a complete batch that are new since the receipt `since`.

    When a batch is completed again without any new file, all its folders are meant.
    """
    grouped: dict[str, list[Arrived]] = {}
    for file in files:
        parts = PurePosixPath(file.path).parts
        if len(parts) >= 3 and parts[0] == batch and counts(file.path):
            grouped.setdefault(parts[1], []).append(file)
    found = [_folder(batch, name, arrived) for name, arrived in sorted(grouped.items())]
    fresh = [folder for folder in found if folder.receipt > since]
    return fresh or found


def _folder(batch: str, name: str, files: Sequence[Arrived]) -> Folder:
    root = PurePosixPath(batch, name)
    messages = sorted(
        file.path
        for file in files
        if PurePosixPath(file.path).parent == root and file.path.lower().endswith(".xml")
    )
    named = str(root / f"{name}.xml")
    xml = named if named in messages else (messages[0] if len(messages) == 1 else None)
    return Folder(
        name=name,
        xml=xml,
        files=tuple(sorted(files, key=lambda f: f.path)),
        receipt=max(file.receipt for file in files),
    )
