"""A listening port, and a thread with a loop of its own for each connection.

A thread may wait for argon2, for the disk or for a hash of a whole file without keeping anybody
else waiting; idle ones sleep in epoll.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from ingest.doors.ftp.session import Session

if TYPE_CHECKING:
    import socket

    from ingest.doors.ftp.hall import Hall

_log = structlog.get_logger(__name__)
_BACKLOG = 128


class Listener(FTPServer):  # type: ignore[misc]  # pyftpdlib has no types
    """One port; `implicit` begins with TLS at once."""

    def __init__(self, hall: Hall, address: tuple[str, int], *, implicit: bool) -> None:
        self._hall = hall
        self._implicit = implicit
        self._loop = _loop(hall)
        super().__init__(address, None, ioloop=self._loop, backlog=_BACKLOG)
        self._thread = threading.Thread(target=self._accept, name="ftp-listener", daemon=True)

    def open(self) -> None:
        """Take connections from now on."""
        self._thread.start()

    def end(self, seconds: float) -> None:
        """Wait until the bell, already rung, was heard; then close the port."""
        if self._thread.is_alive():
            self._thread.join(seconds)
        self._loop.close()

    def _accept(self) -> None:
        _run(self._loop, self._hall, lambda: False)

    def _accept_new_cons(self) -> bool:
        return True  # counted in the hall, before a thread is made

    def handle_accepted(self, sock: socket.socket, addr: object) -> None:  # noqa: ARG002
        thread = threading.Thread(target=self._serve, args=(sock,), name="ftp-session", daemon=True)
        if self._hall.enter(thread):
            thread.start()
            return
        with suppress(OSError):
            sock.setblocking(False)  # noqa: FBT003
            sock.send(b"" if self._implicit else b"421 Too many connections; come back later.\r\n")
        sock.close()

    def _serve(self, sock: socket.socket) -> None:
        try:
            with _loop(self._hall) as loop:
                session = Session(self._hall, sock, self, loop, implicit=self._implicit)
                if session.connected:
                    session.handle()
                _run(loop, self._hall, lambda: session._closed)  # noqa: SLF001
                session.farewell("the server stops")
        except Exception:  # noqa: BLE001 - a fault of one connection ends that one only
            _log.exception("ftp connection failed")
        finally:
            with suppress(OSError):
                sock.close()
            self._hall.leave(threading.current_thread())


def _loop(hall: Hall) -> Any:  # noqa: ANN401 - pyftpdlib has no types
    loop = IOLoop.factory()
    loop.register(hall.bell.fileno(), hall.bell, loop.READ)
    return loop


def _run(loop: Any, hall: Hall, ended: Any) -> None:  # noqa: ANN401
    while not hall.bell.rung:
        soonest = loop.sched.poll()
        if ended():
            return
        loop.poll(soonest)
