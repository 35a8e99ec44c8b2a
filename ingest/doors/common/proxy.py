"""The PROXY protocol, versions 1 and 2: who is really calling, as a proxy in front of us tells.

The library reads headers; where one ends is found here, because it wants exactly one.
See https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from proxyprotocol.detect import ProxyProtocolDetect
from proxyprotocol.result import is_ipv4, is_ipv6

from ingest.doors.common.refusals import Reason, Refused

if TYPE_CHECKING:
    from proxyprotocol.result import ProxyResult

SIGNATURES = (b"\r\n\r\n\x00\r\nQUIT\n", b"PROXY ")
_LONGEST_LINE = 107
_HEAD = 16
_LONGEST = 4096
_DETECT = ProxyProtocolDetect()


def announced(data: bytes) -> bool:
    """Whether these first bytes of a connection are the beginning of a header."""
    return any(data.startswith(each) or each.startswith(data) for each in SIGNATURES if data)


def not_announced(data: bytes) -> None:
    """Raises Refused when these bytes of an address that is no proxy begin with a header."""
    if data.startswith(SIGNATURES):
        raise Refused(Reason.DENIED, "PROXY header from an address that is no proxy")


class ProxyHead:
    r"""Takes the first bytes of one connection, until the header is whole.

    >>> head = ProxyHead()
    >>> head.feed(b"PROXY TCP4 192.0.2.7 198.51.100.1 40000 2222\r\nSSH-2.0-x")
    True
    >>> head.peer, head.rest
    ('192.0.2.7', b'SSH-2.0-x')
    """

    def __init__(self) -> None:
        self.peer = ""
        """The true address, empty when the proxy speaks for itself (health checks)."""
        self.rest = b""
        """What came after the header."""
        self._data = b""

    def feed(self, data: bytes) -> bool:
        """Take bytes; whether the header is whole.

        Raises:
            Refused: this is no header, or one that can't be read.
        """
        self._data += data
        if not announced(self._data[: len(SIGNATURES[0])]):
            raise _unreadable()
        end = self._end()
        if end is None:
            return False
        head, self.rest = self._data[:end], self._data[end:]
        self._data = b""
        self.peer = _source(head)
        return True

    def _end(self) -> int | None:
        """Where the header ends, None when that is not here yet."""
        if self._data.startswith(SIGNATURES[1]):
            at = self._data.find(b"\r\n", 0, _LONGEST_LINE)
            if at < 0 and len(self._data) >= _LONGEST_LINE:
                raise _unreadable()
            return at + 2 if at >= 0 else None
        if len(self._data) < _HEAD:
            return None
        length = _HEAD + int.from_bytes(self._data[14:16], "big")
        if length > _LONGEST:
            raise _unreadable()
        return length if len(self._data) >= length else None


def _source(head: bytes) -> str:
    try:
        found: ProxyResult = _DETECT.unpack(head)
    except (ValueError, IndexError, KeyError, struct.error) as wrong:
        raise _unreadable() from wrong
    if is_ipv4(found) or is_ipv6(found):
        return str(found.source[0])
    return ""


def _unreadable() -> Refused:
    return Refused(Reason.UNREADABLE, "this proxy has to send a header of the PROXY protocol")
