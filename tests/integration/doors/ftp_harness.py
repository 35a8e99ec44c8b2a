"""A running FTP door, and clients for it."""

from __future__ import annotations

import asyncio
import ftplib
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core import spawn
from core.clock import system_clock
from ingest.doors.common.certificate import PUBLIC_NAME, ensure_certificate
from ingest.doors.common.ports import FeedLogin
from ingest.doors.common.testing import MemoryAccounts, MemoryInbox
from ingest.doors.common.upload import Intake
from ingest.doors.common.views import FeedViews
from ingest.doors.ftp import FtpDoor, FtpSettings
from tests.fixtures.environment import program
from tests.fixtures.patience import BUSY
from tests.integration.doors.harness import quick_guard

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from ingest.doors.common.guard import Guard

PASSWORD = "correct horse"
QUICK = FtpSettings(intake=Intake(watermark=0, takeover=20.0))
KINDS = ("ftp", "explicit", "implicit")


@dataclass(slots=True)
class RunningFtp:
    """A door at work, its data folder and what its inbox heard."""

    data: Path
    host: str
    port: int
    implicit: int
    inbox: MemoryInbox
    accounts: MemoryAccounts

    @property
    def certificate(self) -> Path:
        """What senders are given to trust."""
        return self.data / "keys" / PUBLIC_NAME

    def finished(self, path: str, feed: str = "feed_alpha") -> Path:
        return self.data / "inbox" / feed / path

    def partial(self, path: str, feed: str = "feed_alpha") -> Path:
        return self.data / "partial" / feed / path

    def through(self, port: int) -> RunningFtp:
        """The same door behind another port."""
        return replace(self, port=port)


def make_accounts() -> MemoryAccounts:
    """Two feeds: `alpha` and `beta`."""
    alpha, beta = FeedLogin("feed_alpha", "Alpha"), FeedLogin("feed_beta", "Beta")
    return MemoryAccounts(passwords={"alpha": (PASSWORD, alpha), "beta": (PASSWORD, beta)})


@contextmanager
def running_ftp(
    folder: Path,
    settings: FtpSettings = QUICK,
    *,
    plain: bool = True,
    inbox: MemoryInbox | None = None,
    guard: Guard | None = None,
) -> Iterator[RunningFtp]:
    """A door; it stops at the end of the block."""
    inbox, accounts, data = inbox or MemoryInbox(), make_accounts(), folder / "data"
    views = FeedViews(
        data=data,
        inbox=inbox,
        clock=system_clock,
        intake=settings.intake,
        guard=guard or quick_guard(),
    )
    door = FtpDoor(
        views=views,
        accounts=accounts,
        plain_accounts=accounts if plain else None,
        certificate=ensure_certificate(data / "keys", ("127.0.0.1", "localhost"), system_clock),
        settings=settings,
    )
    ports = asyncio.run(door.start())
    try:
        yield RunningFtp(data, ports.host, ports.explicit, ports.implicit, inbox, accounts)
    finally:
        asyncio.run(door.stop())


def lftp(door: RunningFtp, commands: str, kind: str = "explicit") -> spawn.Finished:
    """Run commands in lftp as feed alpha."""
    settings = (
        f"set ssl:ca-file {door.certificate}; set net:max-retries 1; set net:timeout 60; "
        "set net:reconnect-interval-base 1; set ftp:ssl-protect-data yes; "
        f"set ftp:ssl-force {'no' if kind == 'ftp' else 'yes'}; "
        f"set ftp:ssl-allow {'no' if kind == 'ftp' else 'yes'}; "
    )
    scheme, port = ("ftps", door.implicit) if kind == "implicit" else ("ftp", door.port)
    argv = [program("lftp", "lftp"), "--norc", "-u", f"alpha,{PASSWORD}"]
    argv += ["-e", f"{settings}{commands}; bye", f"{scheme}://{door.host}:{port}"]
    home = str(door.data.parent)
    return spawn.run(argv, timeout=50 * BUSY, env={"HOME": home, "LFTP_HOME": home})


def curl(door: RunningFtp, path: str, *options: str, kind: str = "explicit") -> spawn.Finished:
    """Run curl as feed alpha for a path of the door."""
    scheme, port = ("ftps", door.implicit) if kind == "implicit" else ("ftp", door.port)
    secure = () if kind == "ftp" else ("--ssl-reqd", "--cacert", str(door.certificate))
    argv = [program("curl", "curl"), "-sS", "--max-time", "160", "-u", f"alpha:{PASSWORD}"]
    argv += [*secure, *options, f"{scheme}://{door.host}:{port}/{path}"]
    return spawn.run(argv, timeout=50 * BUSY)


class Reusing(ftplib.FTP_TLS):
    """Uses the TLS session of the control connection for data connections, as servers may ask."""

    reused = False

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        found, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321 - what is tested
        if self._prot_p:  # type: ignore[attr-defined]
            assert isinstance(self.sock, ssl.SSLSocket)
            wrapped = self.context.wrap_socket(
                found, server_hostname=self.host, session=self.sock.session
            )
            self.reused = bool(wrapped.session_reused)
            return wrapped, size
        return found, size


@contextmanager
def client(door: RunningFtp, kind: str = "explicit", user: str = "alpha") -> Iterator[ftplib.FTP]:
    """A signed-in session of Python's library, plain or with explicit TLS."""
    made: ftplib.FTP
    if kind == "ftp":
        made = ftplib.FTP(encoding="utf-8", timeout=40 * BUSY)  # noqa: S321 - what is tested
    else:
        trust = ssl.create_default_context(cafile=str(door.certificate))
        made = Reusing(context=trust, encoding="utf-8", timeout=40 * BUSY)
    made.connect(door.host, door.port)
    try:
        made.login(user, PASSWORD)
        if isinstance(made, ftplib.FTP_TLS):
            made.prot_p()
        yield made
    finally:
        made.close()
