"""Takes SSH_FXP_WRITE straight from the channel while nothing else goes on in the session.

The ordinary way joins a packet from its pieces, cuts it apart again and wakes a task for each; on a
big upload that costs as much as all decryption. Anything but a plain write to a file that is open
for writing goes the ordinary way, and so does everything after it until the session rests again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ingest.doors.common.refusals import Refused
from ingest.doors.sftp.requests import Writing

if TYPE_CHECKING:
    from ingest.doors.common.behind import WriteBehind
    from ingest.doors.common.lease import Lease
    from ingest.doors.sftp.hall import Connection

_HEAD = 29
_WRITE = 6
_LONGEST = 4 << 20


class Desk(Protocol):
    """What the express way needs of its session."""

    def held(self, handle: bytes) -> object: ...

    def answer(self, request: int, fault: Refused | None) -> None: ...

    def hold(self, behind: WriteBehind, seconds: float) -> None: ...


@dataclass(slots=True)
class _Write:
    """The write that is coming in."""

    request: int
    behind: WriteBehind
    offset: int
    left: int
    fault: Refused | None = None


class Express:
    """`rests` is set by the session: nothing waits to be read and nothing is being done."""

    def __init__(self, desk: Desk, gate: Connection, lease: Lease) -> None:
        self.rests = False
        self._desk = desk
        self._gate = gate
        self._lease = lease
        self._head = b""
        self._write: _Write | None = None

    def take(self, data: bytes) -> bytes:
        """Take what belongs to writes; gives back what has to go the ordinary way."""
        if self._write is None and not self._head and not self.rests:
            return data
        self._gate.active = time.monotonic()
        at = 0
        while at < len(data):
            if self._write is not None:
                at += self._piece(self._write, data, at)
                continue
            wanted = _HEAD - len(self._head)
            self._head += data[at : at + wanted]
            at += wanted
            if len(self._head) == _HEAD and self._begin(self._head):
                self._head = b""
            elif len(self._head) == _HEAD or self._head[4:5] not in (b"", bytes([_WRITE])):
                ordinary, self._head, self.rests = self._head + data[at:], b"", False
                return ordinary
        return b""

    def _begin(self, head: bytes) -> bool:
        length = int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[25:29], "big")
        plain = head[4] == _WRITE and head[9:13] == b"\0\0\0\4" and length == size + 25
        held = self._desk.held(head[13:17]) if plain and size <= _LONGEST else None
        if not isinstance(held, Writing):
            return False
        offset = held.upload.size if held.upload.append else int.from_bytes(head[17:25], "big")
        self._write = _Write(int.from_bytes(head[5:9], "big"), held.behind, offset, size)
        if size == 0:
            self._end(self._write)
        return True

    def _piece(self, write: _Write, data: bytes, at: int) -> int:
        piece = data if at == 0 and len(data) <= write.left else data[at : at + write.left]
        if write.fault is None:
            try:
                full, wait = write.behind.write(write.offset, piece), self._lease.take(len(piece))
                if full or wait > 0:
                    self._desk.hold(write.behind, wait)
            except Refused as refused:
                write.fault = refused
        write.offset += len(piece)
        write.left -= len(piece)
        if write.left == 0:
            self._end(write)
        return len(piece)

    def _end(self, write: _Write) -> None:
        self._write = None
        self._desk.answer(write.request, write.fault)
