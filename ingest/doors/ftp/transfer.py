"""One data connection. What ends an upload decides whether it is finished.

Under TLS only the sender's close_notify does. Without TLS the orderly end of the connection does,
as long as the control connection still stands. A cut may look like that too, so a file that came
without TLS is proven by what comes after: a batch is begun only by its BatchComplete, then sizes
and hashes are compared and the media are decoded to the end.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from OpenSSL import SSL
from pyftpdlib.exceptions import _RetryError
from pyftpdlib.handlers.ftp.data import DTPHandler
from pyftpdlib.handlers.ftps.data import TLS_DTPHandler

from ingest.doors.common.behind import ThreadBehind
from ingest.doors.common.paths import shown
from ingest.doors.common.refusals import Refused
from ingest.doors.ftp import tls
from ingest.doors.ftp.speech import spoken
from ingest.doors.ftp.throttle import Throttled

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.doors.common.behind import Writers
    from ingest.doors.common.files import FeedFiles
    from ingest.doors.common.ports import ReceivedFile
    from ingest.doors.common.upload import Upload

_log = structlog.get_logger(__name__)
_LAST_READS = 256
_READS = 16
"""Reads of one turn: TLS hands out 16 KiB at a time, and a turn of the loop costs as much."""
BROKEN = (
    "426 The data connection broke, so the file may not be whole; what arrived is kept unfinished: "
    "resume it (REST or APPE) or send it again."
)
_NO_GOODBYE = (
    "426 The data connection ended without TLS close_notify, so the file may be cut; what arrived "
    "is kept unfinished: resume it (REST or APPE) or send it again."
)

_UNTOUCHED = b"before SSL initialization"
_NOT_REUSED = (
    "522 The data connection has to take up the TLS session of the control connection; switch on "
    "session reuse in your client."
)


class Incoming:
    """A file on its way in: the thread of its session reads, others write."""

    def __init__(self, files: FeedFiles, upload: Upload, pool: Writers) -> None:
        self.name = shown(upload.parts)
        self.closed = False
        self._files = files
        self._upload = upload
        self.write = ThreadBehind(upload, pool).write

    def finish(self, stands: Callable[[], bool] | None) -> ReceivedFile:
        """The sender has sent all of it, if it `stands`; None: TLS says so. May raise Refused."""
        self.closed = True
        protocol = "ftp" if stands else "ftps"
        return self._files.finish(self._upload, protocol, sure=stands is None, stands=stands)

    def close(self) -> None:
        """Keep what arrived as unfinished; nothing when it is finished."""
        if not self.closed:
            self.closed = True
            self._files.abandon(self._upload)
            _log.info("upload broken off", feed=self._files.feed_id, size=self._upload.size)
            if self._upload.trail is not None:
                size = self._upload.size
                self._upload.trail.record("upload", path=self.name, size=size, outcome="cut")


class _Receiving(Throttled):
    """Reads in bigger turns; a disk that refuses is told as we tell it."""

    def handle_read(self) -> None:
        reads = 0
        while reads < _READS or self._ended():
            reads += 1
            try:
                chunk = self.recv(self.ac_in_buffer_size)
            except _RetryError:
                self._acknowledge()
                return
            if not chunk:
                return
            self.tot_bytes_received += len(chunk)
            try:
                self.file_obj.write(chunk)  # TYPE A too: the bytes stay as they are
            except Refused as refused:
                self._resp = (spoken(refused), _log.info)
                self._farewell()
                DTPHandler.close(self)
                return
            if self.ahead(len(chunk)):
                return

    handle_read_event = handle_read

    def _ended(self) -> bool:
        """Whether the end of TLS was read behind the last bytes: no event will tell of it, and the
        sender would wait for our answer for ever."""
        ended = getattr(self.socket, "get_shutdown", int)() & SSL.RECEIVED_SHUTDOWN
        return bool(ended) and not self._closed

    def _farewell(self) -> None:
        """End TLS, without waiting for the other side: a client that finds its data connection cut
        never reads why."""
        if isinstance(self.socket, SSL.Connection):
            with suppress(SSL.Error, OSError):
                self.socket.shutdown()

    def _acknowledge(self) -> None:
        """All that came is read: say so now. A kernel waits 40 ms for more before it acknowledges,
        and so long the sender's, by Nagle's algorithm, holds back the few bytes that end TLS."""
        with suppress(OSError):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


class Transfer(TLS_DTPHandler, _Receiving):  # type: ignore[misc]
    """A data connection, with TLS after PROT P."""

    def __init__(self, sock: socket.socket, session: Any) -> None:  # noqa: ANN401
        self._clean = self._settled = False
        self._welcome = ""
        self._reader: tls.Reader | None = None
        super().__init__(sock, session)
        if not self.connected:  # gone before it was accepted
            session.data_lost()
        elif session.protected:
            self._reader = tls.Reader()

    def welcome(self, reply: str) -> None:
        """Let the sender begin. One who already shakes hands is let begin after that: else it may
        have sent all and gone before our last word of TLS 1.3, a ticket, comes; what is not read
        makes its kernel reset the connection, and that throws away the end of its file."""
        if self._ssl_accepting and self._begun():
            self._welcome = reply
        else:  # others wait for the reply before they shake hands
            self.cmd_channel.respond(reply)

    def _begun(self) -> bool:
        if self.socket.get_state_string() != _UNTOUCHED:
            return True
        twin = socket.socket(fileno=socket.dup(self.socket.fileno()))
        try:
            return bool(twin.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:
            return False
        finally:
            twin.close()

    def handle_ssl_established(self) -> None:
        """Whose connection is this? Where that is asked, only a session taken up proves it."""
        if self._welcome:
            self.cmd_channel.respond(self._welcome)
        if self.cmd_channel.requires_reuse and not tls.reused(self.socket):
            self._resp = (_NOT_REUSED, _log.info)
            DTPHandler.close(self)

    def recv(self, buffer_size: int) -> bytes:
        """Bytes, or none: then the connection has ended, and `_clean` tells how."""
        try:
            reader = self._reader
            data: bytes = reader.read(self.socket) if reader else self.socket.recv(buffer_size)
        except (SSL.WantReadError, BlockingIOError) as again:
            self._ssl_want_read = isinstance(again, SSL.WantReadError)
            raise _RetryError from again
        except SSL.WantWriteError as again:
            self._ssl_want_write = True
            raise _RetryError from again
        except SSL.ZeroReturnError:
            self._clean = True
        except (SSL.Error, OSError):
            pass
        else:
            if data:
                return data
            self._clean = not self._ssl_requested
        self.handle_close()
        return b""

    def handle_close(self) -> None:
        if not self.receive:
            super().handle_close()
        elif not self._closed and not self._settled:
            self._settled = True
            self._resp = (self._outcome(), _log.debug)
            if self._clean:
                self.close()
            else:
                DTPHandler.close(self)  # no farewell of TLS after a fault: it would never end

    def _outcome(self) -> str:
        """The reply to an upload that has ended."""
        if not self._clean:
            return _NO_GOODBYE if self._ssl_requested else BROKEN
        try:
            received = self.file_obj.finish(None if self._ssl_requested else self._stands)
        except Refused as refused:
            return spoken(refused)
        self.transfer_finished = True
        _log.info("file received", feed=received.feed_id, path=received.path, size=received.size)
        return f"226 Transfer complete: {received.size} bytes, BLAKE3 {received.blake3}."

    def handle_error(self) -> None:
        _log.exception("ftp transfer failed")
        self._resp = (
            "451 The server has a fault of its own; try again, then tell the operator.",
            _log.error,
        )
        DTPHandler.close(self)

    def close(self) -> None:
        if self.receive and self.file_obj is not None and not self.file_obj.closed:
            self._keep()
            self.file_obj.close()  # first: ending TLS may take its time or fail
        super().close()

    def _keep(self) -> None:
        """The control connection went first: take what has come already, to be resumed."""
        with suppress(SSL.Error, OSError, Refused):
            for _ in range(_LAST_READS):
                if not (chunk := self.socket.recv(self.ac_in_buffer_size)):
                    return
                self.file_obj.write(chunk)

    def _stands(self) -> bool:
        """Whether the sender still holds the control connection: a killed one has closed both."""
        twin = socket.socket(fileno=socket.dup(self.cmd_channel.socket.fileno()))
        try:
            return bool(twin.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            twin.close()
