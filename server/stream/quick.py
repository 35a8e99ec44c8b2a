"""Connections that answer requests for media before these become requests.

For each request uvicorn makes a scope, a task, a cycle and timers, and the application passes it
through its layers, which costs several times what the kernel takes to send a segment. A GET that
`Media.quick` answers needs none of it: its head is written and its bytes go from file to socket.
All others go the common way, with nothing lost.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from server.connection import PatientConnection

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

    from server.stream.media import Ready
    from server.stream.send import Header

    Quick = Callable[[bytes, Sequence[Header]], Ready | None]

_STATUS = {
    200: b"HTTP/1.1 200 OK\r\n",
    204: b"HTTP/1.1 204 No Content\r\n",
    206: b"HTTP/1.1 206 Partial Content\r\n",
    302: b"HTTP/1.1 302 Found\r\n",
    304: b"HTTP/1.1 304 Not Modified\r\n",
    412: b"HTTP/1.1 412 Precondition Failed\r\n",
    416: b"HTTP/1.1 416 Range Not Satisfiable\r\n",
}
_MEDIA = b"/m/"
_BODIES = frozenset({b"content-length", b"transfer-encoding", b"upgrade", b"expect"})


class QuickConnection(PatientConnection):
    """A connection that answers by `quick` what it can."""

    quick: Quick
    _socket: socket.socket | None = None
    _unsent = 0
    _answered = False
    _begun = False
    _said = 0.0
    _idle: asyncio.TimerHandle | None = None
    _dated: tuple[object, bytes] = (None, b"")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Get at the socket beneath: transports send no files."""
        super().connection_made(transport)
        beneath = transport.get_extra_info("socket")
        if beneath is not None:
            self._socket = socket.socket(
                beneath.family, beneath.type, beneath.proto, beneath.fileno()
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport closes its socket by itself."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._socket is not None:
            self._socket.detach()
            self._socket = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A head that came as a whole needs no time limit."""
        super().data_received(data)
        if self._begun and self._due is None:
            self._expect_head()
            self._head = len(data)

    def on_message_begin(self) -> None:
        """Only what the head is read into; the rest of the scope when it is needed."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._begun = True

    def on_headers_complete(self) -> None:
        """Answer at once, or let it become a request."""
        self._begun = False
        if self.url.startswith(_MEDIA) and self._simple():
            ready = self.quick(self.url, self.headers)
            if ready is not None:
                self._head_is_there()
                self._answer(ready)
                self._answered = True
                return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Of what was answered there is nothing to complete."""
        if self._answered:
            self._answered = False
        else:
            super().on_message_complete()

    def _simple(self) -> bool:
        """A GET without a body on a connection where nothing is under way."""
        return (
            self.parser.get_method() == b"GET"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and self._nothing_under_way()
            and not self.transport.is_closing()
            and not self.transport.get_write_buffer_size()
            and not any(name in _BODIES for name, _ in self.headers)
        )

    def _nothing_under_way(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _answer(self, ready: Ready) -> None:
        head = b"%b%b%b\r\n" % (_STATUS[ready.status], self._date(), ready.head)
        if ready.item is None or ready.start == ready.end or self._socket is None:
            self.transport.write(head)
        else:
            sent = self._sent(head, ready)
            if sent < ready.end:
                self.transport.write(ready.item.rest(sent, ready.end))
        self.server_state.total_requests += 1
        self._said = self.loop.time()
        if self._idle is None:
            self._idle = self.loop.call_later(self.timeout_keep_alive, self._judge_idle)

    def _date(self) -> bytes:
        """Header lines that uvicorn makes anew each second."""
        given = self.server_state.default_headers
        if self._dated[0] is not given:
            lines = b"".join([b"%b: %b\r\n" % one for one in given])
            QuickConnection._dated = (given, lines)
        return self._dated[1]

    def _sent(self, head: bytes, ready: Ready) -> int:
        """Send what the socket takes now; the place in the object up to which it did."""
        if self._socket is None or ready.item is None:
            return ready.start
        try:
            went = self._socket.send(head, socket.MSG_MORE)
        except BlockingIOError:
            went = 0
        if went < len(head):
            self.transport.write(head[went:])
            return ready.start
        try:
            return ready.start + os.sendfile(
                self._socket.fileno(), ready.item.fd, ready.start, ready.end - ready.start
            )
        except BlockingIOError:
            return ready.start

    def _judge_idle(self) -> None:
        """One timer for all requests: it looks how long ago the last one was.

        A client that still reads goes on; one that stopped reading is cut.
        """
        self._idle = None
        left = self.transport.get_write_buffer_size()
        wait = self._said + self.timeout_keep_alive - self.loop.time()
        if wait <= 0 and self._nothing_under_way() and not self._begun:
            if not left:
                self.transport.close()
                return
            if self._unsent and left >= self._unsent:
                self.transport.abort()
                return
        self._unsent = left
        again = wait if wait > 0 else self.timeout_keep_alive
        self._idle = self.loop.call_later(again, self._judge_idle)


def quick_connections(patience: float, quick: Quick) -> type[HttpToolsProtocol]:
    """The class of connections that wait so many seconds for a head, and answer by `quick`."""
    made: type[HttpToolsProtocol] = type(
        "Connection", (QuickConnection,), {"patience": patience, "quick": staticmethod(quick)}
    )
    return made
