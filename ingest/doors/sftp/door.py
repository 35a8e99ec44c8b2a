"""The server: listens, watches, stops."""

from __future__ import annotations

import asyncio
import errno
import time
from typing import TYPE_CHECKING

import asyncssh
import structlog
from asyncssh.constants import DISC_BY_APPLICATION
from asyncssh.kex import get_kex_algs

from core.clock import system_clock
from core.errors import Conflict
from ingest.doors.common.hostkey import KEY_NAME, ensure_host_key
from ingest.doors.common.views import FeedViews
from ingest.doors.sftp.gate import Gate
from ingest.doors.sftp.hall import Hall, SftpSettings

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock import Clock
    from ingest.doors.common.ports import Accounts, Inbox

_log = structlog.get_logger(__name__)
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)
_MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
_SIGNATURES = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
_KEX = (
    "mlkem768x25519-sha256",
    "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
)


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
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._idle_timer: asyncio.TimerHandle | None = None

    async def start(self) -> tuple[str, int]:
        """Listen; the address and the port.

        Raises:
            Conflict: the port is taken.
        """
        asyncssh.set_log_level("WARNING")
        keys = self._hall.data / "keys"
        await asyncio.to_thread(ensure_host_key, keys)
        s = self._hall.settings
        try:
            self._acceptor = await self._listen(keys)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise Conflict(
                f"port {s.port} of {s.host} is taken; the SFTP door can't listen there",
                remedy="choose another with the setting sftp.port, or 0 for any free one",
            ) from error
        self._watch_idle()
        port: int = self._acceptor.get_port()
        _log.info("sftp door open", host=s.host, port=port)
        return s.host, port

    async def _listen(self, keys: Path) -> asyncssh.SSHAcceptor:
        s = self._hall.settings
        return await asyncssh.listen(
            s.host,
            s.port,
            server_factory=lambda: Gate(self._hall),
            server_host_keys=[str(keys / KEY_NAME)],
            server_version="Segue",
            encryption_algs=list(_CIPHERS),
            mac_algs=list(_MACS),
            kex_algs=[name for name in _KEX if name.encode() in get_kex_algs()],
            signature_algs=list(_SIGNATURES),
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
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
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
