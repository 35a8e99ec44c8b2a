"""Writes gathered in memory and handed to a thread, so that no disk holds up the event loop.

A write is answered when its bytes are taken; an error of the disk answers the next write, or the
close, which then never finishes the file. Order is kept: one piece of work at a time per upload.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from concurrent.futures import Executor

    from ingest.doors.common.upload import Upload

CHUNK = 1 << 20
CEILING = 4 << 20
_OVERHEAD = 512


class _Run:
    """Pieces that follow each other in the file."""

    __slots__ = ("end", "pieces", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.pieces: list[bytes] = []


class WriteBehind:
    """The memory in front of one upload. Used by one task of one event loop."""

    def __init__(self, upload: Upload, pool: Executor) -> None:
        self.upload = upload
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._runs: list[_Run] = []
        self._held = 0
        self._job: asyncio.Future[None] | None = None
        self._fault: BaseException | None = None

    def write(self, offset: int, data: bytes) -> Awaitable[None] | None:
        """Take bytes; something to wait for when too many wait already."""
        self._check()
        runs = self._runs
        if not runs or runs[-1].end != offset:
            runs.append(_Run(offset))
            self._held += _OVERHEAD
        run = runs[-1]
        run.pieces.append(data)
        run.end += len(data)
        self._held += len(data)
        self.upload.size = max(self.upload.size, run.end)
        if self._job is None and self._held >= CHUNK:
            self._start()
        return self._room() if self._held >= CEILING else None

    async def flush(self) -> None:
        """Wait until all that was taken is written."""
        while self._runs or self._job:
            if self._job is None:
                self._start()
            await self._settled()
        self._check()

    async def settle(self) -> None:
        """Write what is left, whatever comes of it."""
        while (self._runs and not self._fault) or self._job:
            if self._job is None:
                self._start()
            await self._settled()

    def _start(self) -> None:
        runs, self._runs, self._held = self._runs, [], 0
        self._job = self._loop.run_in_executor(self._pool, _write_all, self.upload, runs)
        self._job.add_done_callback(self._done)

    def _done(self, job: asyncio.Future[None]) -> None:
        self._job = None
        error = None if job.cancelled() else job.exception()
        if error is not None:
            self._fault = error
            self._runs, self._held = [], 0
        elif self._held >= CHUNK:
            self._start()

    async def _settled(self) -> None:
        if self._job is not None:
            await asyncio.wait([self._job])

    async def _room(self) -> None:
        while self._held >= CEILING and self._job is not None:
            await self._settled()
        self._check()

    def _check(self) -> None:
        if self._fault is not None:
            raise self._fault


def _write_all(upload: Upload, runs: list[_Run]) -> None:
    for run in runs:
        upload.write(run.start, run.pieces)
