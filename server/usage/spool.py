"""The append-only spool of play events: one `write` each, so that a killed process loses none.

What was written is with the kernel and survives `kill -9`; a thread brings it to the disk every
100 ms, so that a loss of power costs at most so much. Files are named by start time and process;
the owner holds a lock on the file it writes, so a loader tells a finished file from a living one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from core.errors import DiskFull, Unavailable
from core.ids import secret_id
from server.usage.events import encode

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock import Clock
    from server.usage.events import Opened, Progressed

ROTATE_BYTES = 64 * 1024 * 1024
SYNC_S = 0.1
SUFFIX = ".jsonl"


@dataclass(slots=True, eq=False)
class _File:
    """The file being written: its descriptor, and the bytes given to the system."""

    handle: int
    written: int = 0


class Spool:
    """Writer of one process. Open it once; `close` when the server stops."""

    def __init__(self, folder: Path, clock: Clock, *, rotate: int = ROTATE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._rotate = rotate
        self._lock = threading.Lock()
        self._full: list[_File] = []
        self._file = self._open()
        self._dirty = threading.Event()
        self._stop = threading.Event()
        self._syncer = threading.Thread(target=self._keep_synced, name="spool", daemon=True)
        self._syncer.start()

    def _open(self) -> _File:
        """A fresh file, locked before it gets the name that loaders look for."""
        name = f"{self._clock().strftime('%Y%m%dT%H%M%S%f')}-{secret_id()}"
        fresh = self._folder / f"{name}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        fresh.rename(self._folder / f"{name}{SUFFIX}")
        return _File(handle)

    def append(self, *events: Opened | Progressed) -> None:
        """Returns when the events are with the system, all in one write.

        Raises:
            DiskFull: they could not be written; nothing of them stays in the spool.
            Unavailable: the disk fails.
        """
        lines = b"".join(map(encode, events))
        with self._lock:
            self._write(self._file, lines)
            if self._file.written >= self._rotate:
                self._full.append(self._file)
                self._file = self._open()
        self._dirty.set()

    def _write(self, file: _File, lines: bytes) -> None:
        """One write; a torn one is cut off again, so that the next line starts clean."""
        try:
            done = os.write(file.handle, lines)
        except OSError as wrong:
            if wrong.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise DiskFull("no space for play events", remedy="free space") from wrong
            raise Unavailable(f"play events can't be kept: {wrong.strerror}") from wrong
        if done != len(lines):
            os.ftruncate(file.handle, file.written)
            raise DiskFull("no space for play events", remedy="free space on the data folder")
        file.written += done

    def _keep_synced(self) -> None:
        while not self._stop.is_set():
            self._dirty.wait()
            self._stop.wait(SYNC_S)
            self._dirty.clear()
            self.sync()

    def sync(self) -> None:
        """Bring everything written so far to the disk."""
        with self._lock:
            full, self._full = self._full, []
            handle = os.dup(self._file.handle)
        for each in [*(file.handle for file in full), handle]:
            try:
                os.fsync(each)
            except OSError:
                structlog.get_logger("segue.usage").exception("spool_not_synced")
            finally:
                os.close(each)

    def close(self) -> None:
        """Bring all to the disk and let the file go; a loader may now remove it."""
        self._stop.set()
        self._dirty.set()
        self._syncer.join()
        self.sync()
        os.close(self._file.handle)
