"""Delivering over HTTP: small files by PUT with their digest, big ones resumably by tus 1.0."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

import httpx2
import stamina

from core.errors import Misuse, NotAllowed, NotFound, SegueError, Unavailable
from distro.targets.base import Offers
from distro.targets.files import read_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from distro.targets.base import Progress

SMALL = 1 << 20
"""Up to so many bytes a file goes in one request."""
CHUNK = 16 << 20
ATTEMPTS = 5

_TUS = {"tus-resumable": "1.0.0"}
_AGAIN = frozenset({408, 409, 423, 429, 460})
"""Refusals that another try may change: a wrong offset is asked for anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A feed's address, and its key, which never shows in a representation."""

    url: str
    key: str = field(default="", repr=False)


def address(url: str, key: str) -> Address:
    """Take `https://host/api/v1/feeds/<id>` as it is.

    Raises:
        Misuse: it is no such address, or there is no key.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "/feeds/" not in parts.path:
        raise Misuse(
            "this is no address of a feed", remedy="write it as https://host/api/v1/feeds/<id>"
        )
    if parts.username or parts.password:
        raise Misuse("an address shows its key in logs", remedy="give it by --password-file")
    if not key.isascii() or not key.isprintable() or not key:
        raise Misuse(
            "there is no API key to deliver with",
            remedy="give --password-file or SEGUE_DELIVER_PASSWORD",
        )
    return Address(url=url.rstrip("/"), key=key)


@asynccontextmanager
async def connect(to: Address, begun: dict[str, str]) -> AsyncIterator[HttpTarget]:
    """A session. `begun` keeps the uploads that a later session may go on with."""
    headers = {"authorization": f"Bearer {to.key}"}
    timeout = httpx2.Timeout(60.0, connect=15.0)
    async with httpx2.AsyncClient(headers=headers, timeout=timeout) as client:
        yield HttpTarget(client, to, begun)


class HttpTarget:
    """`distro.targets.base.Target` over HTTP."""

    offers = Offers(rename=False, folders=False)

    def __init__(self, client: httpx2.AsyncClient, to: Address, begun: dict[str, str]) -> None:
        self._client = client
        self._to = to
        self._begun = begun

    async def make_folders(self, folder: str) -> None:
        """Nothing to do: the door makes folders as files need them."""

    async def upload(self, source: Path, path: str, progress: Progress) -> None:
        """Send a file whole, or what is missing of it; tries again while that may help."""
        told = _Told(progress)
        size = (await asyncio.to_thread(source.stat)).st_size
        tries = stamina.retry_context(
            on=Unavailable, attempts=ATTEMPTS, wait_initial=0.2, wait_max=5.0, timeout=None
        )
        async for attempt in tries:
            with attempt:
                if size <= SMALL:
                    await self._put(source, path, told)
                else:
                    await self._resume(source, path, size, told)

    async def _put(self, source: Path, path: str, told: _Told) -> None:
        data = await asyncio.to_thread(source.read_bytes)
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        headers = {"content-digest": f"sha-256=:{digest}:"}
        await self._ask("PUT", self._file(path), content=data, headers=headers)
        told.at(len(data))

    async def _resume(self, source: Path, path: str, size: int, told: _Told) -> None:
        url, offset = await self._offset(path, size)
        while offset < size:
            told.at(offset)
            piece = await asyncio.to_thread(read_at, source, offset, CHUNK)
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            headers = {
                "content-type": "application/offset+octet-stream",
                "upload-offset": str(offset),
                "upload-checksum": f"sha256 {digest}",
            }
            answer = await self._ask("PATCH", url, content=piece, headers=_TUS | headers)
            offset = int(answer.headers["upload-offset"])
        told.at(size)

    async def _offset(self, path: str, size: int) -> tuple[str, int]:
        """Where the upload stands; a new one when there is none to go on with."""
        if url := self._begun.get(path):
            try:
                answer = await self._ask("HEAD", url, headers=_TUS)
            except NotFound:
                del self._begun[path]
            else:
                return url, int(answer.headers["upload-offset"])
        name = base64.b64encode(path.encode()).decode()
        headers = {"upload-length": str(size), "upload-metadata": f"path {name}"}
        root = f"{self._to.url}/uploads"
        answer = await self._ask("POST", root, headers=_TUS | headers)
        self._begun[path] = urljoin(root, answer.headers["location"])
        return self._begun[path], 0

    async def names(self, folder: str) -> frozenset[str]:
        """Names in a folder; empty when there is no such folder."""
        try:
            answer = await self._ask("GET", self._file(folder))
        except NotFound:
            return frozenset()
        return frozenset(str(entry["name"]) for entry in answer.json()["entries"])

    async def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a small file."""
        answer = await self._ask("GET", self._file(path))
        return answer.content[:limit]

    async def size(self, path: str) -> int | None:
        """How many bytes of a file are there, also of an unfinished one; None when none are."""
        folder, _, name = path.rpartition("/")
        try:
            answer = await self._ask(
                "GET", self._file(folder) if folder else f"{self._to.url}/files/"
            )
        except NotFound:
            return None
        found = [each["size"] for each in answer.json()["entries"] if each["name"] == name]
        return int(found[0]) if found and found[0] is not None else None

    async def rename(self, path: str, to: str) -> None:
        """Not offered."""
        raise Misuse(f"{path} can't become {to}: HTTP has no renaming", remedy="send it anew")

    async def remove(self, path: str) -> None:
        """Remove a file; fine when there is none."""
        with suppress(NotFound):
            await self._ask("DELETE", self._file(path))

    async def remove_folder(self, folder: str) -> None:
        """Remove an empty folder; fine when there is none."""
        await self.remove(folder)

    def _file(self, path: str) -> str:
        return f"{self._to.url}/files/{quote(path)}"

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        try:
            answer = await self._client.request(method, url, content=content, headers=headers)
        except httpx2.TransportError as fault:
            host = urlsplit(url).netloc
            raise Unavailable(f"{host} can't be reached: {type(fault).__name__}") from fault
        if answer.is_success:
            return answer
        raise explained(answer)


class _Told:
    """Tells progress as the difference to what was told before."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._so_far = 0

    def at(self, offset: int) -> None:
        self._progress(offset - self._so_far)
        self._so_far = offset


def explained(answer: httpx2.Response) -> SegueError:
    """The refusal in our terms: who is to blame, whether another try may help, what to do."""
    status = answer.status_code
    try:
        error = answer.json()["error"]
        message, remedy = str(error["message"])[:500], str(error["remedy"])[:500]
    except (ValueError, LookupError, TypeError):
        message, remedy = f"the recipient answered {status}", ""
    kind: type[SegueError] = Misuse
    if status in {401, 403}:
        kind = NotAllowed
    elif status in {404, 410}:
        kind = NotFound
    elif status in _AGAIN or status >= 500:
        kind = Unavailable
    return kind(message, remedy=remedy)
