"""Any provider that obstore speaks: the local disk, memory, and buckets of clouds.

On the local disk a file is taken over by a hard link where it can be, so that a master of a
gigabyte is stored without being copied. Whoever hands a path over must never write to it again.
"""

from __future__ import annotations

import contextlib
import os
import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, LocalStore, MemoryStore, S3Store, from_url

from storage.store import Capabilities, ObjectAbsent, Stat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import RetryConfig

    _Store = LocalStore | MemoryStore | S3Store | GCSStore | AzureStore

_RETRY: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_KEY = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key) or ".." in key.split("/") or "." in key.split("/"):
        raise ValueError(f"not an object key: {key!r}")
    return key


class ObstoreBackend:
    """An ObjectStore over an obstore store."""

    def __init__(self, store: _Store, root: Path | None = None) -> None:
        self._store = store
        self._root = root
        signs = not isinstance(store, LocalStore | MemoryStore)
        self.capabilities = Capabilities(local_path=root is not None, presign=signs)

    def put(self, key: str, data: bytes | Path) -> None:
        """Store, atomically."""
        _checked(key)
        if isinstance(data, Path) and self._root is not None and self._link(key, data):
            return
        obstore.put(self._store, key, data)

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """Bytes from `start` up to `end`."""
        _checked(key)
        try:
            if end is None and start == 0:
                return obstore.get(self._store, key).bytes().to_bytes()
            stop = end if end is not None else obstore.head(self._store, key)["size"]
            if stop <= start:
                return b""
            return obstore.get_range(self._store, key, start=start, end=stop).to_bytes()
        except FileNotFoundError:
            raise ObjectAbsent(key) from None

    def stat(self, key: str) -> Stat | None:
        """Facts of an object, None when absent."""
        try:
            meta = obstore.head(self._store, _checked(key))
        except FileNotFoundError:
            return None
        return Stat(key, meta["size"], meta["last_modified"])

    def list(self, prefix: str) -> Iterator[Stat]:
        """All objects under a folder."""
        for batch in obstore.list(self._store, prefix=_checked(prefix)):
            for meta in batch:
                yield Stat(meta["path"], meta["size"], meta["last_modified"])

    def delete(self, key: str) -> None:
        """Remove; an absent object is no error."""
        with contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, _checked(key))

    def sign(self, key: str, seconds: int) -> str:
        """By the provider's own way of signing; obstore computes it here."""
        if isinstance(self._store, LocalStore | MemoryStore):
            raise TypeError("this store has no addresses")
        return obstore.sign(self._store, "GET", _checked(key), timedelta(seconds=seconds))

    def open(self, key: str) -> int | None:
        """The file itself, on the local disk."""
        if self._root is None:
            return None
        try:
            return os.open(f"{self._root}/{_checked(key)}", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None

    def local_path(self, key: str) -> Path | None:
        """The file itself, on the local disk."""
        if self._root is None:
            return None
        path = self._root / _checked(key)
        return path if path.is_file() else None

    def _link(self, key: str, source: Path) -> bool:
        """Take a file over without copying; False when the file lies on another disk."""
        target = (self._root or Path()) / key
        target.parent.mkdir(parents=True, exist_ok=True)
        # obstore takes a name with '#<digits>' for its own temporary, and lists no such file
        temporary = target.with_name(f"{target.name}#{uuid.uuid4().int % 10**12}")
        try:
            os.link(source, temporary)
        except OSError:
            return False
        temporary.replace(target)
        temporary.unlink(missing_ok=True)
        return True


def local_store(root: Path) -> ObstoreBackend:
    """Objects as files under a folder, which is made."""
    root.mkdir(parents=True, exist_ok=True)
    return ObstoreBackend(LocalStore(root.resolve(), mkdir=True), root.resolve())


def bucket_store(
    url: str, *, endpoint: str = "", region: str = "", key: str = "", secret: str = ""
) -> ObstoreBackend:
    """Objects under a prefix of a bucket: `s3://…`, `gs://…` or `az://…`.

    Raises:
        ValueError: the parts do not fit.
    """
    parts = {"endpoint": endpoint, **_credentials(url.partition("://")[0], region, key, secret)}
    given: dict[str, Any] = {name: value for name, value in parts.items() if value}
    options: Any = {"allow_http": endpoint.startswith("http://")}
    try:
        store = from_url(url, client_options=options, retry_config=_RETRY, **given)
    except BaseError as wrong:
        raise ValueError(str(wrong).partition("\n")[0]) from wrong
    if isinstance(store, S3Store | GCSStore | AzureStore):
        return ObstoreBackend(store)
    raise ValueError(f"{url} is no bucket")


def _credentials(scheme: str, region: str, key: str, secret: str) -> dict[str, str]:
    if scheme == "s3":
        return {"region": region, "access_key_id": key, "secret_access_key": secret}
    if scheme == "az":
        return {"account_name": key, "account_key": secret}
    return {"service_account_key": secret}


def memory_store() -> ObstoreBackend:
    """Objects in memory: the harmless twin."""
    return ObstoreBackend(MemoryStore())
