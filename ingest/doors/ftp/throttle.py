"""Data connections that keep to what is agreed with their feed: they sleep while they are ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyftpdlib.handlers.ftp.data import DTPHandler

if TYPE_CHECKING:
    import socket


class Throttled(DTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """Takes and gives bytes at the rate of the session's lease."""

    def __init__(self, sock: socket.socket, session: Any) -> None:  # noqa: ANN401
        self._waking: Any = None
        super().__init__(sock, session)

    def use_sendfile(self) -> bool:
        """Not when somebody has to count."""
        limited = self.cmd_channel.lease is not None and self.cmd_channel.lease.rate.bytes_s
        return not limited and bool(super().use_sendfile())

    def ahead(self, size: int) -> bool:
        """Count bytes; whether the connection sleeps now, because there were too many."""
        lease = self.cmd_channel.lease
        seconds = lease.take(size) if lease is not None else 0.0
        if seconds <= 0 or self._closed:
            return False
        self.del_channel()
        self._waking = self.ioloop.call_later(seconds, self._wake, _errback=self.handle_error)
        return True

    def _wake(self) -> None:
        self._waking = None
        self.add_channel(events=self.ioloop.READ if self.receive else self.ioloop.WRITE)
        if self.receive:
            self.handle_read()  # TLS may hold bytes already that no event will tell of

    def send(self, data: bytes) -> int:
        """Send, and sleep after it when that was too fast."""
        sent = int(super().send(data))
        self.ahead(sent)
        return sent

    def close(self) -> None:
        """Whoever sleeps is not woken any more."""
        if self._waking is not None and not self._waking.cancelled:
            self._waking.cancel()
        super().close()
