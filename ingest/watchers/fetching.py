"""Objects through a window of ranges: several requests at once, bytes in order.

The window slides over all objects of a round, so that many small ones come as fast as one big one,
and holds a few ranges at most, so that no object is ever in memory as a whole. Because the bytes
come in order, their digest is made on the way.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ingest.watchers.threads import Pool
from storage.source import ObjectChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Self

    from ingest.doors.common.upload import Upload
    from storage.source import Found, Source

PART = 8 << 20
"""Bytes of one request."""
AHEAD = 8
"""Requests under way at once, and ranges held."""


class Window:
    """The bytes of objects, which have to be asked for in the order given; a context manager.
    `check` is called before each piece is given out, and may raise."""

    def __init__(
        self,
        source: Source,
        objects: Iterable[Found],
        *,
        part: int = PART,
        ahead: int = AHEAD,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._check = check
        self._source = source
        self._todo = _ranges(objects, part)
        self._ahead = ahead
        self._under_way: deque[tuple[Found, Future[bytes]]] = deque()
        self._pool = Pool(ahead)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.close()

    def pieces(self, found: Found) -> Iterator[bytes]:
        """The bytes of an object, in order. What is left of an earlier one is thrown away.

        Raises:
            ObjectChanged: it is not the object that was found any more.
            StoreFault: the store does not give it.
        """
        self._fill()
        while self._under_way and self._under_way[0][0] is not found:
            self._under_way.popleft()[1].cancel()
            self._fill()
        expected = found.size
        while self._under_way and self._under_way[0][0] is found:
            piece = self._under_way.popleft()[1].result()
            self._check()
            self._fill()
            expected -= len(piece)
            yield piece
        if expected:
            raise ObjectChanged(found.key)

    def _fill(self) -> None:
        while len(self._under_way) < self._ahead:
            following = next(self._todo, None)
            if following is None:
                return
            found, start, end = following
            self._under_way.append((found, self._pool.submit(self._source.read, found, start, end)))


def _ranges(objects: Iterable[Found], part: int) -> Iterator[tuple[Found, int, int]]:
    """An empty object has no range: nothing is asked."""
    for found in objects:
        for start in range(0, found.size, part):
            yield found, start, min(start + part, found.size)


def pull(
    window: Window, found: Found, upload: Upload, came: Callable[[int], None] = lambda _: None
) -> int:
    """Write one object into an upload; its bytes. `came` hears of each piece and may wait.

    Raises what `pieces` and `came` raise, and Refused.
    """
    offset = 0
    for piece in window.pieces(found):
        upload.take(offset, piece)
        upload.drain()
        offset += len(piece)
        came(len(piece))
    return offset
