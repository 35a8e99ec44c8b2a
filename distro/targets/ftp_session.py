"""One FTP session that blocks: trust, TLS on both connections, storing and retrieving."""

from __future__ import annotations

import ftplib
import hashlib
import hmac
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from distro.targets import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 30.0
LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


class CertificateStrange(OSError):
    """The server's certificate is not the one that we trust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How the server proves itself: the SHA-256 fingerprint of its certificate, a PEM file of
    certificates, else the authorities that this machine knows.

    `loopback` is told the fingerprint of a server on this very machine that none of them knows, and
    the server is then taken on trust.
    """

    fingerprint: str = ""
    certificate: Path | None = None
    loopback: Callable[[str], None] | None = None


class Place(Protocol):
    """Of `distro.targets.ftp.Address`."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def tls(self) -> str: ...


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate in DER, as `openssl x509 -fingerprint -sha256` prints it."""
    return hashlib.sha256(certificate).hexdigest().upper()


def open_session(to: Place, password: str, trust: Trust) -> Session:
    """Connect and log in; raises what `ftplib` raises, and CertificateStrange."""
    session = Session(to, trust) if to.tls != "no" else Session(to, None)
    try:
        session.open(password)
    except BaseException:
        session.cut()
        session.close()
        raise
    return session


class Session(ftplib.FTP):
    """Both connections under TLS with one TLS session, where `trust` is given."""

    def __init__(self, to: Place, trust: Trust | None) -> None:
        super().__init__(timeout=SECONDS, encoding="utf-8")
        self._to = to
        self._trust = trust
        self._context = _context(to, trust) if trust else None
        self._protected = False
        self._told = False
        self._data: socket.socket | None = None

    def open(self, password: str) -> None:
        """Connect, secure, log in."""
        if self._to.tls == "implicit":
            self._connect_secured()
        else:
            self.connect(self._to.host, self._to.port)
            if self._context:
                self.voidcmd("AUTH TLS")
                self._secure_control()
        self.login(self._to.username, password)
        if self._context:
            self.voidcmd("PBSZ 0")
            self.voidcmd("PROT P")
            self._protected = True
        self.voidcmd("TYPE I")

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """A data connection, secured by the TLS session of the control connection."""
        found, size = super().ntransfercmd(cmd, rest)
        if self._protected:
            assert isinstance(self.sock, ssl.SSLSocket)  # noqa: S101 - PROT P came after it
            found = self._secured(found, self.sock.session)
        return found, size

    def store(self, source: Path, path: str, start: int, sent: Callable[[int], None]) -> str:
        """Send a file from `start`; the server's last reply. After any fault the session is cut,
        because without TLS an end of data in a standing session means a whole file."""
        with self.ntransfercmd(f"STOR {path}", start or None)[0] as data:
            self._data = data
            try:
                for piece in files.pieces(source, start, 1 << 18):
                    data.sendall(piece)
                    sent(len(piece))
            except BaseException:
                self.cut()
                raise
            self._end(data)
        return self.voidresp()

    def retrieve(self, path: str, start: int, limit: int) -> bytes:
        """Up to `limit` bytes of a file from `start`."""
        found = bytearray()
        with self.ntransfercmd(f"RETR {path}", start or None)[0] as data:
            while len(found) < limit and (piece := data.recv(1 << 16)):
                found += piece
            with suppress(OSError):
                self._end(data)
        with suppress(ftplib.error_temp):  # more was to come
            self.voidresp()
        return bytes(found[:limit])

    def listing(self, path: str) -> list[str]:
        """The names in a folder; none when there is no such folder."""
        try:
            found = self.ntransfercmd(f"MLSD {path}")[0]
        except ftplib.error_perm as refused:
            if str(refused).startswith(("501", "550")):  # RFC 3659 says 501 of what is no folder
                return []
            raise
        with found as data:
            with data.makefile("r", encoding=self.encoding) as text:
                lines = [line.rstrip("\r\n") for line in text]
            with suppress(OSError):
                self._end(data)
        self.voidresp()
        return [line.partition(" ")[2] for line in lines]

    def cut(self) -> None:
        """End both connections without a word, the control connection first; from any thread."""
        for each in (self.sock, self._data):
            if each is not None:
                with suppress(OSError):
                    socket.socket.shutdown(each, socket.SHUT_RDWR)

    def _connect_secured(self) -> None:
        """Implicit TLS: nothing is said before it."""
        self.host, self.port = self._to.host, self._to.port
        self.sock = socket.create_connection((self.host, self.port), self.timeout)
        self.af = self.sock.family
        self._secure_control()
        self.welcome = self.getresp()

    def _secure_control(self) -> None:
        assert self.sock is not None  # noqa: S101 - connected
        self.sock = self._secured(self.sock, None)
        self.file = self.sock.makefile("r", encoding=self.encoding)

    def _secured(self, plain: socket.socket, session: ssl.SSLSession | None) -> ssl.SSLSocket:
        assert self._context is not None  # noqa: S101 - asked only with TLS
        try:
            made = self._context.wrap_socket(plain, server_hostname=self._to.host, session=session)
        except ssl.SSLCertVerificationError as fault:
            plain.close()
            raise CertificateStrange(f"a certificate that fails: {fault.verify_message}") from None
        if self._context.verify_mode is ssl.CERT_NONE:
            self._judge(made)
        return made

    def _judge(self, made: ssl.SSLSocket) -> None:
        """No authority was asked: the fingerprint decides."""
        assert self._trust is not None  # noqa: S101 - asked only with TLS
        seen = fingerprint(made.getpeercert(binary_form=True) or b"")
        wanted = _bare(self._trust.fingerprint)
        if not wanted and self._trust.loopback is not None:
            if not self._told:
                self._told = True
                self._trust.loopback(spoken(seen))
            return
        if not hmac.compare_digest(seen, wanted):
            made.close()
            raise CertificateStrange(f"the certificate {spoken(seen)}")

    def _end(self, data: socket.socket) -> None:
        """Say goodbye in TLS, so that the end is no cut; a server need not answer it."""
        if isinstance(data, ssl.SSLSocket):
            data.settimeout(10)
            with suppress(ssl.SSLError, TimeoutError):
                data.unwrap()


def spoken(bare: str) -> str:
    """A fingerprint as it is told to people."""
    return "SHA256 " + ":".join(bare[at : at + 2] for at in range(0, len(bare), 2))


def _bare(text: str) -> str:
    """The hexadecimal digits of a fingerprint, however it was written."""
    body = re.sub(r"^\s*sha-?256(\s+fingerprint)?\s*[:= ]", "", text, flags=re.IGNORECASE)
    return re.sub(r"[^0-9A-F]", "", body.upper())


def _context(to: Place, trust: Trust) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(trust.certificate) if trust.certificate else None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    known = trust.certificate is not None
    if not known and (trust.fingerprint or (trust.loopback and to.host in LOOPBACK)):
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
