"""Objects served again and again, kept in memory up to a bound; the coldest leave first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import blake3
from anyio import to_thread

if TYPE_CHECKING:
    from storage.store import ObjectStore


@dataclass(frozen=True, slots=True)
class HotObject:
    """The bytes of an object and their strong ETag, with its quotes."""

    body: bytes
    etag: str


class HotObjects:
    """Reads objects through memory. `most` is in bytes; larger objects pass through uncached."""

    def __init__(self, store: ObjectStore, most: int) -> None:
        self._store = store
        self._most = most
        self._held = 0
        self._objects: OrderedDict[str, HotObject] = OrderedDict()

    async def get(self, key: str) -> HotObject:
        """The object under this key.

        Raises:
            storage.store.ObjectAbsent: there is none.
        """
        found = self._objects.get(key)
        if found is not None:
            self._objects.move_to_end(key)
            return found
        body = await to_thread.run_sync(self._store.get, key)
        found = HotObject(body, f'"{blake3.blake3(body).hexdigest(length=16)}"')
        self._keep(key, found)
        return found

    def _keep(self, key: str, item: HotObject) -> None:
        if len(item.body) > self._most or key in self._objects:
            return
        self._objects[key] = item
        self._held += len(item.body)
        while self._held > self._most:
            _, dropped = self._objects.popitem(last=False)
            self._held -= len(dropped.body)

    @property
    def held(self) -> int:
        """Bytes in memory now."""
        return self._held
