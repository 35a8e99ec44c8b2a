"""Where playlists to be checked are read from: a folder, or a server by HTTP, both bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import unquote, urljoin, urlsplit

import httpx2

from core.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 64 << 20
_TIMEOUT = httpx2.Timeout(10.0)


class FileSource(Protocol):
    """Files by address. `start` is the address of the playlist to begin with."""

    start: str

    def read(self, address: str) -> bytes | None:
        """The bytes, None when there is no such file (or none that may be read)."""
        ...


def resolve(base: str, address: str) -> str:
    """The address of what a playlist at `base` calls `address`."""
    return urljoin(base, address)


class FolderSource:
    """Files under a folder; nothing outside of it is read."""

    def __init__(self, path: Path) -> None:
        """`path` is the folder (its master.m3u8 is the start) or a playlist in it."""
        if not path.exists():
            raise NotFound(f"no such folder or playlist: {path}")
        folder = path if path.is_dir() else path.parent
        self.start = "master.m3u8" if path.is_dir() else path.name
        self._root = folder.resolve()

    def read(self, address: str) -> bytes | None:
        """The file's bytes."""
        path = (self._root / unquote(address)).resolve()
        if not path.is_relative_to(self._root) or not path.is_file():
            return None
        return path.read_bytes() if path.stat().st_size <= MOST_BYTES else None


class HttpSource:
    """Files of one server; other servers are not asked, redirects are not followed."""

    def __init__(self, url: str) -> None:
        self.start = url
        self._origin = urlsplit(url)[:2]
        self._client = httpx2.Client(timeout=_TIMEOUT, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def read(self, address: str) -> bytes | None:
        """The body of the answer.

        Raises:
            Unavailable: the server can't be reached or breaks off.
        """
        if urlsplit(address)[:2] != self._origin:
            return None
        try:
            with self._client.stream("GET", address) as answer:
                if answer.status_code != 200:
                    return None
                return _bounded(answer)
        except httpx2.HTTPError as bad:
            raise Unavailable(f"can't read {address}: {bad}") from bad


def _bounded(answer: httpx2.Response) -> bytes | None:
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)
