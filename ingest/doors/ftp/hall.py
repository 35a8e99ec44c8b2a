"""What all connections of one FTP door share."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.doors.common.behind import Writers
from ingest.doors.common.paths import DEFAULT_LIMITS, PathLimits
from ingest.doors.common.upload import Intake

if TYPE_CHECKING:
    from ingest.doors.common.bans import Network
    from ingest.doors.common.guard import Guard
    from ingest.doors.common.ports import Accounts, FeedLogin
    from ingest.doors.common.views import FeedViews
    from ingest.doors.ftp.tls import Renewing

_HASHING_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FtpSettings:
    """How the door behaves. Times in seconds; a port of 0 takes any free one.

    `advertised` is the IPv4 address told for passive connections, empty for the connection's own.
    `protect_data`: a session under TLS has to send PROT P. From `proxies` (CIDR) every control
    connection begins with a header of the PROXY protocol; data connections never do.
    """

    host: str = "127.0.0.1"
    port: int = 0
    implicit_port: int = 0
    passive_ports: tuple[int, ...] = ()
    advertised: str = ""
    protect_data: bool = True
    require_reuse: bool = False
    proxies: tuple[Network, ...] = ()
    intake: Intake = field(default_factory=Intake)
    limits: PathLimits = DEFAULT_LIMITS
    login_timeout: float = 60.0
    login_attempts: int = 6
    connections: int = 500
    idle: float = 900.0
    stalled: float = 300.0
    grace: float = 5.0


class Bell:
    """Wakes every loop that it is registered in, once and for all."""

    def __init__(self) -> None:
        self._fileno = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.rung = False

    def fileno(self) -> int:
        """The descriptor to watch."""
        return self._fileno

    def ring(self) -> None:
        self.rung = True
        os.eventfd_write(self._fileno, 1)

    def readable(self) -> bool:
        """Never handled: waking up is all it does."""
        return False

    writable = readable

    def handle_close(self) -> None:
        """A loop has nothing to close here."""

    close = handle_close

    def dispose(self) -> None:
        """After all loops have ended."""
        os.close(self._fileno)


@dataclass(slots=True)
class Hall:
    """Settings, ports and the threads of open connections; used by all of them.

    `plain_accounts` are asked for logins without TLS; None refuses them all.
    """

    accounts: Accounts
    plain_accounts: Accounts | None
    views: FeedViews
    settings: FtpSettings
    context: Renewing
    bell: Bell = field(default_factory=Bell)
    threads: set[threading.Thread] = field(default_factory=set)
    writers: Writers = field(default_factory=lambda: Writers("ftp-files"), init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _hashing: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(_HASHING_AT_ONCE)
    )

    @property
    def guard(self) -> Guard:
        """The guard of all doors."""
        return self.views.guard

    def enter(self, thread: threading.Thread) -> bool:
        """Count a connection in; False when there are too many."""
        with self._lock:
            if len(self.threads) >= self.settings.connections or self.bell.rung:
                return False
            self.threads.add(thread)
            return True

    def leave(self, thread: threading.Thread) -> None:
        """Count a connection out."""
        with self._lock:
            self.threads.discard(thread)

    def ask(self, username: str, password: str, peer: str, *, tls: bool) -> FeedLogin | None:
        """The feed if name and password match; only so many are hashed at once."""
        accounts = self.accounts if tls else self.plain_accounts
        if accounts is None or not username.isprintable():
            return None
        with self._hashing:
            return accounts.authenticate_password(username, password, peer)
