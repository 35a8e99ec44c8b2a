"""Secrets of this installation, made at first use under a lock, kept in the data folder."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from core import keystore
from core.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32


def load_secret(folder: Path, name: str = "web") -> bytes:
    """The key `<folder>/<name>.key` (32 random bytes, mode 0600), made when there is none.

    Two processes that start at once get the same key: the maker holds a lock.

    Raises:
        Unavailable: the file is there but holds no whole key.
    """
    with keystore.locked(folder, f"{name}.key") as path:
        if not path.exists():
            keystore.write(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Unavailable(
            f"{path} holds {len(key)} bytes instead of {KEY_BYTES}",
            remedy="remove it; a new key is made and all listeners sign in again",
        )
    return key
