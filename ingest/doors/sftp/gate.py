"""One connection: who is it?"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import asyncssh
import structlog
from asyncssh.constants import DISC_NO_MORE_AUTH_METHODS_AVAILABLE, DISC_TOO_MANY_CONNECTIONS

from ingest.doors.sftp.algorithms import MODERN
from ingest.doors.sftp.proofs import demand
from ingest.doors.sftp.session import Session
from ingest.doors.sftp.wire import take_small_bites

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.sftp.algorithms import Algorithms
    from ingest.doors.sftp.hall import Hall

    Question = Callable[[str, str, str], FeedLogin | None]

_log = structlog.get_logger(__name__)


class Gate(asyncssh.SSHServer):
    """One connection: who is it, and is it the SFTP subsystem that is wanted."""

    def __init__(self, hall: Hall, spoken: Algorithms = MODERN) -> None:
        self._hall = hall
        self._spoken = spoken
        self._connection: asyncssh.SSHServerConnection | None = None
        self._logins: dict[str, FeedLogin] = {}
        self._passwords = 0
        self._keys = 0
        self.peer = "?"
        self.active = time.monotonic()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self.peer = str((conn.get_extra_info("peername") or ["?"])[0])
        take_small_bites(conn)
        demand(conn, self._spoken.signatures)
        self._hall.connections.add(self)
        if len(self._hall.connections) > self._hall.settings.connections:
            asyncio.get_running_loop().call_soon(
                self.disconnect, DISC_TOO_MANY_CONNECTIONS, "too many connections; try again later"
            )

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's shape
        self._hall.connections.discard(self)
        self._connection = None

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
        login = await self._ask(self._hall.accounts.authenticate_password, username, password)
        if login is None:
            self._let_ask_again()
            _log.warning("sftp password refused", user=username, peer=self.peer)
            await asyncio.sleep(self._hall.slowdown.failed(self.peer, time.monotonic()))
        return login is not None

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
        self._hall.slowdown.succeeded(self.peer)

    def session_requested(self) -> asyncssh.SSHServerSession[bytes] | bool:
        if self._connection is None:
            return False
        login = self._logins.get(str(self._connection.get_extra_info("username")))
        if login is None:
            return False
        _log.info("sftp session", feed=login.feed_id, peer=self.peer)
        return Session(self._hall, self, login)
