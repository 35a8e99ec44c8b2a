"""Where reports go: a feed's `reports/`, an SFTP server, a bucket, or a download."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import Conflict, Unavailable
from distro.targets import sftp, store
from server.reporting.files import publish
from server.reporting.recipients import DOWNLOAD, FEED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from distro.targets.base import Target
    from server.reporting.recipients import Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How to reach one recipient. `folder` is the feed's `reports/`; `secret` a password, an
    OpenSSH private key, or `KEY_ID:SECRET` of a bucket."""

    recipient: Recipient
    folder: Path | None = None
    secret: str = ""

    @property
    def told(self) -> str:
        """The target without secrets."""
        target = self.recipient.target
        parts = urlsplit(target)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def put(way: Way, path: Path, name: str, *, again: bool) -> None:
    """Send one whole file under its name; what is there already is never overwritten.

    `again`: it was begun before, so that the same file at the target is ours.

    Raises:
        Conflict: the target has another file of this name, or one that we did not send.
        NotAllowed, Unavailable, DiskFull: the target refused it or was not reached; nothing with
            this name is there.
    """
    target = way.recipient.target
    if target == DOWNLOAD:
        return
    if target == FEED:
        if way.folder is None:
            raise Unavailable("the recipient has no feed to put reports into")
        publish(path, way.folder / name)
        return
    try:
        asyncio.run(_send(way, path, name, path.stat().st_size if again else None))
    except (OSError, TimeoutError) as wrong:
        raise Unavailable(f"{way.told} can't be reached: {wrong}") from wrong


async def _send(way: Way, path: Path, name: str, ours: int | None) -> None:
    async with _open(way) as target:
        size = await target.size(name)
        if size is not None:
            if size == ours:
                return
            raise Conflict(
                f"{name} is at the target already", remedy="what was sent is never overwritten"
            )
        if not target.offers.rename:
            await target.upload(path, name, lambda _count: None)
            return
        unfinished = f".{name}.part"
        folder = str(PurePosixPath(name).parent)
        if folder != ".":
            await target.make_folders(folder)
        await target.upload(path, unfinished, lambda _count: None)
        await target.rename(unfinished, name)


@asynccontextmanager
async def _open(way: Way) -> AsyncIterator[Target]:
    terms = way.recipient
    if urlsplit(terms.target).scheme == "sftp":
        is_key = way.secret.startswith("-----BEGIN")
        login = sftp.Login(
            key_text=way.secret if is_key else "", password="" if is_key else way.secret
        )
        trust = sftp.Trust(fingerprint=terms.host_key)
        async with sftp.connect(sftp.address(terms.target), login, trust) as session:
            yield session
        return
    key_id, _, secret = way.secret.rpartition(":")
    access = store.Access(
        key_id=key_id if terms.target.startswith("s3:") else "",
        secret=secret if terms.target.startswith("s3:") else way.secret,
        endpoint=terms.endpoint,
        region=terms.region,
    )
    async with store.connect(store.address(terms.target, access)) as bucket:
        yield bucket
