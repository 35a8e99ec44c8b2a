"""Which objects are a sender's files, and under what path. Pure; every byte of a key is hostile."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ddex.choreography import names
from ingest.doors.common.paths import ANSWERS, clean, shown
from ingest.doors.common.refusals import Reason, Refused
from ingest.inbox import counts

if TYPE_CHECKING:
    from ingest.watchers.watched import Watched
    from storage.source import Found

FILE, MESSAGE, COMPLETION = range(3)
_LONGEST_NOTE = 1024


def path_of(key: str, prefix: str) -> str:
    """The path of an object in its feed's view.

    Raises:
        Refused: no file may have this name.
    """
    below = key.removeprefix(prefix)
    parts = clean(below)
    if shown(parts) != unicodedata.normalize("NFC", below):
        raise Refused(
            Reason.BAD_NAME,
            "the key has an empty name, '.' or '..' between its slashes, or ends with one; "
            "write folder/name",
        )
    return shown(parts)


def passed_over(watched: Watched, found: Found) -> bool:
    """Whether an object is none that we take: our own answers, what was moved, a folder's mark, or
    a name of unfinished files."""
    below = found.key.removeprefix(watched.place.prefix)
    if not below or found.key.startswith(watched.ours):
        return True
    if below.endswith("/") and not found.size:
        return True
    parts = PurePosixPath(below).parts
    return answers(parts) or (".." not in parts and not counts(below))


def answers(parts: tuple[str, ...]) -> bool:
    """Whether a path lies where we write answers: at the root, or in a batch folder."""
    return parts[:1] in {(name,) for name in ANSWERS} or parts[1:2] == ANSWERS[:1]


def rank(path: str) -> int:
    """What completes a batch is taken last, and messages after the files that they name."""
    if names.completes(PurePosixPath(path).name) is not None:
        return COMPLETION
    return MESSAGE if path.lower().endswith(".xml") else FILE


def identity(feed_id: str, key: str) -> str:
    """32 hex digits for an object of a feed."""
    text = f"{feed_id}\x1f{key}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def printable(key: str) -> str:
    """The key as it may be shown and stored; one that can be taken is not changed."""
    return "".join(
        char if char.isprintable() and char != "\\" else char.encode("unicode_escape").decode()
        for char in key[:_LONGEST_NOTE]
    )
