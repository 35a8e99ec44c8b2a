"""What of a feed's files its sender sees, and reads."""

from __future__ import annotations

import os
import re
import stat as modes
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.doors.common.paths import ANSWERS, Parts, ours, shown
from ingest.doors.common.refusals import Reason, Refused, told
from ingest.doors.common.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.clock import Clock
    from ingest.doors.common.ports import Inbox
    from ingest.doors.common.upload import Intake, Upload

_FEED_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing. `modified` in Unix seconds; `size` counts what arrived so far."""

    name: str
    folder: bool
    size: int
    modified: int
    unfinished: bool = False


class FeedView:
    """Finished files, and unfinished ones under their final names with the size so far."""

    def __init__(
        self, data: Path, feed_id: str, *, inbox: Inbox, clock: Clock, intake: Intake
    ) -> None:
        if not _FEED_ID.fullmatch(feed_id):
            raise Refused(Reason.FAULT, "this feed's id can't be a folder name; tell the operator")
        self.feed_id = feed_id
        self.inbox_tree = Tree(data / "inbox" / feed_id)
        self.partial_tree = Tree(data / "partial" / feed_id)
        self._inbox = inbox
        self._clock = clock
        self._intake = intake
        self._open: dict[Parts, Upload] = {}
        self._lock = threading.RLock()  # the table of open uploads and the partial tree
        self._turn = threading.RLock()  # changes of finished files and what the inbox hears of them

    def prepare(self) -> None:
        """Make the feed's folders."""
        with told():
            self.partial_tree.make()
            for name in ANSWERS:
                Tree(self.inbox_tree.root / name).make()

    def entry(self, parts: Parts) -> Entry:
        with told(), self._lock:
            facts = self.partial_tree.stat(parts)
            if facts is None or modes.S_ISDIR(facts.st_mode):
                facts = self.inbox_tree.stat(parts)
            if facts is None:
                raise FileNotFoundError(2, shown(parts))
            return self._entry(parts, facts)

    def listing(self, parts: Parts) -> list[Entry]:
        """What a folder holds, by name."""
        with told(), self._lock:
            found = self.inbox_tree.entries(parts)
            with suppress(FileNotFoundError):
                for name, facts in self.partial_tree.entries(parts).items():
                    if modes.S_ISREG(facts.st_mode):
                        found[name] = facts
            return [self._entry((*parts, name), facts) for name, facts in sorted(found.items())]

    def _entry(self, parts: Parts, facts: os.stat_result) -> Entry:
        upload = self._open.get(parts)
        size = upload.size if upload else facts.st_size
        name = parts[-1] if parts else ""
        folder = modes.S_ISDIR(facts.st_mode)
        unfinished = not folder and self._partial(parts)
        return Entry(name, folder, size, int(facts.st_mtime), unfinished)

    def finished(self) -> Iterator[tuple[str, int]]:
        """Path and size of every finished file of the sender's, to reconcile after a crash."""
        for parts, facts in self.inbox_tree.files():
            if not ours(parts):
                yield shown(parts), facts.st_size

    def space(self) -> os.statvfs_result:
        """The file system the files lie on."""
        with told():
            return os.statvfs(self.inbox_tree.root)

    def busy(self, parts: Parts) -> bool:
        """Whether a session writes this file now."""
        with self._lock:
            upload = self._open.get(parts)
            return upload is not None and upload.open and not upload.stale

    def open_read(self, parts: Parts) -> int:
        """A descriptor for reading; an unfinished file is read as far as it came."""
        with told(), self._lock:
            tree = self.partial_tree if self._partial(parts) else self.inbox_tree
            return tree.open(parts, os.O_RDONLY)

    def _partial(self, parts: Parts) -> bool:
        facts = self.partial_tree.stat(parts) if parts else None
        return facts is not None and modes.S_ISREG(facts.st_mode)
