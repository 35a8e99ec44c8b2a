"""A bucket in memory that takes any key, as the clouds do: the harmless twin of a `Source`."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from storage.source import Found, ObjectChanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class MemorySource:
    """Each write is a second later than the one before."""

    def __init__(self, page: int = 1000) -> None:
        self._page = page
        self._objects: dict[str, tuple[Found, bytes]] = {}
        self._lock = threading.Lock()
        self._writes = 0

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        """In the order of the keys' bytes."""
        keys = sorted(self._objects, key=lambda key: key.encode("utf-8", "surrogatepass"))
        wanted = [key for key in keys if key.startswith(prefix) and key > after]
        for start in range(0, len(wanted), self._page):
            names = wanted[start : start + self._page]
            yield [self._objects[key][0] for key in names if key in self._objects]

    def find(self, key: str) -> Found | None:
        """One object, None when there is none."""
        held = self._objects.get(key)
        return held[0] if held else None

    def read(self, found: Found, start: int, end: int) -> bytes:
        """A range of the object that was found."""
        now, data = self._objects.get(found.key, (None, b""))
        if now is None or now.etag != found.etag:
            raise ObjectChanged(found.key)
        return data[start:end]

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object."""
        body = data.read_bytes() if isinstance(data, Path) else data
        with self._lock:
            self._writes += 1
            found = Found(
                key=key,
                size=len(body),
                etag=hashlib.sha256(body).hexdigest()[:32],
                modified=_BEGIN + timedelta(seconds=self._writes),
            )
            self._objects[key] = (found, body)

    def copy(self, found: Found, key: str) -> None:
        """Copy an object inside the bucket."""
        self.put(key, self.read(found, 0, found.size))

    def delete(self, found: Found) -> None:
        """Delete exactly this object."""
        with self._lock:
            held = self._objects.get(found.key)
            if held is None or held[0] != found:
                raise ObjectChanged(found.key)
            del self._objects[found.key]

    def close(self) -> None:
        """Nothing is held."""
