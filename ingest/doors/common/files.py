"""A feed's files as its sender sees them: finished ones, and unfinished ones under final names.

Finished files lie in `<data>/inbox/<feed>/`, unfinished ones in `<data>/partial/<feed>/`, both on
one file system. An unfinished file hides a finished one of the same path until it is finished and
takes its place. All methods raise `Refused`, may block on the disk, and may be called from any
thread.
"""

from __future__ import annotations

import os
import stat as modes
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.doors.common.naming import FeedNames
from ingest.doors.common.paths import Parts, shown, writable
from ingest.doors.common.ports import ReceivedFile
from ingest.doors.common.refusals import Reason, Refused, told
from ingest.doors.common.tree import move
from ingest.doors.common.upload import Upload, check_room
from ingest.doors.common.view import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.doors.common.audit import Trail
    from ingest.doors.common.tree import Tree

__all__ = ["Entry", "FeedFiles", "Opening", "Whole"]
_COPY = 8 << 20


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
    trail: Trail | None = None


class FeedFiles(FeedNames):
    """The files of one feed; all sessions of the feed share one."""

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
