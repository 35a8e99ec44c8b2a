"""One file on its way in: descriptor, size so far, running digest. Synchronous, thread-safe."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3

from ingest.doors.common.digest import RunningDigest
from ingest.doors.common.refusals import Reason, Refused, from_os

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.doors.common.paths import Parts

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How bytes are taken in.

    `durable`: fsync before a file is told finished. `watermark`: bytes of disk that stay free.
    `takeover`: seconds of silence after which another session of the feed may write the file.
    """

    durable: bool = True
    watermark: int = 256 << 20
    takeover: float = 20.0


class Upload:
    """An open, unfinished file. Made by `FeedFiles.open_write`.

    `size` counts what the door has accepted, also what still waits to be written.
    """

    def __init__(self, descriptor: int, parts: Parts, intake: Intake, *, append: bool) -> None:
        self.parts = parts
        self.append = append
        self.size = os.fstat(descriptor).st_size
        self.touched = time.monotonic()
        self.fault: Refused | None = None
        self._intake = intake
        self._descriptor = descriptor
        self._digest = RunningDigest(usable=self.size == 0)
        self._lock = threading.Lock()

    @property
    def open(self) -> bool:
        """Whether bytes may still come."""
        return self._descriptor >= 0

    @property
    def stale(self) -> bool:
        """Whether nothing came for so long that another session may take over."""
        return time.monotonic() - self.touched > self._intake.takeover

    def write(self, offset: int, pieces: Sequence[bytes]) -> None:
        """Write pieces one after another from `offset`.

        Raises:
            Refused: the disk is full or faulty; the upload can then never be finished.
        """
        with self._lock:
            self._usable()
            try:
                self._write(offset, pieces)
            except OSError as error:
                self.fault = from_os(error)
                raise self.fault from error
            finally:
                if self.fault:
                    self.size = os.fstat(self._descriptor).st_size

    def _write(self, offset: int, pieces: Sequence[bytes]) -> None:
        total = sum(map(len, pieces))
        self._room(total)
        written = os.pwritev(self._descriptor, pieces, offset)
        if written < total:
            rest = b"".join(pieces)
            while written < total:
                written += os.pwrite(self._descriptor, rest[written:], offset + written)
        for piece in pieces:
            self._digest.update(offset, piece)
            offset += len(piece)
        self.size = max(self.size, offset)

    def _room(self, wanted: int) -> None:
        disk = os.fstatvfs(self._descriptor)
        if disk.f_bavail * disk.f_frsize - wanted < self._intake.watermark:
            self.fault = Refused(
                Reason.NO_SPACE,
                "no space left on the server's disk for this file; what arrived so far is kept: "
                "resume later, the operator has to make room",
            )
            raise self.fault

    def read(self, offset: int, size: int) -> bytes:
        with self._lock:
            self._usable()
            return os.pread(self._descriptor, size, offset)

    def truncate(self, size: int) -> None:
        """Cut or extend to `size` bytes."""
        with self._lock:
            if self._descriptor < 0:
                self._usable()
            grows = size - os.fstat(self._descriptor).st_size
            if grows > 0:
                self._room(grows)
            try:
                os.ftruncate(self._descriptor, size)
            except OSError as error:
                raise from_os(error) from error
            self._digest.truncated(size)
            self.size = size

    def touch(self, seconds: int) -> None:
        """Set the time of modification."""
        with self._lock:
            self._usable()
            os.utime(self._descriptor, (seconds, seconds))

    def sync(self) -> None:
        """Make what was written durable."""
        with self._lock:
            self._usable()
            os.fsync(self._descriptor)

    def seal(self) -> str:
        """Make the file durable and give its digest; reads it again when that is needed.

        Raises:
            Refused: an earlier write failed, so the file is not whole.
        """
        with self._lock:
            self._usable()
            try:
                self.size = os.fstat(self._descriptor).st_size
                if self._intake.durable:
                    os.fsync(self._descriptor)
                return self._digest.hexdigest(self.size) or digest_of(self._descriptor)
            except OSError as error:
                self.fault = from_os(error)
                raise self.fault from error

    def close(self) -> None:
        """Give the descriptor back; what was written stays."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def _usable(self) -> None:
        if self.fault:
            raise self.fault
        if self._descriptor < 0:
            raise Refused(
                Reason.BUSY,
                "another session of yours has taken over this upload; start it again there",
            )


def digest_of(descriptor: int) -> str:
    """BLAKE3 of an open file, 64 hex digits."""
    digest = blake3()
    offset = 0
    while piece := os.pread(descriptor, _PIECE, offset):
        digest.update(piece)
        offset += len(piece)
    return digest.hexdigest()
