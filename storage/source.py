"""Objects of somebody else's bucket: named by a sender, listed in pages, read in ranges.

`ObjectStore` keeps what is ours under keys that we make; a `Source` reads what others put there.
Its keys are hostile, it may be slow, and objects may change at any moment between two calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path


class StoreFault(Unavailable):
    """The store refuses or can't be reached. `retryable`: another try may help without a change
    of keys, permissions or names."""

    def __init__(self, message: str, *, remedy: str = "", retryable: bool = True) -> None:
        super().__init__(message, remedy=remedy)
        self.retryable = retryable


class ObjectChanged(Exception):
    """The object is no longer the one that was found: replaced, or gone."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} changed")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object as the store described it. `key` is whole, from the bucket's root; `size` in bytes;
    `etag` without quotes; `version` is empty where the store keeps none or does not tell."""

    key: str
    size: int
    etag: str
    modified: datetime
    version: str = ""

    @property
    def mark(self) -> str:
        """Differs when the object was written again, also with the same bytes: by whole seconds,
        because stores tell fractions in some answers only."""
        return f"{self.etag[:80]}|{self.size}|{int(self.modified.timestamp())}"


class Source(Protocol):
    """A bucket (container) of one provider. Synchronous; every method may be called from several
    threads and raises StoreFault."""

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        """What lies under a prefix, keys in the store's order, greater than `after`."""
        ...

    def find(self, key: str) -> Found | None:
        """One object, None when there is none."""
        ...

    def read(self, found: Found, start: int, end: int) -> bytes:
        """Bytes from `start` up to, not including, `end`. Raises ObjectChanged."""
        ...

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object of ours."""
        ...

    def copy(self, found: Found, key: str) -> None:
        """Copy an object inside the bucket. Raises ObjectChanged."""
        ...

    def delete(self, found: Found) -> None:
        """Delete exactly this object. Raises ObjectChanged, and then deletes nothing."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
