"""Puts a package that came whole in its place: a batch of one release that completes itself.

With an `Idempotency-Key` the batch's name is noted before anything is placed, so that the same
request made again, also after a crash, ends at the same delivery.
"""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from typing import TYPE_CHECKING

from blake3 import blake3

from ddex.choreography import names
from ingest.doors.common.files import Whole
from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.doors.common.guarded import GuardedFiles
    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.http.hall import HttpDoor
    from ingest.doors.http.package import Package

    Known = Callable[[str, str], str | None]

LONGEST_KEY = 255
_ANY = "N_"
"""In place of the batch's name, while it has none."""


def mark(key: str) -> str:
    """The name of an Idempotency-Key's note. Raises Refused."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Refused(
            Reason.UNREADABLE,
            f"Idempotency-Key has to be 1 to {LONGEST_KEY} printable characters of ASCII",
        )
    return hashlib.sha256(key.encode()).hexdigest()


def place(
    door: HttpDoor, login: FeedLogin, package: Package, name: str | None, known: Known
) -> str:
    """The batch that the package became, or has been before.

    `name` is the note of its Idempotency-Key; `known` gives the delivery of (feed, batch).

    Raises:
        Refused: the key was used for another package, or the disk does not let us.
    """
    files, notes = door.views.of(login), door.packages(login)
    note = notes.read(name) if name else None
    if note and note["fingerprint"] != package.fingerprint:
        raise Refused(
            Reason.CONFLICT,
            "this Idempotency-Key was used for another package; a new package needs a new key",
        )
    if note and known(login.feed_id, note["batch"]):
        return str(note["batch"])
    files.judge(((_ANY, package.release, *file.parts), file.size) for file in package.files)
    batch = str(note["batch"]) if note else _reserve(door, files)
    if name:
        notes.write(name, {"batch": batch, "fingerprint": package.fingerprint})
    _install(files, package, batch)
    return batch


def _reserve(door: HttpDoor, files: GuardedFiles) -> str:
    """A batch folder of our own, named by the time."""
    now = door.clock()
    while True:
        batch = names.batch_folder(names.stamp(now))
        try:
            files.mkdir((batch,))
        except Refused as refused:
            if refused.reason is not Reason.EXISTS:
                raise
            now += timedelta(milliseconds=1)
        else:
            return batch


def _install(files: GuardedFiles, package: Package, batch: str) -> None:
    root = (batch, package.release)
    for file in package.files:
        files.make_folders((*root, *file.parts[:-1]))
        whole = Whole(file.size, file.blake3, "http", package.trail)
        files.install(package.tree, file.parts, (*root, *file.parts), whole)
    complete = names.batch_complete(batch[-names.STAMP_DIGITS :])
    os.close(package.tree.open((complete,), os.O_CREAT | os.O_RDWR))
    nothing = Whole(0, blake3(b"").hexdigest(), "http", package.trail)
    files.install(package.tree, (complete,), (batch, complete), nothing)
