"""A TCP cutter: stands between clients and servers under an address of its own, and resets.

It listens on `HOST` under the very ports of the servers on 127.0.0.1, so that the passive ports of
FTP lead through it too.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST = "127.0.0.2"
_SHARE = 0.15
"""Of all connections that are reset after some bytes; the others stay until `cut`."""
_MOST = 300_000
_PIECE = 16_384
_PAUSE = 0.02
"""Seconds before each piece, so that there is time to break something in the middle."""
_RESET = struct.pack("ii", 1, 0)


class Cutter:
    """Passes bytes on in a thread of its own, until it is closed."""

    def __init__(self, ports: Iterable[int], seed: int) -> None:
        self._ports = tuple(ports)
        self._random = Random(seed)  # noqa: S311 - a drill can be repeated
        self._open: set[asyncio.StreamWriter] = set()
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.resets = 0
        self.calm = False

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60), "the cutter does not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def cut(self) -> int:
        """Reset every connection; how many there were."""
        done: threading.Event = threading.Event()
        cut: list[int] = []

        def reset() -> None:
            cut.append(len(self._open) // 2)
            for writer in list(self._open):
                self._reset(writer)
            done.set()

        self._loop.call_soon_threadsafe(reset)
        assert done.wait(60)
        return cut[0]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for writer in list(self._open):
            self._reset(writer)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _listen(self) -> None:
        for port in self._ports:

            async def serve(
                near: asyncio.StreamReader, back: asyncio.StreamWriter, port: int = port
            ) -> None:
                await self._pass(near, back, port)

            self._servers.append(await asyncio.start_server(serve, HOST, port))

    async def _pass(
        self, near: asyncio.StreamReader, back: asyncio.StreamWriter, port: int
    ) -> None:
        try:
            far, on = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            self._reset(back)
            return
        self._open |= {back, on}
        limit = self._random.randint(1, _MOST) if self._random.random() < _SHARE else None
        try:
            await asyncio.gather(self._pump(near, on, limit), self._pump(far, back, None))
        except (OSError, ConnectionError, _Cut):
            self._reset(back)
            self._reset(on)
        finally:
            self._open -= {back, on}
            for writer in (back, on):
                writer.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int | None
    ) -> None:
        passed = 0
        while piece := await reader.read(_PIECE):
            await asyncio.sleep(0 if self.calm else _PAUSE)
            passed += len(piece)
            if limit is not None and passed > limit and not self.calm:
                writer.write(piece[: len(piece) // 2])
                raise _Cut
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    def _reset(self, writer: asyncio.StreamWriter) -> None:
        end = writer.get_extra_info("socket")
        if end is not None and end.fileno() >= 0:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()
        self.resets += 1


class _Cut(Exception):
    """Enough bytes have passed."""
