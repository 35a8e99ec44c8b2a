"""HTTP connections that nobody can hold for nothing: the head of a request has a size and a time.

Bodies that are read have theirs where they are read; the rest of one that was answered before its
end has a time here. Idle connections end by the keep-alive time.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server import bodies

MOST_HEAD = 64 * 1024
HEAD_S = 15.0


class PatientConnection(HttpToolsProtocol):
    """A connection that closes when the head of a request is too large or takes too long, and when
    the rest of a body that nobody wants takes too long."""

    patience = HEAD_S
    _due: asyncio.TimerHandle | None = None
    _rest: asyncio.TimerHandle | None = None
    _head = 0
    _body = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request's head is due from now on."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._head_is_there()
        self._rest_is_there()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, then judge what has come of a head that is not whole yet."""
        super().data_received(data)
        if self._due is None:
            return
        self._head += len(data)
        if self._head > MOST_HEAD:
            self._head_is_there()
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        """A further request on this connection begins."""
        super().on_message_begin()
        self._rest_is_there()
        self._body = 0
        extensions = {bodies.EXTENSION: bodies.offer(self, lambda: self._body)}
        self.scope["extensions"] = extensions  # type: ignore[typeddict-item]
        if self._due is None:
            self._expect_head()

    def on_body(self, body: bytes) -> None:
        """Count what came the ordinary way."""
        self._body += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The application takes over."""
        self._head_is_there()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole."""
        super().on_message_complete()
        self._rest_is_there()

    def on_response_complete(self) -> None:
        """A body that was answered before its end is passed over, so that the answer is heard; not
        for ever: nothing that comes of it arms the keep-alive time again."""
        unread = self.cycle.response_complete and self.cycle.more_body
        if self._rest is None and unread:
            self._rest = asyncio.get_running_loop().call_later(self.patience, self.transport.close)
        super().on_response_complete()

    def _rest_is_there(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _expect_head(self) -> None:
        self._head = 0
        self._due = asyncio.get_running_loop().call_later(self.patience, self.transport.close)

    def _head_is_there(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def connections(patience: float) -> type[PatientConnection]:
    """The class of connections that wait so many seconds for a head."""
    return type("Connection", (PatientConnection,), {"patience": patience})
