"""Connections that answer requests for media before these become requests.

For each request uvicorn makes a scope, a task and a cycle, and the application passes it through
its layers, which costs several times what the kernel takes to send a segment. A GET that
`Media.quick` answers needs none of it: its head is written and its bytes go from file to socket.
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
        if self._socket is not None:
            self._socket.detach()
            self._socket = None
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Answer at once, or let it become a request."""
        if self.url.startswith(_MEDIA) and self._simple():
            ready = self.quick(self.url, self.headers)
            if ready is not None:
                self._head_is_there()
                self._answer(ready)
                self._answered = True
                return
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
            and self._idle()
            and not self.transport.is_closing()
            and not self.transport.get_write_buffer_size()
            and not any(name in _BODIES for name, _ in self.headers)
        )

    def _idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _answer(self, ready: Ready) -> None:
        date = b"".join([b"%b: %b\r\n" % one for one in self.server_state.default_headers])
        head = b"%b%b%b\r\n" % (_STATUS[ready.status], date, ready.head)
        if ready.item is None or ready.start == ready.end or self._socket is None:
            self.transport.write(head)
        else:
            sent = self._sent(head, ready)
            if sent < ready.end:
                self.transport.write(ready.item.rest(sent, ready.end))
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self._unsent = 0
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

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

    def timeout_keep_alive_handler(self) -> None:
        """Idle: close. A client that still reads goes on; one that stopped reading is cut."""
        left = self.transport.get_write_buffer_size()
        if not left:
            super().timeout_keep_alive_handler()
        elif self._unsent and left >= self._unsent:
            self.transport.abort()
        else:
            self._unsent = left
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )


def quick_connections(patience: float, quick: Quick) -> type[HttpToolsProtocol]:
    """The class of connections that wait so many seconds for a head, and answer by `quick`."""
    made: type[HttpToolsProtocol] = type(
        "Connection", (QuickConnection,), {"patience": patience, "quick": staticmethod(quick)}
    )
    return made
