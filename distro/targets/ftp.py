"""Delivering over FTP and FTPS (explicit and implicit), with resumed and verified uploads.

The session of Python's `ftplib` runs in threads, one command at a time: FTP has one control
connection, and what is sent in parallel elsewhere goes one after the other here.
"""

from __future__ import annotations

import asyncio
import ftplib
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from core.errors import Conflict, Misuse, NotAllowed, NotFound, SegueError, Unavailable
from distro.targets import files
from distro.targets.base import Offers
from distro.targets.ftp_session import CertificateStrange, open_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from distro.targets.base import Progress
    from distro.targets.ftp_session import Session, Trust

    Result = TypeVar("Result")

SAMPLE = 64 * 1024
_PORTS = {"ftp": 21, "ftps": 990}
_TAIL = "BLAKE3 "
_FAULTS: tuple[type[Exception], ...] = (*ftplib.all_errors, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to deliver. `tls` is `no`, `explicit` or `implicit`; the password never shows."""

    host: str
    port: int
    username: str
    path: str
    tls: str
    password: str = field(default="", repr=False)


def address(url: str, *, plain: bool = False) -> Address:
    """Take `ftp://user[:password]@host[:port]/path` apart; `ftps://` is implicit TLS, `ftp://` is
    explicit TLS, and no TLS at all only if it may be `plain`.

    Raises:
        Misuse: not such an address; the message never repeats the password.
    """
    form = "write it as ftp://user@host:port/ (TLS) or ftps://user@host:port/ (implicit TLS)"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise Misuse("the address has no valid host and port", remedy=form) from wrong
    if parts.scheme not in _PORTS:
        raise Misuse(f"can't deliver by {parts.scheme or 'this address'!r}", remedy=form)
    if not parts.hostname or not parts.username:
        raise Misuse("the address lacks the host or the user name", remedy=form)
    secured = "implicit" if parts.scheme == "ftps" else "explicit"
    return Address(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
        path=unquote(parts.path),
        tls="no" if plain and parts.scheme == "ftp" else secured,
    )


@asynccontextmanager
async def connect(to: Address, password: str, trust: Trust) -> AsyncIterator[FtpTarget]:
    """Open a session.

    Raises:
        NotAllowed: login refused, or the certificate is not one we trust.
        Unavailable: no connection, or it was lost.
        Misuse: no password.
    """
    secret = password or to.password
    if not secret:
        raise Misuse(
            "there is no password to log in with",
            remedy="give --password-file or SEGUE_DELIVER_PASSWORD",
        )
    try:
        session = await asyncio.to_thread(open_session, to, secret, trust)
    except _FAULTS as fault:
        raise explained(fault, to) from fault
    target = FtpTarget(session, to)
    try:
        yield target
    finally:
        await target.close()


class FtpTarget:
    """`distro.targets.base.Target` over FTP."""

    offers = Offers()

    def __init__(self, session: Session, to: Address) -> None:
        self._session = session
        self._to = to
        self._base = to.path.rstrip("/")
        self._turn = asyncio.Lock()

    async def close(self) -> None:
        """End the session; what is in mid-transfer is broken off."""
        if not self._turn.locked():
            with suppress(*_FAULTS):
                await asyncio.to_thread(self._session.quit)
        self._session.cut()
        self._session.close()

    async def make_folders(self, folder: str) -> None:
        """Make the folder and its parents; fine when they are there."""
        parts = folder.strip("/").split("/")
        for depth in range(1, len(parts) + 1):
            place = self._at("/".join(parts[:depth]))
            with suppress(NotFound, NotAllowed, Conflict):  # it is there: an upload tells if not
                await self._do(lambda session, place=place: session.mkd(place))  # type: ignore[misc]

    async def upload(self, source: Path, path: str, progress: Progress) -> None:
        """Send a file, from where an earlier upload of the same bytes stopped."""
        told = await self._store(source, path, progress, await self._start(source, path))
        if not await self._arrived(source, path, told):
            progress(-(await asyncio.to_thread(source.stat)).st_size)
            told = await self._store(source, path, progress, 0)
            if not await self._arrived(source, path, told):
                raise Unavailable(
                    f"{path} arrived with other bytes than were sent",
                    remedy="deliver again; if it stays so, something on the way changes files",
                )

    async def _store(self, source: Path, path: str, progress: Progress, start: int) -> str:
        loop = asyncio.get_running_loop()
        progress(start)

        async def tell(sent: int) -> None:
            progress(sent)

        def count(sent: int) -> None:
            asyncio.run_coroutine_threadsafe(tell(sent), loop).result()

        return await self._do(lambda session: session.store(source, self._at(path), start, count))

    async def _start(self, source: Path, path: str) -> int:
        """How much is there of the same bytes, judged by the last of them."""
        there = await self.size(path) or 0
        if not 0 < there <= (await asyncio.to_thread(source.stat)).st_size:
            return 0
        sample = max(0, there - SAMPLE)
        try:
            seen = await self._do(lambda session: session.retrieve(self._at(path), sample, SAMPLE))
        except SegueError:
            return 0
        ours = await asyncio.to_thread(files.read_at, source, sample, there - sample)
        return there if seen == ours else 0

    async def _arrived(self, source: Path, path: str, told: str) -> bool:
        """By the digest in the reply, or by the size where the server tells no digest."""
        if _TAIL in told:
            digest = told.rpartition(_TAIL)[2].strip(". ")
            return digest == await asyncio.to_thread(files.digest, source)
        there = await self.size(path)
        return there is None or there == (await asyncio.to_thread(source.stat)).st_size

    async def names(self, folder: str) -> frozenset[str]:
        """Names in a folder; empty when there is no such folder."""
        found = await self._do(lambda session: session.listing(self._at(folder)))
        return frozenset(found) - {".", ".."}

    async def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a small file."""
        return await self._do(lambda session: session.retrieve(self._at(path), 0, limit))

    async def size(self, path: str) -> int | None:
        """How many bytes of a file are there, also of an unfinished one; None when none are."""
        try:
            return await self._do(lambda session: session.size(self._at(path)))
        except NotFound:
            return None

    async def rename(self, path: str, to: str) -> None:
        """Move a file."""
        await self._do(lambda session: session.rename(self._at(path), self._at(to)))

    async def remove(self, path: str) -> None:
        """Remove a file; fine when there is none."""
        with suppress(NotFound):
            await self._do(lambda session: session.delete(self._at(path)))

    async def remove_folder(self, folder: str) -> None:
        """Remove an empty folder; fine when there is none."""
        with suppress(NotFound):
            await self._do(lambda session: session.rmd(self._at(folder)))

    async def _do(self, work: Callable[[Session], Result]) -> Result:
        async with self._turn:
            running = asyncio.ensure_future(asyncio.to_thread(work, self._session))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                self._session.cut()  # wakes the thread, which must not outlive its turn
                await asyncio.wait((running,))
                running.exception()
                raise
            except _FAULTS as fault:
                raise explained(fault, self._to) from fault

    def _at(self, path: str) -> str:
        return f"{self._base}/{path}"


def explained(fault: Exception, to: Address) -> SegueError:
    """The fault in our terms: who is to blame, whether another try may help, what to do."""
    where = f"{to.host}:{to.port}"
    if isinstance(fault, CertificateStrange):
        return NotAllowed(
            f"{where} shows {fault}, which is not trusted",
            remedy="compare it with what the recipient told you, then give it as --fingerprint "
            "or its file as --certificate",
        )
    if isinstance(fault, ftplib.Error) and str(fault)[:3].isdecimal():
        return _refused(str(fault), where, to)
    if isinstance(fault, TimeoutError):
        return Unavailable(f"{where} did not answer in time", remedy="try again later")
    if isinstance(fault, ValueError):
        return Misuse(f"a name can't be sent over FTP: {fault}")
    reason = getattr(fault, "strerror", "") or str(fault) or "it was closed"
    return Unavailable(
        f"no working connection with {where}: {reason}",
        remedy="check that the server runs and the address is right, then deliver again",
    )


def _refused(reply: str, where: str, to: Address) -> SegueError:
    code, text = reply[:3], reply[:500]
    if code == "530":
        return NotAllowed(
            f"{where} refused the login of {to.username!r}: {text}",
            remedy="check user name and password, and whether the door asks for TLS",
        )
    if code == "550":
        return NotFound(f"{where} has no such path, or does not allow it: {text}")
    if code in {"452", "552"} or code[0] == "4":
        return Unavailable(f"{where} can't take it now: {text}", remedy="try again later")
    return NotAllowed(f"{where} does not allow it: {text}")
