"""A feed's files as its sender sees them: finished ones, and unfinished ones under final names.

Finished files lie in `<data>/inbox/<feed>/`, unfinished ones in `<data>/partial/<feed>/`, both on
one file system. An unfinished file hides a finished one of the same path until it is finished and
takes its place. All methods raise `Refused`, may block on the disk, and may be called from any
thread.
"""

from __future__ import annotations

import os
import re
import stat as modes
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.doors.common.paths import ANSWERS, Parts, shown, writable
from ingest.doors.common.ports import ReceivedFile
from ingest.doors.common.refusals import Reason, Refused, told
from ingest.doors.common.tree import Tree, move
from ingest.doors.common.upload import Intake, Upload, check_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.clock import Clock
    from ingest.doors.common.ports import Inbox

_COPY = 8 << 20
_FEED_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing. `modified` in Unix seconds; `size` counts what arrived so far."""

    name: str
    folder: bool
    size: int
    modified: int
    unfinished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a file is opened for writing."""

    create: bool = True
    truncate: bool = False
    exclusive: bool = False
    append: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """What is known of a file that came whole: bytes, digest, and the door it came in by."""

    size: int
    blake3: str
    protocol: str


class FeedFiles:
    """The files of one feed; all sessions of the feed share one."""

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

    # what is there

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
            if parts[0] not in ANSWERS:
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

    # reading and writing files

    def open_read(self, parts: Parts) -> int:
        """A descriptor for reading; an unfinished file is read as far as it came."""
        with told(), self._lock:
            tree = self.partial_tree if self._partial(parts) else self.inbox_tree
            return tree.open(parts, os.O_RDONLY)

    def open_write(self, parts: Parts, how: Opening) -> Upload:
        """Start or resume an upload; the finished file of this path stays until `finish`."""
        writable(parts)
        with told(), self._lock:
            self._claim(parts)
            finished = self.inbox_tree.stat(parts)
            if finished is not None and modes.S_ISDIR(finished.st_mode):
                raise IsADirectoryError(21, shown(parts))
            known = self._partial(parts) or finished is not None
            if known and how.exclusive:
                raise FileExistsError(17, shown(parts))
            if not known and not how.create:
                raise FileNotFoundError(2, shown(parts))
            return self._begin(parts, how)

    def _begin(self, parts: Parts, how: Opening) -> Upload:
        with self.inbox_tree.folder(parts[:-1]) as folder:  # has to be there
            check_room(folder, self._intake)
        resumes = self._partial(parts)
        flags = os.O_RDWR | os.O_CREAT | (os.O_TRUNC if how.truncate else 0)
        descriptor = self.partial_tree.open(parts, flags, make=True)
        try:
            if not how.truncate and not resumes:
                self._copy_in(parts, descriptor)
            upload = Upload(descriptor, parts, self._intake, append=how.append)
        except BaseException:
            os.close(descriptor)
            if not resumes:
                self.partial_tree.unlink(parts)
                self.partial_tree.prune(parts[:-1])
            raise
        self._open[parts] = upload
        return upload

    def _copy_in(self, parts: Parts, descriptor: int) -> None:
        try:
            source = self.inbox_tree.open(parts, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            while os.copy_file_range(source, descriptor, _COPY):
                pass
        finally:
            os.close(source)

    def _claim(self, parts: Parts) -> None:
        if not parts:
            raise IsADirectoryError(21, "/")
        other = self._open.get(parts)
        if other is None:
            return
        if other.open and not other.stale:
            raise Refused(
                Reason.BUSY,
                f"{shown(parts)} is being uploaded by another session of yours; "
                f"wait until it ends, or {self._intake.takeover:.0f} s after it went silent",
            )
        self.abandon(other)

    def finish(
        self,
        upload: Upload,
        protocol: str = "",
        *,
        sure: bool = True,
        stands: Callable[[], bool] | None = None,
    ) -> ReceivedFile:
        """The sender closed the file: make it durable, put it in its place, tell the inbox.

        `protocol` and `sure` as `ReceivedFile` has them; `stands` is asked as late as can be
        whether the end is still believed.
        """
        try:
            digest = upload.seal()
            if stands is not None and not stands():
                raise Refused(Reason.BUSY, "the sender went away; what arrived is kept unfinished")
            with self._turn:
                self._place(upload)
                return self._tell(upload.parts, upload.size, digest, protocol, sure=sure)
        finally:
            self.abandon(upload)

    def install(self, source: Tree, old: Parts, parts: Parts, whole: Whole) -> None:
        """Put a whole and durable file of another tree of ours in its place, tell the inbox."""
        writable(parts)
        with self._turn, told():
            with self._lock:
                self._idle(parts)
                move(source, old, self.inbox_tree, parts)
            if self._intake.durable:
                self.inbox_tree.sync(parts[:-1])
            self._tell(parts, whole.size, whole.blake3, whole.protocol)

    def _tell(
        self, parts: Parts, size: int, digest: str, protocol: str, *, sure: bool = True
    ) -> ReceivedFile:
        now = self._clock()
        received = ReceivedFile(self.feed_id, shown(parts), size, digest, now, protocol, sure)
        self._inbox.received(received)
        return received

    def _place(self, upload: Upload) -> None:
        parts = upload.parts
        with told(), self._lock:
            if self._open.get(parts) is not upload:
                raise Refused(Reason.BUSY, "another session of yours has taken over this upload")
            move(self.partial_tree, parts, self.inbox_tree, parts)
            del self._open[parts]
            self.partial_tree.prune(parts[:-1])
        with told():
            if self._intake.durable:
                self.inbox_tree.sync(parts[:-1])

    def abandon(self, upload: Upload) -> None:
        """The sender went away without closing: keep what arrived, deliver nothing."""
        upload.close()  # first: the next session has to see every byte that was taken
        with self._lock:
            if self._open.get(upload.parts) is upload:
                del self._open[upload.parts]

    def discard(self, upload: Upload) -> None:
        """What arrived is not what was meant: nothing of it stays."""
        self.abandon(upload)
        with self._lock, suppress(OSError):
            if upload.parts not in self._open:
                self.partial_tree.unlink(upload.parts)
                self.partial_tree.prune(upload.parts[:-1])

    # names

    def make_folders(self, parts: Parts) -> None:
        """Make a folder and those above it; fine when they are there."""
        for count in range(1, len(parts) + 1):
            try:
                self.mkdir(parts[:count])
            except Refused as refused:
                if refused.reason is not Reason.EXISTS:
                    raise

    def mkdir(self, parts: Parts) -> None:
        writable(parts)
        with told(), self._lock:
            if self._partial(parts):
                raise FileExistsError(17, shown(parts))
            self.inbox_tree.mkdir(parts)
            if self._intake.durable:
                self.inbox_tree.sync(parts[:-1])

    def rmdir(self, parts: Parts) -> None:
        writable(parts)
        with told(), self._lock:
            if any(self.partial_tree.files(parts)):
                raise OSError(39, "unfinished uploads")
            self.inbox_tree.rmdir(parts)
            self.partial_tree.prune(parts)

    def remove(self, parts: Parts) -> None:
        """Remove a file, unfinished and finished."""
        writable(parts)
        with self._turn, told():
            with self._lock:
                self._idle(parts)
                partial = self._partial(parts)
                if partial:
                    self.partial_tree.unlink(parts)
                    self.partial_tree.prune(parts[:-1])
                if finished := self.inbox_tree.stat(parts):
                    if modes.S_ISDIR(finished.st_mode):
                        raise IsADirectoryError(21, shown(parts))
                    self.inbox_tree.unlink(parts)
                elif not partial:
                    raise FileNotFoundError(2, shown(parts))
            if finished:
                self._inbox.removed(self.feed_id, shown(parts))

    def rename(self, old: Parts, new: Parts, *, replace: bool) -> None:
        """Move a file or a folder; with `replace` a file of the new name gives way."""
        writable(old)
        writable(new)
        with self._turn, told():
            with self._lock:
                moved = self._rename(old, new, replace=replace)
            for before, after in moved:
                self._inbox.renamed(self.feed_id, shown(before), shown(after))

    def _rename(self, old: Parts, new: Parts, *, replace: bool) -> list[tuple[Parts, Parts]]:
        self._idle(old)
        self._idle(new)
        self._may_take(new, replace=replace)
        with self.inbox_tree.folder(new[:-1]):
            pass
        if self._partial(old):
            self._move_partial(old, new)
            return []
        facts = self.inbox_tree.stat(old)
        if facts is None:
            raise FileNotFoundError(2, shown(old))
        moved = [(old, new)]
        if modes.S_ISDIR(facts.st_mode):
            moved = [(path, new + path[len(old) :]) for path, _ in self.inbox_tree.files(old)]
        move(self.inbox_tree, old, self.inbox_tree, new)
        with suppress(FileNotFoundError):
            self._move_partial(old, new)
        if self._intake.durable:
            self.inbox_tree.sync(new[:-1])
            self.inbox_tree.sync(old[:-1])
        return moved

    def _move_partial(self, old: Parts, new: Parts) -> None:
        if self.partial_tree.stat(old) is None:
            return
        with self.partial_tree.folder(new[:-1], make=True):
            pass
        move(self.partial_tree, old, self.partial_tree, new)
        self.partial_tree.prune(old[:-1])

    def _may_take(self, new: Parts, *, replace: bool) -> None:
        taken = self._partial(new) or self.inbox_tree.stat(new) is not None
        if taken and not replace:
            raise FileExistsError(17, shown(new))
        if replace and self._partial(new):
            self.partial_tree.unlink(new)

    def _idle(self, parts: Parts) -> None:
        for path, upload in self._open.items():
            if path[: len(parts)] == parts and upload.open:
                raise Refused(
                    Reason.BUSY, f"{shown(path)} is being uploaded; close it before you move it"
                )

    def touch(self, parts: Parts, seconds: int) -> None:
        """Set the time of modification of a file or folder."""
        writable(parts)
        with told(), self._lock:
            tree = self.partial_tree if self._partial(parts) else self.inbox_tree
            tree.touch(parts, seconds)

    def _partial(self, parts: Parts) -> bool:
        facts = self.partial_tree.stat(parts) if parts else None
        return facts is not None and modes.S_ISREG(facts.st_mode)
