"""Secrets of this installation, made at first use under a lock, kept in the data folder."""

from __future__ import annotations

import fcntl
import os
import secrets
from typing import TYPE_CHECKING

from core.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32


def load_secret(folder: Path, name: str = "web") -> bytes:
    """The key `<folder>/<name>.key` (32 random bytes, mode 0600), made when there is none.

    Two processes that start at once get the same key: the maker holds `<folder>/.lock`.

    Raises:
        Unavailable: the file is there but holds no whole key.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.key"
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _write(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Unavailable(
            f"{path} holds {len(key)} bytes instead of {KEY_BYTES}",
            remedy="remove it; a new key is made and all listeners sign in again",
        )
    return key


def _write(path: Path, key: bytes) -> None:
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, key)
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.rename(path)
