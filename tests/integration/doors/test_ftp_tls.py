"""TLS of the FTP door: sessions that have to be taken up, and certificates that are renewed."""

from __future__ import annotations

import ftplib
import io
import select
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.clock import system_clock
from ingest.doors.common.certificate import ensure_certificate
from tests.integration.doors.ftp_harness import (
    PASSWORD,
    QUICK,
    Reusing,
    RunningFtp,
    client,
    curl,
    lftp,
    running_ftp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[RunningFtp]:
    with running_ftp(tmp_path / "ftp", replace(QUICK, require_reuse=True)) as running:
        yield running


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_taken_up_is_let_through_where_that_is_asked(
    strict: RunningFtp, version: ssl.TLSVersion
) -> None:
    trust = ssl.create_default_context(cafile=str(strict.certificate))
    trust.minimum_version = trust.maximum_version = version
    with Reusing(context=trust, timeout=160) as session:
        session.connect(strict.host, strict.port)
        session.login("alpha", PASSWORD)
        session.prot_p()
        session.storbinary("STOR a.wav", io.BytesIO(b"abc"))
        session.storbinary("STOR b.wav", io.BytesIO(b"abc"))
        assert session.reused
    assert strict.finished("a.wav").read_bytes() == b"abc"


def test_a_data_connection_of_its_own_session_is_refused_there(strict: RunningFtp) -> None:
    trust = ssl.create_default_context(cafile=str(strict.certificate))
    with ftplib.FTP_TLS(context=trust, timeout=160) as session:  # noqa: S321 - what is tested
        session.connect(strict.host, strict.port)
        session.login("alpha", PASSWORD)
        session.prot_p()
        with pytest.raises((ftplib.error_perm, OSError)) as refused:
            session.storbinary("STOR a.wav", io.BytesIO(b"abc"))
        told = str(refused.value)
        if not told.startswith("522"):  # the data connection was reset before the reply was read
            with pytest.raises(ftplib.error_perm, match="522"):
                session.voidresp()
    assert not strict.finished("a.wav").exists()


def test_lftp_takes_sessions_up(strict: RunningFtp, wav: Path) -> None:
    done = lftp(strict, f"put {wav}; put {wav} -o b.wav")
    assert done.code == 0, done.err
    assert strict.finished("b.wav").stat().st_size == wav.stat().st_size


def test_a_sender_begins_when_its_data_connection_has_shaken_hands(ftp: RunningFtp) -> None:
    """Then the ticket of TLS 1.3 is there before its data go: one that goes at once, with the
    ticket not read, resets the connection, and the end of its file is lost."""
    with client(ftp) as session:
        assert isinstance(session.sock, ssl.SSLSocket)
        with socket.create_connection(session.makepasv()) as data:
            tls = _Shaking(session, data)
            session.putcmd("STOR a.xml")
            tls.shake()
            assert select.select([session.sock], [], [], 0.3)[0] == [], "hands are not shaken yet"
            tls.send()
            assert session.getresp().startswith("125 ")
            assert data.recv(1 << 16, socket.MSG_DONTWAIT), "the ticket came before the reply"
            tls.goodbye(b"abc")
        assert session.voidresp().startswith("226 ")
    assert ftp.finished("a.xml").read_bytes() == b"abc"


class _Shaking:
    """TLS of a data connection in steps, as no client's library shows them."""

    def __init__(self, session: ftplib.FTP, data: socket.socket) -> None:
        assert isinstance(session, ftplib.FTP_TLS)
        assert isinstance(session.sock, ssl.SSLSocket)
        self._data, self._in, self._out = data, ssl.MemoryBIO(), ssl.MemoryBIO()
        known = session.sock.session
        self._tls = session.context.wrap_bio(
            self._in, self._out, server_hostname=session.host, session=known
        )
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        self.send()

    def send(self) -> None:
        self._data.sendall(self._out.read())

    def shake(self) -> None:
        """Up to the last word of ours, which is not sent."""
        while True:
            self._in.write(self._data.recv(1 << 16))
            with suppress(ssl.SSLWantReadError):
                self._tls.do_handshake()
                return

    def goodbye(self, content: bytes) -> None:
        """All of a file and the end of TLS, with nothing read any more."""
        self._tls.write(content)
        with suppress(ssl.SSLWantReadError):
            self._tls.unwrap()
        self.send()


@pytest.mark.parametrize("kind", ["ftp", "explicit", "implicit"])
def test_small_files_come_one_after_another(ftp: RunningFtp, tmp_path: Path, kind: str) -> None:
    sent = {f"{number:02}.xml": bytes([number]) * 500 for number in range(40)}
    for name, content in sent.items():
        (tmp_path / name).write_bytes(content)
    done = curl(ftp, "", "-T", f"{tmp_path}/[00-39].xml", kind=kind)
    assert done.code == 0, done.err
    assert {name: ftp.finished(name).read_bytes() for name in sent} == sent


def test_a_renewed_certificate_is_shown_to_new_connections_only(
    ftp: RunningFtp, tmp_path: Path
) -> None:
    other = ensure_certificate(
        tmp_path / "keys", ("127.0.0.1",), lambda: system_clock() + timedelta(hours=1)
    )
    with client(ftp) as before:
        known = _shown(before)
        (ftp.data / "keys" / "ftps.pem").write_bytes(other.chain.read_bytes())
        before.storbinary("STOR a.wav", io.BytesIO(b"abc"))
        assert _fetched(ftp) != known
    (ftp.data / "keys" / "ftps.pem").write_text("no certificate at all")
    assert _fetched(ftp) == ssl.PEM_cert_to_DER_cert(other.public.read_text())


def _shown(session: ftplib.FTP) -> bytes | None:
    assert isinstance(session.sock, ssl.SSLSocket)
    return session.sock.getpeercert(binary_form=True)


def _fetched(door: RunningFtp) -> bytes:
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((door.host, door.implicit)))
