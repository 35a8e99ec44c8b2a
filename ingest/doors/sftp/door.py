"""The server: listens, watches, stops."""

from __future__ import annotations

import asyncio
import errno
import time
from typing import TYPE_CHECKING

import asyncssh
import structlog
from asyncssh.constants import DISC_BY_APPLICATION

from core.clock import system_clock
from core.errors import Conflict
from ingest.doors.common.hostkey import KEY_NAME, RSA_NAME, ensure_host_key
from ingest.doors.common.views import FeedViews
from ingest.doors.sftp.algorithms import LEGACY, MODERN
from ingest.doors.sftp.gate import Gate
from ingest.doors.sftp.hall import Hall, SftpSettings

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock import Clock
    from ingest.doors.common.ports import Accounts, Inbox
    from ingest.doors.sftp.algorithms import Algorithms

_log = structlog.get_logger(__name__)


class SftpDoor:
    """The server. Lives on the loop that `start` runs on; `stop` ends what is open.

    >>> door = SftpDoor(data, accounts=accounts, inbox=inbox)
    >>> host, port = await door.start()
    >>> await door.stop()  # unfinished uploads stay as they are and can be resumed
    """

    def __init__(
        self,
        data: Path,
        *,
        accounts: Accounts,
        inbox: Inbox,
        settings: SftpSettings | None = None,
        clock: Clock = system_clock,
        views: FeedViews | None = None,
    ) -> None:
        """`views` are shared with other doors of the process; without, the door has its own."""
        chosen = settings or SftpSettings()
        own = FeedViews(data=data, inbox=inbox, clock=clock, intake=chosen.intake)
        self._hall = Hall(data, accounts, views or own, chosen)
        self._acceptors: list[asyncssh.SSHAcceptor] = []
        self._idle_timer: asyncio.TimerHandle | None = None
        self.legacy_port: int | None = None

    async def start(self) -> tuple[str, int]:
        """Listen; the address and the port.

        Raises:
            Conflict: the port is taken.
        """
        asyncssh.set_log_level("WARNING")
        keys = self._hall.data / "keys"
        await asyncio.to_thread(ensure_host_key, keys)
        s = self._hall.settings
        port = await self._open(s.port, "sftp.port", [KEY_NAME], MODERN)
        if s.legacy_port is not None:
            await asyncio.to_thread(ensure_host_key, keys, RSA_NAME)
            self.legacy_port = await self._open(
                s.legacy_port, "sftp.legacy_port", [KEY_NAME, RSA_NAME], LEGACY
            )
            _log.warning("sftp port for old algorithms is open", port=self.legacy_port)
        self._watch_idle()
        _log.info("sftp door open", host=s.host, port=port)
        return s.host, port

    async def _open(self, port: int, setting: str, keys: list[str], spoken: Algorithms) -> int:
        host = self._hall.settings.host
        try:
            acceptor = await self._listen(port, keys, spoken)
        except OSError as error:
            await self.stop()
            if error.errno != errno.EADDRINUSE:
                raise
            raise Conflict(
                f"port {port} of {host} is taken; the SFTP door can't listen there",
                remedy=f"choose another with the setting {setting}, or 0 for any free one",
            ) from error
        self._acceptors.append(acceptor)
        return int(acceptor.get_port())

    async def _listen(self, port: int, keys: list[str], spoken: Algorithms) -> asyncssh.SSHAcceptor:
        s = self._hall.settings
        return await asyncssh.listen(
            s.host,
            port,
            server_factory=lambda: Gate(self._hall, spoken),
            server_host_keys=[str(self._hall.data / "keys" / name) for name in keys],
            server_version="Segue",
            encryption_algs=list(spoken.ciphers),
            mac_algs=list(spoken.macs),
            kex_algs=spoken.known_exchanges,
            signature_algs=list(spoken.signatures),
            compression_algs=None,
            gss_host=None,
            host_based_auth=False,
            agent_forwarding=False,
            x11_forwarding=False,
            allow_pty=False,
            line_editor=False,
            encoding=None,
            login_timeout=s.login_timeout,
            keepalive_interval=s.keepalive,
            rekey_bytes=s.rekey,
            window=s.window,
            max_pktsize=s.packet,
        )

    async def stop(self) -> None:
        """Take no new connections, end those there are, keep unfinished uploads."""
        for acceptor in self._acceptors:
            acceptor.close()
            await acceptor.wait_closed()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        for gate in list(self._hall.connections):
            gate.disconnect(DISC_BY_APPLICATION, "the server stops; resume later")
        ending = [ended.wait() for ended in self._hall.sessions]
        try:
            async with asyncio.timeout(self._hall.settings.grace):
                await asyncio.gather(*ending)
        except TimeoutError:
            _log.warning("sftp sessions did not end in time", count=len(self._hall.sessions))
        self._hall.files_pool.shutdown(wait=False, cancel_futures=True)
        self._hall.login_pool.shutdown(wait=False, cancel_futures=True)

    def _watch_idle(self) -> None:
        now = time.monotonic()
        for gate in list(self._hall.connections):
            if now - gate.active > self._hall.settings.idle:
                gate.disconnect(
                    DISC_BY_APPLICATION,
                    f"nothing came for {self._hall.settings.idle:.0f} s; resume later",
                )
        every = min(self._hall.settings.idle / 4, 15.0)
        self._idle_timer = asyncio.get_running_loop().call_later(every, self._watch_idle)
