"""The append-only spool of play events: one write each, answered after its fsync.

Many requests share one fsync (the first that waits does it for all written so far), so a beacon
costs a fraction of a flush and is still on the disk when its answer leaves. Files are named by
start time and process; the owner holds a lock on the file it writes, so a loader can tell a
finished file from a living one.
"""

from __future__ import annotations

import errno
import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from core.errors import DiskFull
from core.ids import secret_id
from server.usage.events import encode

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock import Clock
    from server.usage.events import Opened, Progressed

ROTATE_BYTES = 64 * 1024 * 1024
SUFFIX = ".jsonl"


@dataclass(slots=True)
class _File:
    """The file being written: bytes given to the system, and bytes known to be on the disk."""

    handle: int
    written: int = 0
    synced: int = 0


class Spool:
    """Writer of one process. Open it once; `close` when the server stops."""

    def __init__(self, folder: Path, clock: Clock, *, rotate: int = ROTATE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._rotate = rotate
        self._lock = anyio.Lock()
        self._file = self._open()

    def _open(self) -> _File:
        """A fresh file, locked before it gets the name that loaders look for."""
        name = f"{self._clock().strftime('%Y%m%dT%H%M%S%f')}-{secret_id()}"
        fresh = self._folder / f"{name}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        fresh.rename(self._folder / f"{name}{SUFFIX}")
        return _File(handle)

    async def append(self, event: Opened | Progressed) -> None:
        """Returns when the event is on the disk.

        Raises:
            DiskFull: it could not be written; nothing of it stays in the spool.
        """
        file = self._file
        mine = self._write(file, encode(event))
        while file.synced < mine:
            async with self._lock:
                await self._sync(file, mine)

    def _write(self, file: _File, line: bytes) -> int:
        """One write; a torn one is cut off again, so that the next line starts clean."""
        try:
            done = os.write(file.handle, line)
        except OSError as wrong:
            if wrong.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise DiskFull("no space for play events", remedy="free space") from wrong
            raise
        if done != len(line):
            os.ftruncate(file.handle, file.written)
            raise DiskFull("no space for play events", remedy="free space on the data folder")
        file.written += done
        return file.written

    async def _sync(self, file: _File, mine: int) -> None:
        if file.synced >= mine:
            return
        target = file.written
        await to_thread.run_sync(os.fsync, file.handle)
        file.synced = target
        if target >= self._rotate and file.written == target:
            self._file = self._open()
            os.close(file.handle)

    def close(self) -> None:
        """Flush and let the file go; a loader may now remove it."""
        os.fsync(self._file.handle)
        os.close(self._file.handle)
