"""Delivering over SFTP, with a checked host key, several writes in flight and resumed uploads."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import asyncssh

from core.errors import Misuse, NotAllowed, NotFound, SegueError, Unavailable
from distro.targets.base import Offers
from distro.targets.files import read_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from distro.targets.base import Progress

CHUNK = 1024 * 1024
PROBE = 64 * 1024
SMALL = 1024 * 1024
"""Less than this at the target is not worth going on from."""

CONNECT_SECONDS = 15
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))
_WRITE = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to deliver. The password never shows in a representation."""

    host: str
    port: int
    username: str
    path: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How the server proves itself: a fingerprint, else a known_hosts file.

    `loopback` is told the fingerprint of a server on this very machine that neither knows, and the
    server is then taken on trust, as OpenSSH's NoHostAuthenticationForLocalhost does; without it
    such a server is refused like any other.
    """

    fingerprint: str = ""
    known_hosts: Path | None = None
    loopback: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How we prove ourselves: a private key (a file, or its text), a password, or both."""

    key: Path | None = None
    key_text: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def address(url: str) -> Address:
    """Take `sftp://user[:password]@host[:port]/path` apart.

    Raises:
        Misuse: not such an address; the message never repeats the password.
    """
    form = "write it as sftp://user@host:port/"
    try:
        parts = urlsplit(url)
        port = parts.port or 22
    except ValueError as wrong:
        raise Misuse("the address has no valid host and port", remedy=form) from wrong
    if parts.scheme != "sftp":
        raise Misuse(f"can't deliver by {parts.scheme or 'this address'!r}", remedy=form)
    if not parts.hostname or not parts.username:
        raise Misuse("the address lacks the host or the user name", remedy=form)
    return Address(
        host=parts.hostname,
        port=port,
        username=unquote(parts.username),
        password=unquote(parts.password or ""),
        path=unquote(parts.path),
    )


