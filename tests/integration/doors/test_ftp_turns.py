"""What a data connection reads in one turn of its loop."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL
from pyftpdlib.ioloop import IOLoop

from core.clock import system_clock
from ingest.doors.common.certificate import ensure_certificate
from ingest.doors.ftp import tls
from ingest.doors.ftp.transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
TURN = 16 * (256 << 10)


class Control:
    """What a data connection asks of its session."""

    protected = _prot = True
    lease = None
    requires_reuse = False

    def __init__(self, context: SSL.Context) -> None:
        self.ssl_context, self.ioloop = context, IOLoop()

    def get_repr_info(self, *, as_str: bool) -> str:
        return "a session" if as_str else ""

    def log(self, *_told: object, **_options: object) -> None: ...

    log_exception = log


class Connection(Transfer):
    """Says what it has heard instead of closing."""

    heard = False

    def handle_close(self) -> None:
        self.heard = self._clean


class Taken:
    """A file that is only measured."""

    size = 0

    def write(self, piece: bytes) -> None:
        self.size += len(piece)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    certificate = ensure_certificate(tmp_path, ("localhost",), system_clock)
    made = Control(tls.context(certificate))
    yield made
    made.ioloop.close()


def sent(server: SSL.Connection, content: bytes) -> None:
    """A client shakes hands, sends it all and says that it is the end, without a network."""
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    client = trust.wrap_bio(coming, going)
    for _ in range(2):
        with suppress(ssl.SSLWantReadError):
            client.do_handshake()
        server.bio_write(going.read())
        with suppress(SSL.WantReadError):
            server.do_handshake()
        coming.write(server.bio_read(1 << 16))
    client.write(content)
    with suppress(ssl.SSLWantReadError):
        client.unwrap()
    whole = going.read()
    while whole:
        whole = whole[server.bio_write(whole) :]


@pytest.mark.parametrize("beyond", [-40_000, 0, 1, 1 << 20])
def test_the_end_of_tls_is_heard_in_the_turn_that_reads_it(control: Control, beyond: int) -> None:
    """When it came behind the last bytes of a turn there is no event any more: a sender that waits
    for the answer to its close_notify waited for ever."""
    ours, theirs = socket.socketpair()
    with theirs, ours:
        data = Connection(ours, control)
        data.enable_receiving("i", "STOR")
        data.file_obj = Taken()
        data.del_channel()
        data.socket = SSL.Connection(control.ssl_context, None)
        data.socket.set_accept_state()
        sent(data.socket, bytes(TURN + beyond))
        for _ in range(1 + (beyond >= 0)):  # an event comes for what is not read
            assert not data.heard
            data.handle_read()
        assert data.file_obj.size == TURN + beyond
        assert data.heard
