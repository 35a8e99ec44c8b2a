"""Hands the bytes that an upload has taken to a thread, a good deal at once, in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from ingest.doors.common.upload import Upload

CHUNK = 1 << 20
CEILING = 4 << 20


class WriteBehind:
    """In front of one upload; used by one task of one event loop."""

    def __init__(self, upload: Upload, pool: Executor) -> None:
        self.upload = upload
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._job: asyncio.Future[None] | None = None

    def write(self, offset: int, piece: bytes | memoryview) -> bool:
        """Take bytes; whether so many wait that the sender should. May raise Refused."""
        self.upload.take(offset, piece)
        held = self.upload.held
        if held >= CHUNK and self._job is None:
            self._start()
        return held >= CEILING

    def _start(self) -> None:
        self._job = self._loop.run_in_executor(self._pool, self.upload.drain)
        self._job.add_done_callback(self._done)

    def _done(self, job: asyncio.Future[None]) -> None:
        self._job = None
        failed = job.cancelled() or job.exception() is not None  # the upload keeps its fault
        if not failed and self.upload.held >= CHUNK:
            self._start()

    async def room(self) -> None:
        """Wait until fewer bytes wait."""
        while self.upload.held >= CEILING and self._job is not None:
            await asyncio.wait([self._job])


class ThreadBehind:
    """The same in front of an upload that a thread of its own takes: it reads on while another
    thread writes and hashes."""

    def __init__(self, upload: Upload, pool: Executor) -> None:
        self.upload = upload
        self._pool = pool
        self._job: Future[None] | None = None

    def write(self, piece: bytes | memoryview) -> None:
        """Take the bytes that follow; waits when too many wait already. May raise Refused."""
        self.upload.take(self.upload.size, piece)
        if self.upload.held < CHUNK:
            return
        if self._job is not None and not self._job.done():
            if self.upload.held < CEILING:
                return
            self._job.result()
        self._job = self._pool.submit(self._work)

    def _work(self) -> None:
        while self.upload.held >= CHUNK:
            self.upload.drain()
