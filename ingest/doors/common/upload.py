"""One file on its way in: descriptor, bytes that wait, size so far, running digest. Thread-safe.

Bytes are taken at once (`take`) and written later (`drain`), so that no disk holds up an event
loop. An error of the disk answers the next `take`, and then the file can never be finished.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3

from ingest.doors.common.digest import RunningDigest
from ingest.doors.common.refusals import Reason, Refused, from_os

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ingest.doors.common.audit import Trail
    from ingest.doors.common.paths import Parts

_PIECE = 1 << 20
_MOST_PIECES = 16
"""Of one pwritev, about half a MiB. Measured for 1 GiB: with 512 it took 2.1 to 3.1 s, because the
page cache looks for large folios then, often in memory that nobody has touched yet; with 16 it took
2.16 s, with 2, for the many calls, 2.45 s."""
_MOST_BYTES = 1 << 19
_OVERHEAD = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How bytes are taken in.

    `most`: bytes that any file may have. `durable`: fsync before a file is told finished.
    `watermark`: bytes of disk that stay free. `takeover`: seconds of silence after which another
    session of the feed may write the file.
    """

    durable: bool = True
    watermark: int = 256 << 20
    takeover: float = 20.0
    most: int = 64 << 30


class _Run:
    """Pieces that follow each other in the file."""

    __slots__ = ("end", "pieces", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.pieces: list[bytes | memoryview] = []

    def takes(self, offset: int) -> bool:
        """Whether a piece for `offset` belongs here."""
        small = len(self.pieces) < _MOST_PIECES and self.end - self.start < _MOST_BYTES
        return self.end == offset and small


class Upload:
    """An open, unfinished file. Made by `FeedFiles.open_write`.

    `size` counts what was taken, `held` the bytes of it that still wait to be written.
    """

    def __init__(self, descriptor: int, parts: Parts, intake: Intake, *, append: bool) -> None:
        self.parts = parts
        self.append = append
        self.size = os.fstat(descriptor).st_size
        self.held = 0
        self.fault: Refused | None = None
        self.most = intake.most
        """Bytes that the file may have."""
        self.meter: Callable[[int], None] | None = None
        """Told by how many bytes the file is to grow; raises Refused when it may not."""
        self.trail: Trail | None = None
        """Where it is written down what became of it; without, as the feed's own doing."""
        self._intake = intake
        self._descriptor = descriptor
        self._end = self.size  # of what is written
        self._touched = time.monotonic()
        self._digest = RunningDigest(usable=self.size == 0)
        self._runs: list[_Run] = []
        self._queue = threading.Lock()  # what waits; never held while the disk works
        self._file = threading.Lock()  # the descriptor and the digest

    @property
    def open(self) -> bool:
        """Whether bytes may still come."""
        return self._descriptor >= 0

    @property
    def stale(self) -> bool:
        """Whether nothing came for so long that another session may take over."""
        return time.monotonic() - self._touched > self._intake.takeover

    def take(self, offset: int, piece: bytes | memoryview) -> None:
        """Take bytes for `offset`; quick.

        Raises:
            Refused: an earlier write failed, another session took over, or the file would become
                larger than it may; it can't be finished then: it would be a part of a file.
        """
        self._touched = time.monotonic()
        try:
            self._grow(offset + len(piece))
        except Refused as refused:
            self.fault = self.fault or refused
            raise
        with self._queue:
            self._usable()
            for part in _parts(piece):
                self._add(offset, part)
                offset += len(part)

    def _add(self, offset: int, piece: bytes | memoryview) -> None:
        runs = self._runs
        if not runs or not runs[-1].takes(offset):
            runs.append(_Run(offset))
        run = runs[-1]
        run.pieces.append(piece)
        run.end += len(piece)
        self.held += len(piece) + _OVERHEAD
        self.size = max(self.size, run.end)

    def _grow(self, end: int) -> None:
        if end > self.most:
            raise Refused(
                Reason.TOO_LARGE,
                f"this file may have {self.most} bytes; ask the operator for more",
            )
        if self.meter is not None and end > self.size:
            self.meter(end - self.size)

    def drain(self) -> None:
        """Write what waits.

        Raises:
            Refused: the disk is full or faulty; the upload can then never be finished.
        """
        with self._file:
            self._drain()

    def _drain(self) -> None:
        with self._queue:
            runs, self._runs = self._runs, []
            self.held = 0
            self._usable()
        try:
            for run in runs:
                self._write(run.start, run.pieces)
        except (OSError, Refused) as error:
            self._fail(error)

    def _write(self, offset: int, pieces: Sequence[bytes | memoryview]) -> None:
        total = sum(map(len, pieces))
        check_room(self._descriptor, self._intake, hole=offset - self._end)
        written = os.pwritev(self._descriptor, pieces, offset)
        if written < total:
            rest = b"".join(pieces)
            while written < total:
                written += os.pwrite(self._descriptor, rest[written:], offset + written)
        self._end = max(self._end, offset + total)
        for piece in pieces:
            self._digest.update(offset, piece)
            offset += len(piece)

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of the file as it is now."""
        with self._file:
            self._drain()
            return os.pread(self._descriptor, size, offset)

    def truncate(self, size: int) -> None:
        """Cut or extend to `size` bytes; also after a fault, as OpenSSH's client does then.

        Raises:
            Refused: so large it may not become.
        """
        self._grow(size)
        with self._file:
            with suppress(Refused):
                self._drain()
            if self._descriptor < 0:
                self._usable()
            check_room(self._descriptor, self._intake, hole=size - self._end)
            os.ftruncate(self._descriptor, size)
            self._end = size
            self._digest.truncated(size)
            self.size = size

    def touch(self, seconds: int) -> None:
        """Set the time of modification."""
        with self._file:
            self._drain()
            os.utime(self._descriptor, (seconds, seconds))

    def sync(self) -> None:
        """Make what was taken durable."""
        with self._file:
            self._drain()
            os.fsync(self._descriptor)

    def seal(self) -> str:
        """Make the file durable and give its digest; reads it again when that is needed.

        Raises:
            Refused: an earlier write failed, so the file is not whole.
        """
        with self._file:
            self._drain()
            try:
                self.size = os.fstat(self._descriptor).st_size
                if self._intake.durable:
                    os.fsync(self._descriptor)
                return self._digest.hexdigest(self.size) or digest_of(self._descriptor)
            except OSError as error:
                return self._fail(error)

    def close(self) -> None:
        """Write what waits, whatever comes of it, and give the descriptor back."""
        with self._file:
            if self._descriptor < 0:
                return
            with suppress(Refused):
                self._drain()
            with self._queue:
                os.close(self._descriptor)
                self._descriptor = -1

    def _fail(self, error: OSError | Refused) -> str:
        self.fault = error if isinstance(error, Refused) else from_os(error)
        self.size = os.fstat(self._descriptor).st_size
        raise self.fault from error

    def _usable(self) -> None:
        if self.fault:
            raise self.fault
        if self._descriptor < 0:
            raise Refused(
                Reason.BUSY,
                "another session of yours has taken over this upload; start it again there",
            )


def _parts(piece: bytes | memoryview) -> Iterable[bytes | memoryview]:
    """A piece as it is written: none greater than one write."""
    if len(piece) <= _MOST_BYTES:
        return (piece,)
    view = memoryview(piece)
    return (view[at : at + _MOST_BYTES] for at in range(0, len(piece), _MOST_BYTES))


def check_room(descriptor: int, intake: Intake, hole: int = 0) -> None:
    """Refuse before the disk is full; one write may pass the mark, not more. A `hole` of so many
    bytes takes no room yet, but has to be filled and hashed: there has to be room for it."""
    disk = os.fstatvfs(descriptor)
    if disk.f_bavail * disk.f_frsize < intake.watermark + max(0, hole):
        raise Refused(
            Reason.NO_SPACE,
            "the server's disk is nearly full; what arrived so far is kept: resume later, "
            "the operator has to make room",
        )


def digest_of(descriptor: int) -> str:
    """BLAKE3 of an open file, 64 hex digits."""
    digest = blake3()
    offset = 0
    while piece := os.pread(descriptor, _PIECE, offset):
        digest.update(piece)
        offset += len(piece)
    return digest.hexdigest()
