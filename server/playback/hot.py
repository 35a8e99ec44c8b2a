"""Objects served again and again, held open and ready to be sent; the coldest leave first.

Bytes are sent by the kernel, from a descriptor to a socket, and never copied into Python. On the
local disk an object is its file: what is held is the open file and what is said of it, and the
kernel keeps its pages in memory. From any other store it is fetched once, into anonymous memory,
and where it is large by slices.
"""

from __future__ import annotations

import errno
import mmap
import os
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

import blake3
import structlog
from anyio import CapacityLimiter, to_thread

from core.errors import Unavailable
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from storage.store import ObjectStore

T = TypeVar("T")

MOST_OPEN = 4096
SLICE = 1 << 20
"""Bytes of a large object that are fetched at once from a store that is not the local disk."""
_CHUNK = 1 << 20
_MEASURED = 10_000
THREADS = 16
"""Of its own: a store that does not answer must not keep those of all other requests."""
_LITTLE = 64 << 10
_LOOK = 64
"""After so many requests it is looked again whether an object's pages are in memory."""


class HotObject:
    """An object that can be sent. Used in a `with` it stays open, also when it leaves meanwhile.

    Attributes:
        fd: descriptor to read and send from.
        size: in bytes.
        etag: strong, with its quotes; that of nginx for the same file.
        heads: what a server said of it before, by whatever it likes.
    """

    __slots__ = ("_asked", "_left", "_users", "_view", "etag", "fd", "heads", "size")

    def __init__(self, fd: int, size: int, etag: str) -> None:
        self.fd = fd
        self.size = size
        self.etag = etag
        self.heads: dict[bytes, bytes] = {}
        self._asked = 0
        self._users = 0
        self._left = False
        self._view: memoryview | None = None

    def read(self, start: int, end: int) -> bytes:
        """Some of its bytes."""
        return os.pread(self.fd, end - start, start)

    def rest(self, start: int, end: int) -> bytes | memoryview:
        """The same, without a copy where it is much; only for the kernel to read from."""
        if self._view is None and end - start <= _LITTLE:
            return self.read(start, end)
        if self._view is None:
            self._view = memoryview(mmap.mmap(self.fd, self.size, prot=mmap.PROT_READ))
        return self._view[start:end]

    def warm(self) -> bool:
        """Whether sending will not wait for a disk, as far as its first page can tell; looked at
        now and then, because pages that are sent often stay."""
        self._asked += 1
        if self._asked % _LOOK != 1 or not self.size:
            return True
        try:
            os.preadv(self.fd, [bytearray(1)], 0, os.RWF_NOWAIT)
        except OSError as wrong:
            self._asked = 0
            return wrong.errno != errno.EAGAIN
        return True

    def leave(self) -> None:
        """It is not kept any more."""
        self._left = True
        self._close_unused()

    def __enter__(self) -> Self:
        self._users += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._users -= 1
        self._close_unused()

    def _close_unused(self) -> None:
        if self._left and not self._users and self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class Measure(NamedTuple):
    """Size in bytes, and strong entity tag with its quotes, of an object that is not held."""

    size: int
    etag: str


class HotObjects:
    """Holds objects by key, `most` bytes of them in all. Used from one event loop."""

    def __init__(self, store: ObjectStore, most: int) -> None:
        self._store = store
        self._most = most
        self._objects: OrderedDict[str, HotObject] = OrderedDict()
        self._measures: OrderedDict[str, Measure] = OrderedDict()
        self._threads = CapacityLimiter(THREADS)
        self._log = structlog.get_logger("segue.media")
        self.held = 0
        self.hits = 0
        self.misses = 0

    def at_hand(self, key: str) -> HotObject | None:
        """The object, when it is held."""
        found = self._objects.get(key)
        if found is not None:
            self._objects.move_to_end(key)
            self.hits += 1
        return found

    def known(self, key: str) -> HotObject | None:
        """The object, when it is held or lies on the local disk."""
        found = self.at_hand(key)
        if found is not None or not self.local:
            return found
        fd = self._store.open(key)
        return None if fd is None else self._keep(key, _of_file(fd))

    async def get(self, key: str) -> HotObject:
        """The object under this key, with the first of its bytes in memory.

        Raises:
            storage.store.ObjectAbsent: there is none.
        """
        found = self.known(key)
        if found is None:
            found = await self._fetched(key)
        if not found.warm():
            with found:
                await to_thread.run_sync(_warm, found)
        return found

    async def _fetched(self, key: str) -> HotObject:
        if self.local:
            raise ObjectAbsent(key)
        body = await self._asked(self._store.get, key)
        return self._objects.get(key) or self._keep(key, in_memory(body))

    @property
    def local(self) -> bool:
        """Whether objects are files of the local disk, which nobody has to fetch."""
        return self._store.capabilities.local_path

    async def measure(self, key: str) -> Measure:
        """Of an object that is fetched in slices. Raises ObjectAbsent."""
        found = self._measures.get(key)
        if found is None:
            stat = await self._asked(self._store.stat, key)
            if stat is None:
                raise ObjectAbsent(key)
            etag = f'"{int(stat.modified.timestamp()):x}-{stat.size:x}"'
            found = self._measures[key] = Measure(stat.size, etag)
            if len(self._measures) > _MEASURED:
                self._measures.popitem(last=False)
        return found

    async def slice(self, key: str, number: int, size: int) -> HotObject:
        """The slice of this number, from 0, of an object of so many bytes. Raises ObjectAbsent."""
        name = f"{key}#{number}"
        found = self.at_hand(name)
        if found is None:
            start = number * SLICE
            end = min(start + SLICE, size)
            body = await self._asked(self._store.get, key, start, end)
            found = self._objects.get(name) or self._keep(name, in_memory(body))
        return found

    async def _asked(self, ask: Callable[..., T], *args: object) -> T:
        """What the store answers. Raises ObjectAbsent, and Unavailable when it does not."""
        try:
            return await to_thread.run_sync(ask, *args, limiter=self._threads)
        except ObjectAbsent:
            raise
        except Exception as wrong:  # each provider has errors of its own
            self._log.exception("object_store_failed", key=args[0])
            raise Unavailable("the object store does not answer") from wrong

    def _keep(self, key: str, item: HotObject) -> HotObject:
        self.misses += 1
        self._objects[key] = item
        self.held += item.size
        while len(self._objects) > 1 and (self.held > self._most or len(self._objects) > MOST_OPEN):
            _, coldest = self._objects.popitem(last=False)
            self.held -= coldest.size
            coldest.leave()
        return item

    def close(self) -> None:
        """Let go of all."""
        while self._objects:
            self._objects.popitem()[1].leave()
        self.held = 0


def _of_file(fd: int) -> HotObject:
    facts = os.fstat(fd)
    return HotObject(fd, facts.st_size, f'"{int(facts.st_mtime):x}-{facts.st_size:x}"')


def in_memory(body: bytes) -> HotObject:
    """An object of these bytes, of no store."""
    fd = os.memfd_create("segue", os.MFD_CLOEXEC)
    written = 0
    while written < len(body):
        written += os.write(fd, memoryview(body)[written:])
    return HotObject(fd, len(body), f'"{blake3.blake3(body).hexdigest(length=16)}"')


def _warm(item: HotObject) -> None:
    """Bring it from the disk into the kernel's memory."""
    for start in range(0, item.size, _CHUNK):
        os.pread(item.fd, _CHUNK, start)
