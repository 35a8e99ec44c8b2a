"""Takes the bytes of a body into an upload, hashed on the way, never past what may come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ingest.doors.common.behind import WriteBehind
from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ingest.doors.common.behind import Writers
    from ingest.doors.common.upload import Upload
    from ingest.doors.http.digests import Digests

_TURN, _TURNS = 0.05, 20
"""Who has had a piece leaves the next to those who came with him and have had none: for so many
seconds, and so often in all, so that no stream of small files holds up a big one for longer."""
Body = "AsyncIterator[bytes | memoryview]"
"""Bytes as they come. Raises Refused (`cut`, `too-slow`) when they end too early."""


class Intaking:
    """One upload that takes bytes from `offset` on, `most` being the greatest size of the file."""

    def __init__(
        self,
        upload: Upload,
        pool: Writers,
        *,
        offset: int = 0,
        most: int,
        digests: tuple[Digests, ...] = (),
    ) -> None:
        self._behind = WriteBehind(upload, pool)
        self._pool = pool
        self._turns = _TURNS
        self._most = most
        self._digests = digests
        self.offset = offset

    async def take(self, piece: bytes | memoryview) -> None:
        """Take the next bytes. Raises Refused."""
        if self.offset + len(piece) > self._most:
            raise too_large(self._most)
        for digests in self._digests:
            digests.update(piece)
        full = self._behind.write(self.offset, piece)
        self.offset += len(piece)
        if full:
            await self._behind.room()
        while self._turns and self._pool.at_the_gate:
            self._turns -= 1
            await asyncio.sleep(_TURN)

    async def all(self, body: AsyncIterator[bytes | memoryview]) -> None:
        """Take everything. Raises Refused."""
        async for piece in body:
            if piece:
                await self.take(piece)


def too_large(most: int) -> Refused:
    """The refusal of a body that is longer than it may be."""
    return Refused(Reason.TOO_LARGE, f"this is more than {most} bytes; nothing beyond is taken")
