"""The data folder: where each thing lies, and the lock that keeps a second service out."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import Conflict, DiskFull, SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Paths inside the data folder."""

    root: Path

    @property
    def inbox(self) -> Path:
        """Finished files, `inbox/<feed>/<path in the feed's view>`."""
        return self.root / "inbox"

    @property
    def partial(self) -> Path:
        """Unfinished uploads, `partial/<feed>/<path in the feed's view>`."""
        return self.root / "partial"

    @property
    def work(self) -> Path:
        """Workspaces of deliveries in progress, `work/<delivery>/`."""
        return self.root / "work"

    @property
    def objects(self) -> Path:
        """The local object store."""
        return self.root / "objects"

    @property
    def keys(self) -> Path:
        """Host key and signing keys, readable by us alone."""
        return self.root / "keys"

    @property
    def search(self) -> Path:
        """The embedded search index; derived, may be deleted."""
        return self.root / "search"

    @property
    def spool(self) -> Path:
        """Beacons not yet imported."""
        return self.root / "spool"

    @property
    def usage(self) -> Path:
        """Accounted usage: closed days, the tree of their ledger, its signed heads."""
        return self.root / "usage"

    @property
    def work_database(self) -> str:
        """Address of the embedded database of durable work."""
        return f"sqlite:///{self.root.resolve() / 'work.db'}"

    def make(self) -> None:
        """Make all folders.

        Raises:
            SettingsInvalid: the folder can't be made or written.
            DiskFull: no space for it.
        """
        try:
            for path in (self.inbox, self.partial, self.work, self.objects, self.spool, self.usage):
                path.mkdir(parents=True, exist_ok=True)
            self.keys.mkdir(mode=0o700, exist_ok=True)
        except OSError as wrong:
            if wrong.errno == 28:
                raise DiskFull(f"no space left for the data folder {self.root}") from wrong
            raise SettingsInvalid(
                f"the data folder {self.root} can't be used: {wrong.strerror}",
                remedy="set `data` (SEGUE_DATA) to a folder that you may write",
            ) from wrong

    def lock(self) -> IO[str]:
        """Hold the folder for as long as the returned file is open; the kernel frees it at exit.

        Raises:
            Conflict: another process serves this folder.
        """
        file = (self.root / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise Conflict(
                f"{self.root} is served already, by process {holder}",
                remedy="stop that process, or choose another data folder (SEGUE_DATA)",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        return file
