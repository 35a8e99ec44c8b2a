"""Hands the bytes that an upload has taken to a thread, a good deal at once, in order.

All uploads of a door share its writers: the more there are, the fewer bytes of each may wait, so
that they take turns, end together, and a crowd takes no more memory than a few big ones.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from ingest.doors.common.upload import Upload

CHUNK = 1 << 20
CEILING = 4 << 20
_LEAST = 1 << 18
_TOGETHER = 128 << 20
"""Bytes that may wait of all uploads of a door, as long as each has its least share."""


class Writers(ThreadPoolExecutor):
    """The threads of one door that wait for the disk; they know how many uploads they serve, and
    how many come soon: else the first of a crowd would take what is for all."""

    def __init__(self, name: str, threads: int = 8) -> None:
        super().__init__(threads, name)
        self._uploads: WeakSet[Upload] = WeakSet()
        self._awaited = 0

    @contextmanager
    def awaiting(self) -> Iterator[None]:
        """One more may come while the block runs; for one thread."""
        self._awaited += 1
        try:
            yield
        finally:
            self._awaited -= 1

    @property
    def at_the_gate(self) -> bool:
        """Whether somebody who was let in has not begun yet."""
        return self._awaited > len(self._uploads)

    def serve(self, upload: Upload) -> None:
        """One more, until it is forgotten."""
        self._uploads.add(upload)

    def ceiling(self) -> int:
        """Bytes of one upload that may wait."""
        uploads = max(1, len(self._uploads), self._awaited)
        return max(_LEAST, min(CEILING, _TOGETHER // uploads))


class _Behind:
    """In front of one upload."""

    def __init__(self, upload: Upload, writers: Writers) -> None:
        self.upload = upload
        self._writers = writers
        writers.serve(upload)

    def _share(self) -> tuple[int, int]:
        """Bytes that are worth a turn of a writer, and bytes that the sender has to wait at."""
        ceiling = self._writers.ceiling()
        return ceiling * CHUNK // CEILING, ceiling


class WriteBehind(_Behind):
    """Used by one task of one event loop."""

    def __init__(self, upload: Upload, writers: Writers) -> None:
        super().__init__(upload, writers)
        self._loop = asyncio.get_running_loop()
        self._job: asyncio.Future[None] | None = None

    def write(self, offset: int, piece: bytes | memoryview) -> bool:
        """Take bytes; whether so many wait that the sender should. May raise Refused."""
        self.upload.take(offset, piece)
        held, (chunk, ceiling) = self.upload.held, self._share()
        if held >= chunk and self._job is None:
            self._start()
        return held >= ceiling

    def _start(self) -> None:
        self._job = self._loop.run_in_executor(self._writers, self.upload.drain)
        self._job.add_done_callback(self._done)

    def _done(self, job: asyncio.Future[None]) -> None:
        self._job = None
        failed = job.cancelled() or job.exception() is not None  # the upload keeps its fault
        if not failed and self.upload.held >= self._share()[0]:
            self._start()

    async def room(self) -> None:
        """Wait until fewer bytes wait."""
        while self._job is not None and self.upload.held >= self._share()[1]:
            await asyncio.wait([self._job])


class ThreadBehind(_Behind):
    """The same in front of an upload that a thread of its own takes: it reads on while another
    thread writes and hashes."""

    def __init__(self, upload: Upload, writers: Writers) -> None:
        super().__init__(upload, writers)
        self._job: Future[None] | None = None

    def write(self, piece: bytes | memoryview) -> None:
        """Take the bytes that follow; waits when too many wait already. May raise Refused."""
        self.upload.take(self.upload.size, piece)
        held, (chunk, ceiling) = self.upload.held, self._share()
        if held < chunk:
            return
        if self._job is not None and not self._job.done():
            if held < ceiling:
                return
            self._job.result()
        self._job = self._writers.submit(self.upload.drain)
