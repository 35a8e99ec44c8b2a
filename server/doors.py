"""The doors of the service that listen on ports of their own: SFTP, and FTP where it is open."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import SettingsInvalid
from ingest import feed_keys
from ingest.doors.common.memory import keep_freed
from ingest.doors.common.upload import Intake
from ingest.doors.common.views import FeedViews
from ingest.doors.ftp import FtpDoor, FtpSettings
from ingest.doors.http import HttpDoor, HttpSettings
from ingest.doors.sftp import SftpDoor, SftpSettings
from server.accounts.feed_tokens import FeedCredentials, FeedTokens
from server.accounts.keys import load_secret
from server.defence import proxies
from server.wiring import feed_accounts, ftp_certificate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from core.door_settings import Ftp
    from core.settings import Settings
    from ingest.doors.common.guard import Guard
    from ingest.doors.ftp import Ports
    from server.local import Local
    from server.wiring import Engine


@dataclass(frozen=True, slots=True)
class Open:
    """Where the doors listen; `ftp` is None when it is closed."""

    sftp: tuple[str, int]
    ftp: Ports | None


def feed_views(engine: Engine, guard: Guard) -> FeedViews:
    """The one view of feeds' files that all doors share."""
    return FeedViews(
        data=engine.local.data.root.resolve(),
        inbox=engine.inbox,
        clock=engine.local.clock,
        intake=_intake(engine.local.settings),
        guard=guard,
    )


@asynccontextmanager
async def http_door(local: Local, views: FeedViews) -> AsyncIterator[HttpDoor]:
    """The door that stands on the web server's own port."""
    chosen = local.settings.doors.http
    door = HttpDoor(
        views.data,
        keys=FeedCredentials(
            feed_accounts(local, feed_keys.PROTOCOL),
            FeedTokens(load_secret(local.data.keys), local.clock),
        ),
        views=views,
        clock=local.clock,
        settings=HttpSettings(
            most=chosen.max_file_gb << 30,
            most_package=chosen.max_file_gb << 30,
            at_once=chosen.uploads,
            idle=chosen.idle_s,
            kept=local.settings.sftp.keep_partial_hours * 3600.0,
        ),
    )
    try:
        yield door
    finally:
        door.close()


@asynccontextmanager
async def open_doors(local: Local, views: FeedViews) -> AsyncIterator[Open]:
    """Open inside the block; the ports are told to other commands by files in the data folder.

    Raises:
        Conflict: a port is taken.
        SettingsInvalid: what was set for the FTP door can't be used.
    """
    keep_freed()
    async with AsyncExitStack() as stack:
        door = _sftp(local, views)
        stack.push_async_callback(door.stop)
        sftp = await door.start()
        _tell(local, stack, "sftp.port", str(sftp[1]))
        if door.legacy_port is not None:
            _tell(local, stack, "sftp_legacy.port", str(door.legacy_port))
        ftp = None
        if local.settings.doors.ftp.enabled:
            second = _ftp(local, views)
            ftp = await second.start()
            stack.push_async_callback(second.stop)
            _tell(local, stack, "ftp.port", f"{ftp.explicit} {ftp.implicit}")
        yield Open(sftp, ftp)


@contextmanager
def told(local: Local, name: str, text: str) -> Iterator[None]:
    """Tell other commands something by a file in the data folder, as long as the block runs."""
    path = local.data.root / name
    path.write_text(text, encoding="ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _tell(local: Local, stack: AsyncExitStack, name: str, text: str) -> None:
    stack.enter_context(told(local, name, text))


def _intake(settings: Settings) -> Intake:
    return Intake(
        durable=settings.sftp.fsync,
        watermark=settings.sftp.min_free_mb << 20,
        most=settings.doors.http.max_file_gb << 30,
    )


def _sftp(local: Local, views: FeedViews) -> SftpDoor:
    chosen = local.settings.sftp
    return SftpDoor(
        views.data,
        accounts=feed_accounts(local, "sftp"),
        inbox=views.inbox,
        settings=SftpSettings(
            host=chosen.host,
            port=chosen.port,
            legacy_port=chosen.legacy_port if chosen.legacy else None,
            proxies=proxies(chosen.proxies, "sftp.proxies"),
            intake=views.intake,
        ),
        clock=local.clock,
        views=views,
    )


def _ftp(local: Local, views: FeedViews) -> FtpDoor:
    """A feed of the protocol `ftp` may always come by TLS; others never come without."""
    chosen = local.settings.doors.ftp
    return FtpDoor(
        views=views,
        accounts=feed_accounts(local, "ftps", "ftp"),
        plain_accounts=feed_accounts(local, "ftp") if chosen.plain else None,
        certificate=ftp_certificate(local),
        settings=FtpSettings(
            host=chosen.host,
            port=chosen.port,
            implicit_port=chosen.implicit_port,
            passive_ports=_passive(chosen),
            advertised=_advertised(chosen),
            protect_data=chosen.protect_data,
            require_reuse=chosen.require_reuse,
            proxies=proxies(chosen.proxies, "doors.ftp.proxies"),
            intake=views.intake,
        ),
    )


def _passive(chosen: Ftp) -> tuple[int, ...]:
    if not chosen.passive_ports:
        return ()
    first, last = map(int, chosen.passive_ports.split("-"))
    if not 0 < first <= last <= 65535:
        raise SettingsInvalid(
            f"setting doors.ftp.passive_ports: {chosen.passive_ports} is no range of ports",
            remedy="two ports, the lower first, such as 50000-50100",
        )
    return tuple(range(first, last + 1))


def _advertised(chosen: Ftp) -> str:
    """The IPv4 address behind the advertised host."""
    try:
        return socket.gethostbyname(chosen.advertised_host) if chosen.advertised_host else ""
    except OSError as wrong:
        raise SettingsInvalid(
            f"setting doors.ftp.advertised_host: {chosen.advertised_host!r} has no IPv4 address",
            remedy="an address, or a host name that this machine can look up",
        ) from wrong
