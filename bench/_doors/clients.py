"""One client per protocol, the same for both sides: seconds from sign-in to the last answer.

SFTP is OpenSSH's `sftp`, HTTP is curl for a big file. FTP is Python's ftplib, because curl 7.88 now
and then waits a second for an answer to EPSV that it already has, at any server.
"""

from __future__ import annotations

import ftplib
import http.client
import mmap
import os
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from blake3 import blake3

from core import spawn
from core.errors import SegueError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 18
_TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class Way:
    """Where to, and as whom. `at` is the folder to upload into as the client names it, `folder`
    where that lies on this machine."""

    host: str
    port: int
    user: str
    password: str
    at: str
    folder: Path


class Client(Protocol):
    """How one protocol delivers."""

    def one(self, way: Way, source: Path) -> float:
        """Upload a file as `upload.bin`; seconds."""
        ...

    def many(self, way: Way, sources: Path) -> float:
        """Upload a folder's files into `small/`, one after another; seconds."""
        ...


def verified(way: Way, source: Path, digest: str) -> None:
    """What arrived is what was sent; it is removed. Raises SegueError."""
    placed = way.folder / "upload.bin"
    if placed.stat().st_size != source.stat().st_size:
        raise SegueError(f"{placed} has {placed.stat().st_size} bytes")
    if blake3().update_mmap(placed).hexdigest() != digest:
        raise SegueError(f"{placed} is not what was sent")
    placed.unlink()


def verified_many(way: Way, sources: Path) -> None:
    """All files of the folder arrived as they were sent. Raises SegueError."""
    for source in sources.iterdir():
        if (way.folder / "small" / source.name).read_bytes() != source.read_bytes():
            raise SegueError(f"{source.name} is not what was sent")


@dataclass(frozen=True, slots=True)
class Sftp:
    """OpenSSH's client."""

    key: Path
    cipher: str

    def one(self, way: Way, source: Path) -> float:
        return self._run(way, f"put {source} {way.at}upload.bin\n")

    def many(self, way: Way, sources: Path) -> float:
        return self._run(way, f"put -r {sources} {way.at}small\n")

    def _run(self, way: Way, commands: str) -> float:
        argv = [spawn.find("sftp", "openssh-client"), "-F", "none", "-i", str(self.key)]
        for option in (
            f"Ciphers={self.cipher}",
            "IdentitiesOnly=yes",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
        ):
            argv += ["-o", option]
        argv += ["-P", str(way.port), "-b", "-", f"{way.user}@{way.host}"]
        return _timed(argv, commands.encode())

    @staticmethod
    def version() -> str:
        """What the client calls itself."""
        return spawn.run([spawn.find("ssh", "openssh-client"), "-V"], timeout=10).err.strip()


@dataclass(slots=True)
class Ftp:
    """ftplib; `spoken` is what TLS was agreed on last."""

    tls: bool
    spoken: str = "none"

    def one(self, way: Way, source: Path) -> float:
        began = time.perf_counter()
        with self._session(way) as client:
            self._store(client, "upload.bin", source)
        return time.perf_counter() - began

    def many(self, way: Way, sources: Path) -> float:
        began = time.perf_counter()
        with self._session(way) as client:
            client.mkd("small")
            client.cwd("small")
            for source in sorted(sources.iterdir()):
                self._store(client, source.name, source)
        return time.perf_counter() - began

    @contextmanager
    def _session(self, way: Way) -> Iterator[ftplib.FTP]:
        client = connected(way, tls=self.tls)
        if isinstance(client.sock, ssl.SSLSocket):
            self.spoken = f"{client.sock.version()} {(client.sock.cipher() or ('?',))[0]}"
        try:
            if way.at:
                client.cwd(way.at)
            yield client
            client.quit()
        finally:
            client.close()

    @staticmethod
    def _store(client: ftplib.FTP, name: str, source: Path) -> None:
        with source.open("rb") as file:
            data = client.transfercmd(f"STOR {name}")
            with data:
                if isinstance(data, ssl.SSLSocket):
                    _send_mapped(data, file.fileno())
                    data.unwrap()
                else:
                    data.sendfile(file)
            client.voidresp()


def connected(way: Way, *, tls: bool) -> ftplib.FTP:
    """A signed-in session for binary files; with TLS for data too."""
    client = ftplib.FTP(timeout=_TIMEOUT)  # noqa: S321 - measured as it is
    if tls:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client = ftplib.FTP_TLS(context=context, timeout=_TIMEOUT)  # noqa: S321 - measured as it is
    client.connect(way.host, way.port)
    client.login(way.user, way.password)
    if isinstance(client, ftplib.FTP_TLS):
        client.prot_p()
    client.voidcmd("TYPE I")
    return client


def _send_mapped(data: ssl.SSLSocket, descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    with mmap.mmap(descriptor, size, prot=mmap.PROT_READ) as mapped, memoryview(mapped) as view:
        for at in range(0, size, _BLOCK):
            data.sendall(view[at : at + _BLOCK])


@dataclass(frozen=True, slots=True)
class Http:
    """curl for one file; a connection that stays for many."""

    def one(self, way: Way, source: Path) -> float:
        argv = [spawn.find("curl", "curl"), "-sS", "--fail-with-body", "-T", str(source)]
        if way.password:
            argv += ["-H", f"Authorization: Bearer {way.password}"]
        return _timed([*argv, f"http://{way.host}:{way.port}{way.at}upload.bin"])

    def many(self, way: Way, sources: Path) -> float:
        headers = {"Authorization": f"Bearer {way.password}"} if way.password else {}
        began = time.perf_counter()
        connection = http.client.HTTPConnection(way.host, way.port, timeout=_TIMEOUT)
        for source in sorted(sources.iterdir()):
            body = source.read_bytes()
            connection.request("PUT", f"{way.at}small/{source.name}", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status >= 300:
                raise SegueError(f"the upload of {source.name} was answered by {answer.status}")
        connection.close()
        return time.perf_counter() - began


def _timed(argv: list[str], stdin: bytes = b"") -> float:
    began = time.perf_counter()
    done = spawn.run(argv, timeout=_TIMEOUT, stdin=stdin)
    seconds = time.perf_counter() - began
    if done.code:
        raise SegueError(f"the upload failed: {done.err or done.out.decode(errors='replace')}")
    return seconds
