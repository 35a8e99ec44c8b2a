"""One connection: who is it?"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncssh
import structlog
from asyncssh.constants import DISC_NO_MORE_AUTH_METHODS_AVAILABLE, DISC_TOO_MANY_CONNECTIONS

from ingest.doors.common.audit import shown
from ingest.doors.common.bans import within
from ingest.doors.common.proxy import ProxyHead
from ingest.doors.sftp.algorithms import MODERN
from ingest.doors.sftp.proofs import demand
from ingest.doors.sftp.session import Session
from ingest.doors.sftp.wire import take_small_bites

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.common.refusals import Refused
    from ingest.doors.sftp.algorithms import Algorithms
    from ingest.doors.sftp.hall import Hall

    Question = Callable[[str, str, str], FeedLogin | None]

_log = structlog.get_logger(__name__)
DOOR = "sftp"


class Gate(asyncssh.SSHServer):
    """One connection: who is it, and is it the SFTP subsystem that is wanted."""

    def __init__(self, hall: Hall, spoken: Algorithms = MODERN) -> None:
        self._hall = hall
        self._spoken = spoken
        self._connection: asyncssh.SSHServerConnection | None = None
        self._logins: dict[str, FeedLogin] = {}
        self._passwords = 0
        self._keys = 0
        self._inside = False
        self._counted = False
        self._channels = 0
        self.peer = "?"
        self.active = time.monotonic()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self.peer = str((conn.get_extra_info("peername") or ["?"])[0])
        proxied = within(self.peer, self._hall.settings.proxies)
        take_small_bites(conn, self, ProxyHead() if proxied else None)
        demand(conn, self._spoken.signatures)
        self._hall.connections.add(self)
        if not proxied:
            self.arrived(self.peer)

    def arrived(self, peer: str) -> None:
        """It is known who is calling: may he? A proxy that speaks for itself calls itself."""
        self.peer = peer or self.peer
        refused = self._hall.guard.admit(self.peer, DOOR)
        self._counted = refused is None
        if refused is not None:
            self._hang_up(refused.text)
        elif len(self._hall.connections) > self._hall.settings.connections:
            self._hang_up("too many connections; try again later")

    def _hang_up(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(self.disconnect, DISC_TOO_MANY_CONNECTIONS, text)

    def misled(self, text: str) -> None:
        """The first bytes are none that may come from this address."""
        trail = self._hall.guard.trail(DOOR, self.peer)
        trail.record("connect", outcome="unreadable", detail=text)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's shape
        self._hall.connections.discard(self)
        self._connection = None
        if self._counted:
            self._counted = False
            self._hall.guard.leave(self.peer, DOOR)
            if self._keys and not self._passwords and not self._inside:
                with suppress(RuntimeError):  # the door has stopped
                    self._hall.login_pool.submit(self._hall.guard.failed, self.peer, "", DOOR)

    def disconnect(self, code: int, text: str) -> None:
        """End the connection and say why."""
        if self._connection is not None:
            self._connection.disconnect(code, text)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - nobody comes in unasked
        self._let_ask_again()
        return True

    def _let_ask_again(self) -> None:
        # paramiko asks for the login service anew before each try; asyncssh would hang up on it.
        if self._connection is not None:
            self._connection._next_service = b"ssh-userauth"  # noqa: SLF001

    def password_auth_supported(self) -> bool:
        return True

    def kbdint_auth_supported(self) -> bool:
        return False

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        self._passwords += 1
        if self._passwords > self._hall.settings.login_attempts:
            self._too_many()
            return False
        refused = self._hall.guard.barred(self.peer, username, DOOR)
        login = None
        if refused is None:
            login = await self._ask(self._hall.accounts.authenticate_password, username, password)
        if login is None:
            self._let_ask_again()
            await self._refuse(username, refused)
        return login is not None

    async def _refuse(self, username: str, refused: Refused | None) -> None:
        """A wrong password: the answer waits, and who is banned now is told so."""
        _log.warning("sftp password refused", user=shown(username), peer=self.peer)
        guard, loop = self._hall.guard, asyncio.get_running_loop()
        delay = await loop.run_in_executor(
            self._hall.login_pool, guard.failed, self.peer, username, DOOR
        )
        await asyncio.sleep(delay)
        refused = refused or guard.barred(self.peer, username, DOOR)
        if refused is not None:
            self.disconnect(DISC_NO_MORE_AUTH_METHODS_AVAILABLE, refused.text)

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return await self._validate(self._hall.accounts.authenticate_key, username, key)

    async def validate_ca_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this key signs for the user; asyncssh judges the certificate itself."""
        return await self._validate(self._hall.accounts.authenticate_authority, username, key)

    async def _validate(self, question: Question, username: str, key: asyncssh.SSHKey) -> bool:
        self._keys += 1
        if self._keys > self._hall.settings.key_attempts:
            self._too_many()
            return False
        line = key.export_public_key("openssh").decode().strip()
        login = await self._ask(question, username, line)
        if login is None:
            self._let_ask_again()
        return login is not None

    async def _ask(self, question: Question, username: str, secret: str) -> FeedLogin | None:
        # A key is offered before it is proven, maybe for another user than the one who comes in at
        # last: logins are kept by user name and looked up by the name asyncssh let in.
        loop = asyncio.get_running_loop()
        login = await loop.run_in_executor(
            self._hall.login_pool, question, username, secret, self.peer
        )
        if login is not None and self._spoken is not MODERN and not login.legacy:
            _log.warning("sftp feed may not use old algorithms", user=username, peer=self.peer)
            return None
        if login is not None:
            self._logins[username] = login
        return login

    def _too_many(self) -> None:
        _log.warning("sftp login attempts used up", peer=self.peer)
        self.disconnect(
            DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "too many failed logins; check name and password"
        )

    def auth_completed(self) -> None:
        self._inside = True
        self._hall.guard.succeeded(self.peer, self.username, DOOR)

    @property
    def username(self) -> str:
        """Who was let in."""
        told = self._connection.get_extra_info("username") if self._connection else ""
        return str(told)

    def session_requested(self) -> asyncssh.SSHServerSession[bytes] | bool:
        if self._connection is None:
            return False
        login = self._logins.get(self.username)
        if login is None or self._channels >= self._hall.settings.channels:
            return False
        self._channels += 1
        _log.info("sftp session", feed=login.feed_id, peer=self.peer)
        return Session(self._hall, self, login)

    def channel_lost(self) -> None:
        """A channel has gone; another may come."""
        self._channels -= 1
