"""Report files: written whole beside their place, checked, then linked in; never over another."""

from __future__ import annotations

import errno
import filecmp
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from core.errors import Conflict, DiskFull, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A new file; when anything goes wrong nothing is left of it.

    Raises:
        DiskFull: there is no space.
        Unavailable: the folder can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            yield file
    except OSError as wrong:
        path.unlink(missing_ok=True)
        raise _why(wrong, path.parent) from wrong
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def forced(file: IO[bytes]) -> None:
    """All of it on the disk."""
    file.flush()
    os.fsync(file.fileno())


def publish(source: Path, target: Path) -> None:
    """Make a whole file appear under its name in another folder; never over another.

    Raises:
        Conflict: another file has this name; it stays as it is. The same bytes are no conflict.
        DiskFull, Unavailable: the folder can't be written.
    """
    fresh = target.with_name(f".new-{secrets.token_hex(8)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and filecmp.cmp(source, target, shallow=False):
            return
        shutil.copyfile(source, fresh)
        with fresh.open("rb+") as file:
            forced(file)
        os.link(fresh, target)
        _sync(target.parent)
    except FileExistsError as there:
        raise Conflict(
            f"{target.name} is there already", remedy="what was sent is never overwritten"
        ) from there
    except OSError as wrong:
        raise _why(wrong, target.parent) from wrong
    finally:
        with suppress(OSError):
            fresh.unlink()


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
