"""What all connections of one SFTP door share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ingest.doors.common.behind import Writers
from ingest.doors.common.paths import DEFAULT_LIMITS, PathLimits
from ingest.doors.common.upload import Intake

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from ingest.doors.common.bans import Network
    from ingest.doors.common.guard import Guard
    from ingest.doors.common.ports import Accounts
    from ingest.doors.common.views import FeedViews


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpSettings:
    """How the door behaves. Times in seconds, sizes in bytes; port 0 takes any free one.

    `legacy_port` speaks old algorithms too, for feeds that may; None, and there is none. From
    `proxies` (CIDR) every connection begins with a header of the PROXY protocol. One connection may
    have so many `channels` at once.
    """

    host: str = "127.0.0.1"
    port: int = 0
    legacy_port: int | None = None
    proxies: tuple[Network, ...] = ()
    intake: Intake = field(default_factory=Intake)
    limits: PathLimits = DEFAULT_LIMITS
    login_timeout: float = 60.0
    login_attempts: int = 6
    key_attempts: int = 20
    connections: int = 500
    channels: int = 10
    idle: float = 900.0
    keepalive: float = 30.0
    window: int = 4 << 20
    packet: int = 32 << 10
    rekey: int = 32 << 30
    grace: float = 5.0


class Connection(Protocol):
    """An open connection: who it is, when something last came, and a way to end it."""

    active: float
    peer: str

    @property
    def username(self) -> str: ...

    def disconnect(self, code: int, text: str) -> None: ...

    def channel_lost(self) -> None: ...


@dataclass(slots=True)
class Hall:
    """Settings, ports, threads and the lists of what is open. Belongs to one event loop."""

    data: Path
    accounts: Accounts
    views: FeedViews
    settings: SftpSettings
    connections: set[Connection] = field(default_factory=set)
    sessions: set[asyncio.Event] = field(default_factory=set)
    files_pool: Writers = field(init=False)
    login_pool: ThreadPoolExecutor = field(init=False)

    @property
    def guard(self) -> Guard:
        """The guard of all doors."""
        return self.views.guard

    def __post_init__(self) -> None:
        self.files_pool = Writers("sftp-files")
        self.login_pool = ThreadPoolExecutor(2, "sftp-login")
