"""The server: listens, stops."""

from __future__ import annotations

import asyncio
import errno
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from core.errors import Conflict
from ingest.doors.ftp.hall import FtpSettings, Hall
from ingest.doors.ftp.listener import Listener
from ingest.doors.ftp.tls import Renewing

if TYPE_CHECKING:
    from ingest.doors.common.certificate import Certificate
    from ingest.doors.common.ports import Accounts
    from ingest.doors.common.views import FeedViews

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the door listens: `explicit` also serves plain FTP."""

    host: str
    explicit: int
    implicit: int


class FtpDoor:
    """The server, in threads of its own.

    `accounts` are asked for logins under TLS, `plain_accounts` for logins without; None, and there
    is no plain FTP.

    >>> door = FtpDoor(views=views, accounts=accounts, certificate=certificate)
    >>> ports = await door.start()
    >>> await door.stop()  # unfinished uploads stay as they are and can be resumed
    """

    def __init__(
        self,
        *,
        views: FeedViews,
        accounts: Accounts,
        certificate: Certificate,
        settings: FtpSettings | None = None,
        plain_accounts: Accounts | None = None,
    ) -> None:
        self._hall = Hall(
            accounts=accounts,
            plain_accounts=plain_accounts,
            views=views,
            settings=settings or FtpSettings(),
            context=Renewing(certificate),
        )
        self._listeners: list[Listener] = []

    async def start(self) -> Ports:
        """Listen.

        Raises:
            Conflict: a port is taken.
        """
        return await asyncio.to_thread(self._start)

    def _start(self) -> Ports:
        chosen = self._hall.settings
        explicit = self._listen(chosen.port, "doors.ftp.port", implicit=False)
        implicit = self._listen(chosen.implicit_port, "doors.ftp.implicit_port", implicit=True)
        for listener in self._listeners:
            listener.open()
        if self._hall.plain_accounts is not None:
            _log.warning("plain ftp is open", note="passwords and files can be read on the way")
        _log.info("ftp door open", host=chosen.host, port=explicit, implicit_port=implicit)
        return Ports(chosen.host, explicit, implicit)

    def _listen(self, port: int, setting: str, *, implicit: bool) -> int:
        host = self._hall.settings.host
        try:
            listener = Listener(self._hall, (host, port), implicit=implicit)
        except OSError as error:
            self._stop()
            if error.errno != errno.EADDRINUSE:
                raise
            raise Conflict(
                f"port {port} of {host} is taken; the FTP door can't listen there",
                remedy=f"choose another with the setting {setting}, or 0 for any free one",
            ) from error
        self._listeners.append(listener)
        return int(listener.address[1])

    async def stop(self) -> None:
        """Take no new connections, end those there are, keep unfinished uploads."""
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        hall = self._hall
        hall.bell.ring()
        until = time.monotonic() + hall.settings.grace
        for listener in self._listeners:
            listener.end(hall.settings.grace)
        for thread in list(hall.threads):
            thread.join(max(0.0, until - time.monotonic()))
        hall.writers.shutdown(wait=False, cancel_futures=True)
        if any(thread.is_alive() for thread in hall.threads):
            _log.warning("ftp sessions did not end in time", count=len(hall.threads))
        else:
            hall.bell.dispose()
