"""Big request bodies without a parser: the socket is read straight into pieces of half a MiB.

Between a request's head and its end the parser has nothing to find where Content-Length is told.
The ordinary way copies each byte four times on its way through parser, server and framework, and
wakes a task for each 64 KiB; it stays for all other bodies.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import httptools

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from starlette.types import Scope

EXTENSION = "segue.body"
LEAST = 1 << 20
"""Bytes that must still come for the straight way to pay."""
PIECE = 1 << 19


class BodyCut(Exception):
    """The connection was lost before the end of the body."""


class Connection(Protocol):
    """What is needed of a connection of uvicorn's."""

    transport: Any
    parser: Any
    flow: Any
    cycle: Any

    def connection_lost(self, exc: Exception | None) -> None: ...


def straight(scope: Scope) -> AsyncGenerator[bytes | memoryview] | None:
    """The body's pieces, or None: take the ordinary way. They end before time by BodyCut."""
    offered: Callable[[], AsyncGenerator[bytes | memoryview] | None] | None = scope.get(
        "extensions", {}
    ).get(EXTENSION)
    return offered() if offered is not None else None


class Straight(asyncio.BufferedProtocol):
    """Stands in for a connection's own protocol until `left` bytes of a body have come."""

    def __init__(self, connection: Connection, left: int) -> None:
        self._connection = connection
        self._left = left
        self._buffer = bytearray(PIECE)
        self._filled = 0
        self._paused = False
        self._thrown_away = False
        self._lost = False
        self._news = asyncio.Event()

    async def pieces(self, first: bytes) -> AsyncGenerator[bytes | memoryview]:
        """All of the body. What is not taken is read nevertheless, so that the answer is heard."""
        try:
            if first:
                yield first
            while self._left or self._filled:
                while not self._filled:
                    if self._lost:
                        raise BodyCut
                    self._news.clear()
                    await self._news.wait()
                yield self._taken()
        finally:
            self._thrown_away = True
            self._resume()

    def _taken(self) -> memoryview:
        piece = memoryview(self._buffer)[: self._filled]
        self._buffer, self._filled = bytearray(PIECE), 0
        self._resume()
        return piece

    def _resume(self) -> None:
        if self._paused and not self._lost:
            self._paused = False
            self._connection.transport.resume_reading()

    # what the transport calls

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - we know better
        """Where to read into; never beyond the body."""
        if self._thrown_away:
            self._filled = 0
        free = min(PIECE - self._filled, self._left)
        return memoryview(self._buffer)[self._filled : self._filled + free]

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        self._filled += nbytes
        self._left -= nbytes
        self._news.set()
        if not self._left:
            self._hand_back()
        elif self._filled == PIECE and not self._thrown_away:
            self._paused = True
            self._connection.transport.pause_reading()

    def _hand_back(self) -> None:
        """The next byte is of another request: a new parser, which has not seen this body."""
        connection = self._connection
        connection.parser = httptools.HttpRequestParser(connection)
        connection.transport.set_protocol(connection)
        connection.cycle.more_body = False
        connection.cycle.message_event.set()

    def eof_received(self) -> None:
        """The connection is lost next."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The sender has gone."""
        self._lost = True
        self._news.set()
        self._connection.connection_lost(exc)

    def pause_writing(self) -> None:
        self._connection.flow.pause_writing()

    def resume_writing(self) -> None:
        self._connection.flow.resume_writing()


def offer(
    connection: Connection, came: Callable[[], int]
) -> Callable[[], AsyncGenerator[bytes | memoryview] | None]:
    """What a connection puts into its scope; `came` counts bytes of the body that came already."""

    def take() -> AsyncGenerator[bytes | memoryview] | None:
        cycle = connection.cycle
        left = _length(cycle.scope) - came()
        if left < LEAST or cycle.disconnected or cycle.response_complete:
            return None
        if cycle.waiting_for_100_continue:
            connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False
        first, cycle.body = bytes(cycle.body), bytearray()
        cycle.message_event.clear()
        reader = Straight(connection, left)
        connection.transport.set_protocol(reader)
        connection.flow.resume_reading()
        return reader.pieces(first)

    return take


def _length(scope: Scope) -> int:
    """Content-Length, 0 where the body has another form."""
    told = dict(scope["headers"])
    text = told.get(b"content-length", b"0")
    return int(text) if text.isdigit() and b"transfer-encoding" not in told else 0
