"""Hands bytes to asyncssh in small bites.

asyncssh copies what is left of its input for every packet it takes out of it: with the 256 KiB that
uvloop reads at once that is eight copies of every byte, and half of an upload's time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from ingest.doors.common.proxy import not_announced
from ingest.doors.common.refusals import Refused

if TYPE_CHECKING:
    import asyncssh

    from ingest.doors.common.proxy import ProxyHead

BITE = 68 << 10
"""A little more than two full packets of 32 KiB; measured best of 20, 36, 68, 132 and 256."""


BITES = 2
"""In one turn of the loop. Of its own accord the loop takes up to 32 of one connection before it
asks the next one: two MiB, for which everybody else waits some 10 ms, for each upload under way. An
answer takes some turns. With 6 an upload took no less time of the processor, and with four of them
nine in ten answers came within 100 ms instead of 30 on a busy machine."""


class Doorman(Protocol):
    """Who hears how a connection begins."""

    def arrived(self, peer: str) -> None: ...

    def misled(self, text: str) -> None: ...


class SmallBites(asyncio.BufferedProtocol):
    """Stands between a transport and the connection's own protocol.

    From a proxy it takes the PROXY header first; from others a header ends the connection.
    """

    def __init__(
        self,
        connection: asyncssh.SSHServerConnection,
        transport: asyncio.Transport,
        doorman: Doorman,
        head: ProxyHead | None,
    ) -> None:
        self._connection = connection
        self._transport = transport
        self._doorman = doorman
        self._head = head
        self._begins = True
        self._buffer = memoryview(bytearray(BITE))
        self._loop = asyncio.get_running_loop()
        self._bites = 0

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - we know better
        """Where the loop reads into."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        self._count()
        if self._begins:
            data = self._begin(data)
        if data:
            self._connection.data_received(data)

    def _count(self) -> None:
        self._bites += 1
        if self._bites == 1:
            self._loop.call_soon(self._next_turn)
        elif self._bites == BITES and not self._transport.is_closing():
            self._transport.pause_reading()

    def _next_turn(self) -> None:
        paused, self._bites = self._bites >= BITES, 0
        if paused and not self._transport.is_closing():
            self._transport.resume_reading()

    def _begin(self, data: bytes) -> bytes:
        """What belongs to the connection itself, of its first bytes."""
        try:
            if self._head is None:
                not_announced(data)
            elif not self._head.feed(data):
                return b""
            else:
                data = self._head.rest
                self._doorman.arrived(self._head.peer)
            self._begins = False
        except Refused as refused:
            self._doorman.misled(refused.text)
            self._connection.abort()
            return b""
        return data

    def eof_received(self) -> None:
        self._connection.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.connection_lost(exc)

    def pause_writing(self) -> None:
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        self._connection.resume_writing()


def take_small_bites(
    connection: asyncssh.SSHServerConnection, doorman: Doorman, head: ProxyHead | None = None
) -> None:
    """Put `SmallBites` in front of a connection; `head` for one that a proxy brings."""
    transport = getattr(connection, "_transport", None)
    if transport is not None:
        transport.set_protocol(SmallBites(connection, transport, doorman, head))
    elif head is not None:
        connection.abort()  # nobody could tell who is calling
