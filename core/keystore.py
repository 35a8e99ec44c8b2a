"""Keys of this installation: each made once, by one process, readable by us alone."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(keys: Path, name: str) -> Iterator[Path]:
    """The path of `name` in `keys`, for one process at a time; the folder is made."""
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(keys / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield keys / name
    finally:
        os.close(lock)


def write(path: Path, data: bytes) -> None:
    """Write a file that only we may read: wholly and durably, or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(opened)
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
