"""Control connections that a proxy brings: who is calling, and where its data may come from."""

from __future__ import annotations

import socket
import time
from typing import Any

from pyftpdlib.handlers.ftp.dispatchers import PassiveDTP

from ingest.doors.common.proxy import ProxyHead
from ingest.doors.common.refusals import Reason, Refused

_PIECE = 4096


def heard(sock: socket.socket, patience: float) -> str:
    """The address that the PROXY header of a fresh connection tells; empty when it tells none.

    Raises:
        Refused: there is no header, or none within so many seconds.
        OSError: the connection has gone.
    """
    until = time.monotonic() + patience
    while True:
        sock.settimeout(max(0.01, until - time.monotonic()))
        seen = sock.recv(_PIECE, socket.MSG_PEEK)
        if not seen or time.monotonic() > until:
            raise Refused(Reason.CUT, "the connection ended before its PROXY header")
        head = ProxyHead()
        if head.feed(seen):
            sock.recv(len(seen) - len(head.rest))  # the rest is for the session
            sock.setblocking(False)  # noqa: FBT003
            return head.peer
        time.sleep(0.01)  # the header came in pieces; peeking would not wait for more


class Passive(PassiveDTP):  # type: ignore[misc]  # pyftpdlib has no types
    """Takes data connections from the sender, and from the proxy that its session came by."""

    def handle_accepted(self, sock: socket.socket, addr: tuple[Any, ...]) -> None:
        """Judge where it comes from; anybody else is refused by pyftpdlib."""
        session = self.cmd_channel
        caller = session.remote_ip
        if session.proxy and addr[0] == session.proxy:
            session.remote_ip = addr[0]
        try:
            super().handle_accepted(sock, addr)
        finally:
            session.remote_ip = caller
