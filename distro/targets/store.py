"""Delivering into an object store: S3 and everything compatible, Google, Azure.

An object is there whole or not at all, so what a cut left behind is gone on with file by file: an
object that proves to have our bytes is not sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from core.errors import Misuse, NotAllowed, NotFound, Unavailable
from distro.targets import files
from distro.targets.base import Offers
from storage.backends.clouds import is_service_account, open_bucket
from storage.google import direct
from storage.source import ObjectChanged, StoreFault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path
    from typing import TypeVar

    from distro.targets.base import Progress
    from storage.google import Clients
    from storage.source import Found, Source

    Result = TypeVar("Result")

PART = 5 << 20
"""Bytes of a part where a file is sent in parts."""
_REFUSALS = ("status code: 401", "status code: 403")
_RIGHTS = (
    "check key, secret, region and the rights of the key: it needs to list, read and write below "
    "the prefix"
)
_FORM = "write it as s3://bucket/prefix, gs://bucket/prefix or az://account/container/prefix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to get in: for S3 a key id with its secret, for Google the JSON of a service account or a
    token of OAuth 2.0, for Azure an account key or a SAS. `clients` reach the address where a
    service account signs in."""

    key_id: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    endpoint: str = ""
    region: str = ""
    clients: Clients = field(default=direct, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder of a bucket, and the way into it."""

    scheme: str
    bucket: str
    prefix: str
    account: str
    access: Access


def address(url: str, access: Access) -> Place:
    """Take the address of a bucket apart.

    Raises:
        Misuse: it is none, or the secret that belongs to it is missing.
    """
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/")
    if parts.scheme not in {"s3", "gs", "az"} or not parts.netloc or "@" in parts.netloc:
        raise Misuse("this is no address of a bucket", remedy=_FORM)
    account, bucket = "", parts.netloc
    if parts.scheme == "az":
        account = bucket
        bucket, _, path = path.partition("/")
        if not bucket:
            raise Misuse("the address lacks the container", remedy=_FORM)
    _secret(parts.scheme, access)
    return Place(scheme=parts.scheme, bucket=bucket, prefix=path, account=account, access=access)


@asynccontextmanager
async def connect(to: Place) -> AsyncIterator[StoreTarget]:
    """A session: nothing is asked of the store yet."""
    source = open_bucket(
        to.scheme,
        to.bucket,
        account=to.account,
        endpoint=to.access.endpoint,
        region=to.access.region,
        secret=_secret(to.scheme, to.access),
        clients=to.access.clients,
    )
    try:
        yield StoreTarget(source, to)
    finally:
        source.close()


class StoreTarget:
    """`distro.targets.base.Target` over a bucket."""

    offers = Offers(rename=False, folders=False, resume=False)

    def __init__(self, source: Source, to: Place) -> None:
        self._source = source
        self._to = to

    async def make_folders(self, folder: str) -> None:
        """Nothing to do: keys need no folders."""

    async def upload(self, source: Path, path: str, progress: Progress) -> None:
        """Send a file, if its bytes are not there already."""
        key, size = self._key(path), (await asyncio.to_thread(source.stat)).st_size
        if not await self._do(lambda: self._same(source, key)):
            await self._do(lambda: self._source.put(key, source))
            if not await self._do(lambda: self._same(source, key)):
                raise Unavailable(
                    f"{path} arrived with other bytes than were sent",
                    remedy="deliver again; if it stays so, something on the way changes files",
                )
        progress(size)

    def _same(self, source: Path, key: str) -> bool:
        """Whether the object has the bytes of the file: by its ETag where that is an MD5, else by
        reading it."""
        found = self._source.find(key)
        if found is None or found.size != source.stat().st_size:
            return False
        return found.etag.strip('"') in _etags(source) or self._equal(source, found)

    def _equal(self, source: Path, found: Found) -> bool:
        with source.open("rb") as file:
            for at in range(0, found.size, PART):
                end = min(found.size, at + PART)
                if self._source.read(found, at, end) != file.read(end - at):
                    return False
        return True

    async def names(self, folder: str) -> frozenset[str]:
        """Names in a folder; empty when there is none."""
        return await self._do(lambda: self._names(self._key(folder).rstrip("/")))

    def _names(self, folder: str) -> frozenset[str]:
        start = f"{folder}/" if folder else ""
        pages = self._source.pages(folder)
        keys = [found.key for page in pages for found in page if found.key.startswith(start)]
        return frozenset(key[len(start) :].partition("/")[0] for key in keys)

    async def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of an object."""
        found = await self._do(lambda: self._source.find(self._key(path)))
        if found is None:
            raise NotFound(f"there is no object {path}")
        if not found.size:
            return b""
        return await self._do(lambda: self._source.read(found, 0, min(limit, found.size)))

    async def size(self, path: str) -> int | None:
        """How many bytes of an object are there, None when there is none."""
        found = await self._do(lambda: self._source.find(self._key(path)))
        return found.size if found else None

    async def rename(self, path: str, to: str) -> None:
        """Not offered."""
        raise Misuse(f"{path} can't become {to}: stores have no renaming", remedy="send it anew")

    async def remove(self, path: str) -> None:
        """Remove an object; fine when there is none."""
        found = await self._do(lambda: self._source.find(self._key(path)))
        if found is not None:
            with suppress(ObjectChanged):
                await self._do(lambda: self._source.delete(found))

    async def remove_folder(self, folder: str) -> None:
        """Nothing to do: a folder without objects is none."""

    async def _do(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.to_thread(work)
        except StoreFault as fault:
            # a wrong secret reaches us as an error of no kind: only its text tells the status
            if fault.retryable and not any(each in fault.message for each in _REFUSALS):
                raise
            raise NotAllowed(
                f"{self._to.bucket}: {fault.message}",
                remedy=fault.remedy or _RIGHTS,
            ) from fault

    def _key(self, path: str) -> str:
        return f"{self._to.prefix}/{path}" if self._to.prefix else path


def _secret(scheme: str, access: Access) -> Mapping[str, str]:
    """The secret as the store's library takes it."""
    if scheme == "gs":
        if access.token:
            return {"token": access.token}
        if access.secret and not is_service_account(access.secret):
            raise Misuse("this is no JSON key of a service account", remedy="give it by --key")
        return {"service_account": access.secret} if access.secret else {}
    if not access.secret:
        raise Misuse(
            "there is no secret to deliver with",
            remedy="give --password-file or SEGUE_DELIVER_PASSWORD",
        )
    if scheme == "az":
        return {"sas" if "sig=" in access.secret else "account_key": access.secret}
    if not access.key_id:
        raise Misuse("the secret lacks its access key id", remedy="give --key-id")
    return {"access_key": access.key_id, "secret_key": access.secret}


def _etags(source: Path) -> tuple[str, str]:
    """The ETags that S3 gives to these bytes: sent whole, and sent in parts."""
    whole, parts, count = hashlib.md5(usedforsecurity=False), b"", 0
    for piece in files.pieces(source, 0, PART):
        whole.update(piece)
        parts += hashlib.md5(piece, usedforsecurity=False).digest()
        count += 1
    return whole.hexdigest(), f"{hashlib.md5(parts, usedforsecurity=False).hexdigest()}-{count}"