@asynccontextmanager
async def connect(to: Address, login: Login, trust: Trust) -> AsyncIterator[SftpTarget]:
    """Open a session.

    Raises:
        NotAllowed: login refused, or the host key is not the one we trust.
        Unavailable: no connection, or it was lost.
        Misuse: neither key nor password, or nothing to check the host key by.
    """
    known = _known_hosts(trust)
    host_check = _HostCheck(trust, stranger=_is_stranger(to, trust, known))
    keys = _client_keys(login)
    password = login.password or to.password
    if not keys and not password:
        raise Misuse(
            "there is neither a password nor a key to log in with",
            remedy="give --password-file, SEGUE_DELIVER_PASSWORD or --key",
        )
    try:
        async with (
            asyncssh.connect(
                to.host,
                to.port,
                username=to.username,
                password=password or None,
                client_keys=keys or None,
                known_hosts=known,
                client_factory=lambda: host_check,
                agent_path=None,
                config=[],
                encryption_algs=_CIPHERS,
                connect_timeout=CONNECT_SECONDS,
                login_timeout=CONNECT_SECONDS,
                keepalive_interval=15,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            yield SftpTarget(client, to)
    except (asyncssh.Error, OSError) as fault:
        raise explained(fault, to, host_check.seen) from fault


def explained(fault: Exception, to: Address, seen: str = "") -> SegueError:
    """The fault in our terms: who is to blame, whether another try may help, what to do."""
    where = f"{to.host}:{to.port}"
    if isinstance(fault, asyncssh.HostKeyNotVerifiable):
        shown = f"{where} shows the host key {seen}" if seen else f"host key of {where}: {fault}"
        return NotAllowed(
            f"{shown}, which is not trusted",
            remedy="compare it with what the recipient told you, then give it as --fingerprint",
        )
    if isinstance(fault, asyncssh.PermissionDenied):
        return NotAllowed(
            f"{where} refused the login of {to.username!r}",
            remedy="check user name and password or key; they belong to one feed",
        )
    if isinstance(fault, (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)):
        return NotAllowed(f"{where} does not allow it: {fault.reason}")
    if isinstance(fault, asyncssh.SFTPNoSuchFile):
        return NotFound(f"{where} has no such path: {fault.reason}")
    if isinstance(fault, TimeoutError):
        return Unavailable(f"{where} did not answer in time", remedy="try again later")
    reason = getattr(fault, "reason", "") or getattr(fault, "strerror", "") or str(fault)
    return _unavailable(fault, where, reason)


def _unavailable(fault: Exception, where: str, reason: str) -> Unavailable:
    """A server that says why not is heard; else nobody knows more than that it did not work."""
    if type(fault) is asyncssh.SFTPFailure and reason:
        return Unavailable(f"{where} refuses: {reason}", remedy="do what it says, then try again")
    return Unavailable(
        f"no working connection with {where}: {reason or type(fault).__name__}",
        remedy="check that the server runs and the address is right, then deliver again",
    )


class SftpTarget:
    """An open SFTP session."""

    offers = Offers()

    def __init__(self, client: asyncssh.SFTPClient, to: Address) -> None:
        self._client = client
        self._to = to
        self._base = to.path.rstrip("/")

    async def make_folders(self, folder: str) -> None:
        """Make the folder and its parents; fine when they are there."""
        await self._client.makedirs(self._at(folder), exist_ok=True)

    async def upload(self, source: Path, path: str, progress: Progress) -> None:
        """Send a file, from where an earlier upload of the same bytes stopped."""
        size = (await asyncio.to_thread(source.stat)).st_size
        start = await self._resume_at(source, path, size)
        progress(start)
        flags = _WRITE if start else _WRITE | asyncssh.FXF_TRUNC
        # opening and closing even when nothing is missing: only a close makes a file complete, so
        # there is none after a fault
        file = await self._client.open(self._at(path), flags, encoding=None)
        while start < size:
            data = await asyncio.to_thread(read_at, source, start, CHUNK)
            if not data:
                raise Misuse(f"{source} became shorter while it was sent")
            await file.write(data, start)
            start += len(data)
            progress(len(data))
        there = (await file.stat()).size
        await file.close()
        if there != size:
            raise Unavailable(
                f"{path} has {there} bytes where {size} were sent", remedy="deliver again"
            )

    async def names(self, folder: str) -> frozenset[str]:
        """Names in a folder; empty when there is no such folder."""
        try:
            found = await self._client.listdir(self._at(folder))
        except asyncssh.SFTPNoSuchFile:
            return frozenset()
        return frozenset(str(name) for name in found) - {".", ".."}

    async def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a small file."""
        async with self._client.open(self._at(path), "rb") as file:
            return _bytes(await file.read(limit))

    async def size(self, path: str) -> int | None:
        """How many bytes of a file are there, also of an unfinished one; None when none are."""
        try:
            with self._explained():
                return (await self._client.stat(self._at(path))).size
        except NotFound:
            return None

    async def rename(self, path: str, to: str) -> None:
        """Move a file."""
        with self._explained():
            await self._client.rename(self._at(path), self._at(to))

    async def remove(self, path: str) -> None:
        """Remove a file; fine when there is none."""
        with suppress(NotFound), self._explained():
            await self._client.remove(self._at(path))

    async def remove_folder(self, folder: str) -> None:
        """Remove an empty folder; fine when there is none."""
        with suppress(NotFound), self._explained():
            await self._client.rmdir(self._at(folder))

    async def _resume_at(self, source: Path, path: str, size: int) -> int:
        """How much of a big file is there already, judged by its size and by samples of it.

        The last chunk is sent again: its parts were in flight together, so it may have holes.
        """
        try:
            there = (await self._client.stat(self._at(path))).size or 0
            start = there - CHUNK
            if not SMALL <= start <= size - CHUNK:
                return 0
            places = (0, start // 2, start - PROBE)
            async with self._client.open(self._at(path), "rb") as file:
                seen = [_bytes(await file.read(PROBE, at)) for at in places]
        except asyncssh.SFTPError:
            return 0
        ours = [await asyncio.to_thread(read_at, source, at, PROBE) for at in places]
        return start if ours == seen else 0

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except asyncssh.Error as fault:
            raise explained(fault, self._to) from fault

    def _at(self, path: str) -> str:
        return f"{self._base}/{path}" if self._base else path


class _HostCheck(asyncssh.SSHClient):
    """Asked about keys that known_hosts does not have; remembers what it saw."""

    def __init__(self, trust: Trust, *, stranger: bool) -> None:
        self._wanted = trust.fingerprint.strip()
        self._told = trust.loopback if stranger else None
        self.seen = ""

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        """Whether this is the key with the wanted fingerprint."""
        del host, addr, port
        self.seen = key.get_fingerprint()
        if self._told is not None:
            self._told(self.seen)
            return True
        return bool(self._wanted) and hmac.compare_digest(
            self.seen.encode(), self._wanted.rstrip("=").encode()
        )


def _is_stranger(to: Address, trust: Trust, known: bytes | object) -> bool:
    """Whether the server is on this machine and nothing says which key it should have."""
    if trust.fingerprint or to.host not in _LOOPBACK:
        return False
    if not isinstance(known, bytes):
        return True
    here = "127.0.0.1" if to.host == "localhost" else to.host
    return not asyncssh.match_known_hosts(known, to.host, here, to.port)[0]


def _known_hosts(trust: Trust) -> bytes | tuple[list[str], list[str], list[str]]:
    """Never None: that would switch the check off."""
    if trust.fingerprint:
        return [], [], []
    if trust.known_hosts is None:
        return [], [], []
    try:
        return trust.known_hosts.read_bytes()
    except OSError as wrong:
        raise NotFound(f"can't read {trust.known_hosts}: {wrong.strerror}") from wrong


def _client_keys(login: Login) -> list[asyncssh.SSHKey]:
    if login.key is None and not login.key_text:
        return []
    try:
        if login.key is None:
            return [asyncssh.import_private_key(login.key_text)]
        return [asyncssh.read_private_key(login.key)]
    except OSError as wrong:
        raise NotFound(f"can't read the key {login.key}: {wrong.strerror}") from wrong
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as wrong:
        raise Misuse(
            f"can't use the key {login.key or ''}: {wrong}",
            remedy="give an unencrypted OpenSSH key",
        ) from wrong


def _bytes(data: bytes | str) -> bytes:
    """Asyncssh reads text or bytes by the mode of the file; ours are all binary."""
    return data.encode() if isinstance(data, str) else data
