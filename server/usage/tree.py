"""The hashes of the ledger's tree on disk: appended to, never rewritten.

`<folder>/<level>.hashes` holds the hashes of whole subtrees of 2**level leaves, 32 bytes each, for
every eighth level (as tiles of transparency logs do): any node is made of at most 256 of them, so a
proof over hundreds of millions of leaves reads some kilobytes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from server.usage.merkle import node_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIDE = 8
_BYTES = 32


class TreeFiles:
    """`size` is the number of leaves that count; what lies behind it was never committed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, size: int, leaves: Sequence[bytes]) -> None:
        """Write the hashes of leaves from number `size` on, durably, over what was never committed.

        Raises:
            OSError: it can't be written; what was committed stands.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        level, begin, fresh = 0, size, list(leaves)
        while fresh or begin:
            self._write(level, begin, fresh)
            start = begin >> WIDE << WIDE
            row = self._read(level, start, begin - start) + fresh
            whole = len(row) >> WIDE << WIDE
            fresh = [fold(row[place : place + 256]) for place in range(0, whole, 256)]
            level, begin = level + WIDE, begin >> WIDE

    def node(self, level: int, number: int) -> bytes:
        """The hash of a whole subtree; raises ValueError when it is not on the disk."""
        stored = level // WIDE * WIDE
        return fold(self._read(stored, number << (level - stored), 1 << (level - stored)))

    def leaves(self, first: int, count: int) -> list[bytes]:
        """Hashes of leaves."""
        return self._read(0, first, count)

    def _path(self, level: int) -> Path:
        return self._folder / f"{level}.hashes"

    def _write(self, level: int, begin: int, hashes: Sequence[bytes]) -> None:
        handle = os.open(self._path(level), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "r+b") as file:
            file.truncate(begin * _BYTES)
            file.seek(begin * _BYTES)
            file.write(b"".join(hashes))
            file.flush()
            os.fsync(file.fileno())

    def _read(self, level: int, first: int, count: int) -> list[bytes]:
        if not count:
            return []
        try:
            with self._path(level).open("rb") as file:
                file.seek(first * _BYTES)
                data = file.read(count * _BYTES)
        except FileNotFoundError:
            data = b""
        if len(data) != count * _BYTES:
            raise ValueError(f"{self._path(level)} ends before hash {first + count}")
        return [data[place : place + _BYTES] for place in range(0, len(data), _BYTES)]


def fold(hashes: Sequence[bytes]) -> bytes:
    """The node over 2**n hashes."""
    row = list(hashes)
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=True)
        row = [node_hash(left, right) for left, right in pairs]
    return row[0]
