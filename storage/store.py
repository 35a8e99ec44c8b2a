"""The object store that everything else sees: five methods, and what a backend declares it can.

Keys are slash-separated, relative, made by us (never by a sender): `[A-Za-z0-9._/-]+`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


class ObjectAbsent(Exception):
    """No object under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no object {key!r}")
        self.key = key


@dataclass(frozen=True, slots=True)
class Stat:
    """Size in bytes and time of the last change of an object."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this backend can beyond the five methods."""

    local_path: bool = False
    presign: bool = False


class ObjectStore(Protocol):
    """Objects by key. Every method raises ObjectAbsent where an object must exist and does not."""

    capabilities: Capabilities

    def put(self, key: str, data: bytes | Path) -> None:
        """Store, atomically: a reader sees the whole object or none. Same key = replaced."""
        ...

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Bytes from `start` up to, not including, `end`."""
        ...

    def stat(self, key: str) -> Stat | None:
        """Facts of an object, None when absent."""
        ...

    def list(self, prefix: str) -> Iterator[Stat]:
        """All objects whose key starts with this folder prefix."""
        ...

    def delete(self, key: str) -> None:
        """Remove; an absent object is no error."""
        ...

    def sign(self, key: str, seconds: int) -> str:
        """An address at which anybody may read the object for so long; where `presign` is declared.

        The object need not be there.
        """
        ...

    def open(self, key: str) -> int | None:
        """A descriptor to read the object from, the caller's to close, when it lies on this
        machine's disk, else None."""
        ...

    def local_path(self, key: str) -> Path | None:
        """A path to read the object from when it lies on this machine's disk, else None."""
        ...
