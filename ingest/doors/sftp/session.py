"""One channel: is it SFTP, and what does its SSH_FXP_CLOSE mean?

asyncssh calls `SFTPServer.close()` for every open handle when a connection drops, so `close` never
delivers anything: only the client's own SSH_FXP_CLOSE, caught by our handler, does. Should asyncssh
change under us, nothing is delivered, and the tests say so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncssh
from asyncssh.constants import DISC_BY_APPLICATION
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter

from ingest.doors.common.refusals import Refused
from ingest.doors.sftp.commands import Commands
from ingest.doors.sftp.express import Express
from ingest.doors.sftp.speech import spoken

if TYPE_CHECKING:
    from asyncssh.packet import SSHPacket

    from ingest.doors.common.behind import WriteBehind
    from ingest.doors.common.files import FeedFiles
    from ingest.doors.common.lease import Lease
    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.sftp.hall import Connection, Hall
    from ingest.doors.sftp.requests import Requests

_CLOSE_REQUEST = 4
_WRITE_REQUEST = 6
_STATUS = 101
_OK = bytes(12)  # code 0, no text, no language
_FORCED = "internal-sftp"
"""The command that a certificate for deliveries forces, as OpenSSH names it: this very door."""
_NO_SHELL = (
    "This door speaks SFTP only: no shell, no commands, no old scp.\n"
    "Use `sftp`, `lftp sftp://…` or a recent `scp` (OpenSSH 9 or later).\n"
)


class Session(SSHServerStreamSession[bytes]):
    """One channel of a connection. Runs our handler, or tells why there is no shell."""

    def __init__(self, hall: Hall, gate: Connection, login: FeedLogin) -> None:
        super().__init__(None)
        self._hall = hall
        self._gate = gate
        self._login = login
        self._express: Express | None = None
        self._holds = False

    def touch(self) -> None:
        """Something came."""
        self._gate.active = time.monotonic()

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel has gone."""
        self._gate.channel_lost()
        super().connection_lost(exc)

    def shell_requested(self) -> bool:
        return True  # to be told, not served

    def exec_requested(self, command: str) -> bool:  # noqa: ARG002
        return True  # to be told, not served

    def subsystem_requested(self, subsystem: str) -> bool:
        return subsystem == "sftp"

    def session_started(self) -> None:
        channel: Any = self._chan
        if channel.get_subsystem() != "sftp" and channel.get_command() != _FORCED:
            channel.write_stderr(_NO_SHELL.encode())
            channel.exit(1)
            return
        channel.set_encoding(None)
        channel.get_connection().create_task(self._serve(channel))

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Writes go by express, all else the ordinary way."""
        rest = self._express.take(data) if self._express is not None else data
        if rest:
            super().data_received(rest, datatype)

    @property
    def waits(self) -> bool:
        """Whether something waits to be read."""
        return bool(self._recv_buf_len)

    def hold(self, behind: WriteBehind, seconds: float) -> None:
        """Stop reading for so long, and until there is room again."""
        channel: Any = self._chan
        if channel is not None and not self._holds:
            self._holds = True
            channel.pause_reading()
            channel.get_connection().create_task(self._go_on(channel, behind, seconds))

    async def _go_on(self, channel: Any, behind: WriteBehind, seconds: float) -> None:  # noqa: ANN401
        await asyncio.sleep(seconds)
        await behind.room()
        self._holds = False
        self.touch()  # it was we who held
        channel.resume_reading()

    def _enter(self) -> tuple[FeedFiles, Lease]:
        hall, gate = self._hall, self._gate
        lease = hall.guard.session(self._login.feed_id, gate.peer, "sftp", gate.username)
        try:
            return hall.views.of(self._login), lease
        except BaseException:
            lease.close()
            raise

    async def _serve(self, channel: Any) -> None:  # noqa: ANN401 - generic of asyncssh
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        self._hall.sessions.add(ended)
        try:
            files, lease = await loop.run_in_executor(self._hall.files_pool, self._enter)
            lease.ending = lambda refused: loop.call_soon_threadsafe(
                self._gate.disconnect, DISC_BY_APPLICATION, refused.text
            )
            with lease:
                server = Commands(channel, self._hall, files, lease)
                reader, writer = SSHReader[bytes](self, channel), SSHWriter[bytes](self, channel)
                handler = Handler(server, reader, writer, self)
                self._express = handler.express = Express(handler, self._gate, lease)
                await handler.run()
        except Refused as refused:
            # on the channel first: of a connection that ends at once the last words may be lost
            channel.write_stderr(f"{refused.text}\n".encode())
            channel.exit(1)
            loop.call_later(1.0, self._gate.disconnect, DISC_BY_APPLICATION, refused.text)
        finally:
            self._hall.sessions.discard(ended)
            ended.set()


class Handler(SFTPServerHandler):
    """asyncssh's reading of the protocol, with our meaning of SSH_FXP_CLOSE."""

    _extensions = [  # noqa: RUF012 - asyncssh's class attribute
        (b"posix-rename@openssh.com", b"1"),
        (b"statvfs@openssh.com", b"2"),
        (b"fstatvfs@openssh.com", b"2"),
        (b"fsync@openssh.com", b"1"),
        (b"lsetstat@openssh.com", b"1"),
        (b"limits@openssh.com", b"1"),
    ]

    def __init__(
        self,
        server: Requests,
        reader: SSHReader[bytes],
        writer: SSHWriter[bytes],
        session: Session,
    ) -> None:
        super().__init__(server, reader, writer, 3)
        self.express: Express | None = None
        self._requests = server
        self._session = session

    async def recv_packet(self) -> SSHPacket:
        if self.express is not None:
            self.express.rests = not self._session.waits
        packet = await super().recv_packet()
        if self.express is not None:
            self.express.rests = False
        self._session.touch()
        return packet

    def held(self, handle: bytes) -> object:
        """What a handle stands for."""
        return self._file_handles.get(handle)

    def answer(self, request: int, fault: Refused | None) -> None:
        """Answer a write that came by express."""
        status = _OK if fault is None else spoken(fault).encode(3)
        with suppress(asyncssh.SFTPError):  # the connection has gone meanwhile
            self.send_packet(_STATUS, request, request.to_bytes(4, "big") + status)

    def hold(self, behind: WriteBehind, seconds: float) -> None:
        """Too many bytes wait for the disk, or too many came in a short time."""
        self._session.hold(behind, seconds)

    async def _process_close(self, packet: SSHPacket) -> None:
        handle = packet.get_string()
        packet.check_end()
        held = self._file_handles.pop(handle, None)
        if held is not None:
            await self._requests.close_asked(held)
        elif self._dir_handles.pop(handle, None) is None:
            raise asyncssh.SFTPInvalidHandle("this handle is not open")

    async def _process_write(self, packet: SSHPacket) -> int:
        """Go's SFTP library sends a short last piece in a packet as long as all others; like
        OpenSSH's server, we pass over what follows the data."""
        handle, offset, data = packet.get_string(), packet.get_uint64(), packet.get_string()
        held = self._file_handles.get(handle)
        if held is None:
            raise asyncssh.SFTPInvalidHandle("this handle is not open")
        written = self._requests.write(held, offset, data)
        return int(await written if isinstance(written, Awaitable) else written)

    _packet_handlers: dict[int | bytes, Any] = {
        kind: handler
        for kind, handler in SFTPServerHandler._packet_handlers.items()  # noqa: SLF001
        if kind not in (b"copy-data", b"ranges@asyncssh.com")
    } | {_CLOSE_REQUEST: _process_close, _WRITE_REQUEST: _process_write}
