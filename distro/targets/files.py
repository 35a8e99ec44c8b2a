"""What targets read of the files that they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECE = 1 << 20


def read_at(path: Path, offset: int, count: int) -> bytes:
    """Bytes of a file from `offset`; fewer at its end."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(count)


def pieces(path: Path, offset: int = 0, size: int = PIECE) -> Iterator[bytes]:
    """The bytes of a file from `offset` to its end."""
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(size):
            yield piece


def digest(path: Path) -> str:
    """BLAKE3 of a file, in hexadecimal."""
    found = blake3()
    for piece in pieces(path):
        found.update(piece)
    return found.hexdigest()
