"""TLS of the door: 1.2 and later, sessions that can be taken up, certificates that are renewed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import structlog
from OpenSSL import SSL
from OpenSSL._util import ffi, lib

from core.errors import SettingsInvalid

if TYPE_CHECKING:
    from ingest.doors.common.certificate import Certificate

_log = structlog.get_logger(__name__)
_RECORD = 16 << 10
_ROOM = 16 * _RECORD


class Renewing:
    """The context of new connections; read anew when the files of the certificate change.

    Raises:
        SettingsInvalid: when it is made and the files are no certificate and its key.
    """

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self._lock = threading.Lock()
        self._mark = self._marked()
        self._context = context(certificate)

    def now(self) -> SSL.Context:
        """The context; the one before when the new files can't be used (yet)."""
        with self._lock:
            mark = self._marked()
            if mark != self._mark:
                self._mark = mark
                self._renew()
            return self._context

    def _renew(self) -> None:
        try:
            self._context = context(self._certificate)
        except SettingsInvalid as wrong:
            _log.warning("the new certificate can't be used", fault=wrong.message)
        else:
            _log.info("ftp door has a new certificate")

    def _marked(self) -> tuple[tuple[int, int], ...]:
        marks = []
        for path in (self._certificate.chain, self._certificate.key):
            try:
                facts = path.stat()
            except OSError:
                marks.append((0, 0))
            else:
                marks.append((facts.st_mtime_ns, facts.st_ino))
        return tuple(marks)


def context(certificate: Certificate) -> SSL.Context:
    """TLS 1.2 and later; the session of the control connection may be used for data connections.

    Raises:
        SettingsInvalid: the files are no certificate and its key.
    """
    made = SSL.Context(SSL.TLS_SERVER_METHOD)
    made.set_min_proto_version(SSL.TLS1_2_VERSION)
    made.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    made.set_session_cache_mode(SSL.SESS_CACHE_SERVER)
    made.set_session_id(b"segue-ftp")
    try:
        made.use_certificate_chain_file(str(certificate.chain))
        made.use_privatekey_file(str(certificate.key))
        made.check_privatekey()
    except SSL.Error as error:
        raise SettingsInvalid(
            f"{certificate.chain} and {certificate.key} are no TLS certificate and its key",
            remedy="give PEM files that belong together in doors.ftp.certificate and doors.ftp.key",
        ) from error
    return made


def reused(connection: Any) -> bool:  # noqa: ANN401 - pyOpenSSL has no name for the question
    """Whether a connection took up an earlier session."""
    return bool(lib.SSL_session_reused(connection._ssl))  # noqa: SLF001


class Reader:
    """Reads many records of TLS at once; pyOpenSSL makes and clears a buffer for each."""

    def __init__(self) -> None:
        self._room = ffi.new("char[]", _ROOM)

    def read(self, connection: Any) -> bytes:  # noqa: ANN401 - pyOpenSSL hides what is read from
        """What has come, up to 256 KiB. Raises what `Connection.recv` raises."""
        filled = 0
        while filled + _RECORD <= _ROOM:
            count = lib.SSL_read(connection._ssl, self._room + filled, _RECORD)  # noqa: SLF001
            if count <= 0:
                break
            filled += count
        if not filled:
            return bytes(connection.recv(_RECORD))  # tells what is the matter
        lib.ERR_clear_error()  # it comes again with the next call
        return bytes(ffi.buffer(self._room, filled))
