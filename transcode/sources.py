"""Where playlists to be checked are read from: a folder, or servers by HTTP, all of it bounded.

A playlist may be hostile: it may name a million files, files without an end, loops of redirects,
and addresses inside the network of whom checks it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import unquote, urljoin, urlsplit

import httpx2

from core.errors import Misuse, NotFound
from core.outbound import Outbound, OutboundRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_BYTES = 64 << 20
"""Of one playlist, segment or initialisation."""
_PLAYLISTS = (".m3u8", ".mpd")
_REDIRECTS = 5
_TIMEOUT = 15.0
_ANSWER_SECONDS = 60.0


class Absent(Exception):
    """The file can't be had; the text says why."""


class Spent(Exception):
    """A bound of the whole check is reached; the text names it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one check: files, bytes and seconds."""

    files: int = 20_000
    bytes: int = 16 << 30
    seconds: float = 3_600.0


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes [start, start + size) of a file."""

    start: int
    size: int


class FileSource(Protocol):
    """Files by address. `start` is the address of the playlist to begin with.

    `local` says that all files must lie below one folder.
    """

    start: str
    local: bool

    def read(self, address: str, span: Span | None = None) -> bytes:
        """The bytes.

        Raises:
            Absent: there is no such file, or none that may be read.
            Spent: the check has read enough.
        """
        ...


def resolve(base: str, address: str) -> str:
    """The address of what a playlist at `base` calls `address`."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


class Budget:
    """Counts what a check reads."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float] = time.monotonic) -> None:
        self._bounds = bounds
        self._clock = clock
        self._end = clock() + bounds.seconds
        self._files = self._bytes = 0

    def file(self) -> None:
        """One more file is asked for."""
        self._files += 1
        if self._files > self._bounds.files:
            raise Spent(f"more than {self._bounds.files} files")
        self.bytes(0)

    def bytes(self, count: int) -> None:
        """So many bytes have come."""
        self._bytes += count
        if self._bytes > self._bounds.bytes:
            raise Spent(f"more than {self._bounds.bytes} bytes")
        if self._clock() > self._end:
            raise Spent(f"more than {self._bounds.seconds:.0f} seconds")


class FolderSource:
    """Files under a folder; nothing outside of it is read."""

    local = True

    def __init__(self, path: Path, bounds: Bounds | None = None) -> None:
        """`path` is the folder (its master.m3u8 is the start) or a playlist in it."""
        if not path.exists():
            raise NotFound(f"no such folder or playlist: {path}")
        self.start = _start(path) if path.is_dir() else path.name
        self._root = (path if path.is_dir() else path.parent).resolve()
        self._budget = Budget(bounds or Bounds())

    def read(self, address: str, span: Span | None = None) -> bytes:
        """The file's bytes."""
        self._budget.file()
        try:
            path = (self._root / unquote(address.partition("?")[0])).resolve()
            if not path.is_relative_to(self._root) or not path.is_file():
                raise Absent("no such file in the folder")
            with path.open("rb") as file:
                file.seek(span.start if span else 0)
                data = file.read(min(span.size if span else MOST_BYTES + 1, MOST_BYTES + 1))
        except (OSError, ValueError) as bad:
            raise Absent(f"can't be read ({bad.__class__.__name__})") from bad
        self._budget.bytes(len(data))
        return _whole(data, span)


def _start(folder: Path) -> str:
    """The multivariant playlist as we call it, else the only one that is there."""
    if (folder / "master.m3u8").exists():
        return "master.m3u8"
    found = sorted(each.name for each in folder.iterdir() if each.suffix in _PLAYLISTS)
    return found[0] if len(found) == 1 else "master.m3u8"


def _whole(data: bytes, span: Span | None) -> bytes:
    if len(data) > MOST_BYTES:
        raise Absent(f"is larger than {MOST_BYTES} bytes")
    if span is not None and len(data) < span.size:
        raise Absent(f"ends {span.size - len(data)} bytes before the byte range does")
    return data


class HttpSource:
    """Files by HTTP(S), on the server of the start and on others that its playlists name.

    The server of the start may be anywhere: whoever checks has named it. Others must have public
    addresses, unless `allow_private`.
    """

    local = False

    def __init__(
        self, url: str, *, allow_private: bool = False, bounds: Bounds | None = None
    ) -> None:
        """Raises Misuse: `url` is no address."""
        self.start = url
        self._budget = Budget(bounds or Bounds())
        try:
            self._origin = urlsplit(url)[:2]
        except ValueError as wrong:
            raise Misuse(f"{url} is no address: {wrong}") from wrong
        self._own = _client(allow_private=True)
        self._others = _client(allow_private=allow_private)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._own.close()
        self._others.close()

    def read(self, address: str, span: Span | None = None) -> bytes:
        """The body of the answer, after at most five redirects."""
        for _ in range(_REDIRECTS + 1):
            self._budget.file()
            found = self._asked(address, span)
            if isinstance(found, bytes):
                return found
            address = found
        raise Absent(f"more than {_REDIRECTS} redirects")

    def _asked(self, address: str, span: Span | None) -> bytes | str:
        """The body, or the address that the answer leads to."""
        try:
            parts = urlsplit(address)
            if parts.scheme not in {"http", "https"}:
                raise Absent(f"{parts.scheme or 'no scheme'} is not followed")
            client = self._own if parts[:2] == self._origin else self._others
            ask = {"accept-encoding": "identity"}
            if span is not None:
                ask["range"] = f"bytes={span.start}-{span.start + span.size - 1}"
            with client.stream("GET", address, headers=ask) as answer:
                if answer.is_redirect:
                    return resolve(address, answer.headers.get("location", ""))
                return self._body(answer, span)
        except OutboundRefused as refused:
            raise Absent(f"{refused.message}; --allow-private lets it be asked") from refused
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as bad:
            raise Absent(f"no answer ({bad.__class__.__name__}: {bad})"[:300]) from bad

    def _body(self, answer: httpx2.Response, span: Span | None) -> bytes:
        if answer.status_code not in {200, 206}:
            raise Absent(f"the server answers {answer.status_code}")
        partial = span is not None and answer.status_code == 206
        skip = span.start if span is not None and not partial else 0
        most = span.size if span is not None else MOST_BYTES + 1
        body = bytearray()
        for piece in answer.iter_raw():
            self._budget.bytes(len(piece))
            body += piece[skip:]
            skip = max(0, skip - len(piece))
            if len(body) >= min(most, MOST_BYTES + 1):
                break
        return _whole(bytes(body[:most]), span)


def _client(*, allow_private: bool) -> httpx2.Client:
    return Outbound(allow_private=allow_private).client(_TIMEOUT, total=_ANSWER_SECONDS)
