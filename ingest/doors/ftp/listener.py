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

from ingest.doors.common.bans import within
from ingest.doors.common.refusals import Refused
from ingest.doors.ftp.proxied import heard
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

    def handle_accepted(self, sock: socket.socket, addr: tuple[Any, ...]) -> None:
        guard, peer = self._hall.guard, str(addr[0])
        proxied = within(peer, self._hall.settings.proxies)
        refused = None if proxied else guard.admit(peer, "ftp")
        if refused is not None:
            self._turn_away(sock, refused.text)
            return
        serve = self._serve_proxied if proxied else self._serve
        thread = threading.Thread(target=serve, args=(sock, peer), name="ftp-session", daemon=True)
        if self._hall.enter(thread):
            thread.start()
            return
        self._turn_away(sock, "Too many connections; come back later")
        if not proxied:
            guard.leave(peer, "ftp")

    def _turn_away(self, sock: socket.socket, text: str) -> None:
        with suppress(OSError):
            sock.setblocking(False)  # noqa: FBT003
            sock.send(b"" if self._implicit else f"421 {text}.\r\n".encode())
        sock.close()

    def _serve_proxied(self, sock: socket.socket, proxy: str) -> None:
        """First hear from the proxy who is calling."""
        hall = self._hall
        try:
            peer = heard(sock, hall.settings.login_timeout) or proxy
        except (Refused, OSError) as wrong:
            hall.guard.trail("ftp", proxy).record(
                "connect", outcome="unreadable", detail=f"no PROXY header: {wrong}"
            )
            sock.close()
            hall.leave(threading.current_thread())
            return
        refused = hall.guard.admit(peer, "ftp")
        if refused is not None:
            self._turn_away(sock, refused.text)
            hall.leave(threading.current_thread())
            return
        self._serve(sock, peer, proxy)

    def _serve(self, sock: socket.socket, peer: str, proxy: str = "") -> None:
        session = None
        try:
            with _loop(self._hall) as loop:
                session = Session(self._hall, sock, self, loop, implicit=self._implicit)
                if session.connected:
                    session.came_from(peer, proxy)
                    session.handle()
                _run(loop, self._hall, lambda: session._closed)  # noqa: SLF001
                session.farewell("the server stops")
        except Exception:  # noqa: BLE001 - a fault of one connection ends that one only
            _log.exception("ftp connection failed")
        finally:
            with suppress(OSError):
                sock.close()
            if session is not None:
                session.leave()
            self._hall.guard.leave(peer, "ftp")
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
