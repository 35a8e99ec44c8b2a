"""Report files: written whole beside their place, checked, then linked in; never over another."""

from __future__ import annotations

import errno
import os
import secrets
from typing import TYPE_CHECKING

from core.errors import Conflict, DiskFull, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Draft:
    """A file that is not there yet: `write`, look at `path`, then `publish` or `discard`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f".draft-{secrets.token_hex(8)}"
        self.size = 0

    def write(self, lines: Iterable[str]) -> None:
        """All lines, forced to the disk.

        Raises:
            DiskFull: there is no space.
            Unavailable: the folder can't be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("x", encoding="utf-8", newline="") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            self.size = self.path.stat().st_size
        except OSError as wrong:
            self.discard()
            raise _why(wrong, self.path.parent) from wrong

    def publish(self, target: Path) -> None:
        """Make it appear under its name.

        Raises:
            Conflict: there is a file of this name; it stays as it is.
            DiskFull, Unavailable: the folder can't be written.
        """
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(self.path, target)
            _sync(target.parent)
        except FileExistsError as there:
            raise Conflict(
                f"{target.name} is there already", remedy="what was sent is never overwritten"
            ) from there
        except OSError as wrong:
            raise _why(wrong, target.parent) from wrong
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(wrong: OSError, folder: Path) -> DiskFull | Unavailable:
    if wrong.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(f"no space left in {folder}", remedy="make space and build again")
    return Unavailable(f"{folder} can't be written: {wrong.strerror}")
