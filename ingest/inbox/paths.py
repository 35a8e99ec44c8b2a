"""What a path in a feed's view is, by its name alone. Pure; every name is hostile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ddex.choreography import names
from ddex.choreography.rows import turn

if TYPE_CHECKING:
    from datetime import datetime

    from ddex.choreography.rows import Choreography

PARTIAL = re.compile(
    r"(?i)(^\.|~$|\.(filepart|part|partial|tmp|temp|crdownload|download|opdownload|lftp|in|upload|uploading)$"
    r"|^~\$|[.-]lftp-pget-status$)"
)
"""Names that clients give to what is still coming: WinSCP, browsers, lftp, ProFTPD's HiddenStores
(`.in.name.`), editors."""


_OURS = frozenset({names.ACKNOWLEDGEMENTS, "reports"})


class Kind(StrEnum):
    """What a file is to the inbox."""

    PART = "part"
    """Of a release folder: its message or one of its files."""
    COMPLETION = "completion"
    SHARED = "shared"
    """In the `resources` of a batch, for all its releases."""
    PARTIAL = "partial"
    """Its name says that it is not finished: it never counts."""
    ANSWER = "answer"
    """In a folder that we write."""
    STRAY = "stray"
    """Outside any batch and release: nothing will come of it as it lies."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs: `top` is the batch folder or, release by release, the release's own;
    `folder` the release folder in it, empty when `top` is one itself. Both empty for what is
    outside."""

    kind: Kind
    top: str = ""
    folder: str = ""


def place(path: str, row: Choreography) -> Place:
    """Where a path belongs by the feed's choreography.

    Folders with a stamp are understood whatever the row says, because senders mix them.
    """
    return _place(path, row.bare)


@lru_cache(maxsize=65_536)
def _place(path: str, bare: bool) -> Place:  # noqa: FBT001 - a key of the cache
    parts = PurePosixPath(path).parts
    top = parts[0] if len(parts) > 1 else ""
    if top in _OURS:
        return Place(Kind.ANSWER)
    found = names.folder(top)
    inside = top not in {"", "/", ".", ".."} and (found is not None or bare)
    if not counts(path):
        return Place(Kind.PARTIAL, top if inside else "")
    if not inside:
        return Place(Kind.STRAY)
    if isinstance(found, names.BatchFolder):
        return _in_batch(top, parts[1:])
    return Place(_common(parts[1:]) or Kind.PART, top)


def _in_batch(top: str, inside: tuple[str, ...]) -> Place:
    common = _common(inside)
    if common or len(inside) == 1:
        return Place(common or Kind.STRAY, top)
    if inside[0] == names.RESOURCES:
        return Place(Kind.SHARED, top)
    return Place(Kind.PART, top, inside[0])


def _common(inside: tuple[str, ...]) -> Kind | None:
    """What may lie in a batch and in a release that was sent by itself."""
    if len(inside) > 1:
        return Kind.ANSWER if inside[0] == names.ACKNOWLEDGEMENTS else None
    return Kind.COMPLETION if names.completes(inside[0]) else None


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


def counts(path: str) -> bool:
    """Whether a file may be part of a delivery: partial and hidden names never are."""
    return not any(PARTIAL.search(part) for part in PurePosixPath(path).parts)


def order_stamp(top: str, arrived: datetime | None = None) -> str:
    """The 17 digits that order messages: those of the top folder, else of when it arrived."""
    found = names.folder(top)
    if found is None:
        return names.stamp(arrived) if arrived else "0" * names.STAMP_DIGITS
    return found.batch_id if isinstance(found, names.BatchFolder) else found.stamp


def turn_of(top: str) -> int:
    """The smaller, the sooner a delivery of this top folder is worked on."""
    found = names.folder(top)
    return turn(found.priority if found else "")


def release_name(top: str, folder: str) -> str:
    """What the sender calls the release of a folder."""
    found = names.folder(top)
    own = found.release_id if isinstance(found, names.ReleaseFolder) else top
    return folder or own
