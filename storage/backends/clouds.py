"""Buckets of S3, Google and Azure through obstore as `Source`: to watch, or to deliver there."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore import exceptions
from obstore.store import AzureStore, GCSStore, S3Store

from storage.google import FixedToken, ServiceAccount, direct
from storage.listing import AzureListing, GoogleListing
from storage.source import Found, ObjectChanged, StoreFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from obstore import ObjectMeta
    from obstore.store import ClientConfig, GCSCredential, MemoryStore, RetryConfig

    from storage.google import Clients, Login
    from storage.listing import Listing

    _Store = S3Store | GCSStore | AzureStore | MemoryStore

_PAGE = 1000
_LASTING = (
    exceptions.PermissionDeniedError,
    exceptions.UnauthenticatedError,
    exceptions.InvalidPathError,
    exceptions.UnknownConfigurationKeyError,
    exceptions.NotSupportedError,
)
_REMEDY = "look at the feed's key, its permissions and its watch address"
_STATUS = re.compile(r"status code: (\d{3}) ([A-Za-z ]+)")
_OURS = frozenset({"400", "401", "403", "404"})
_BAD_KEY = re.compile(r"object with invalid path: (.+)")
_RETRY: RetryConfig = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=2)},
}


class _BadName(StoreFault):
    """A name stops the listing."""


class ObstoreSource:
    """A bucket behind an obstore store."""

    def __init__(
        self, store: _Store, listing: Listing | None = None, login: Login | None = None
    ) -> None:
        """`listing` is asked when a name stops the store's own; `login` is what the store signs its
        requests by, asked first, so that its refusal is told as such."""
        self._store = store
        self._listing = listing
        self._login = login

    def pages(self, prefix: str, after: str = "") -> Iterator[Sequence[Found]]:
        """Pages of a thousand. A name that no file may have stops nothing but its own object."""
        try:
            yield from self._pages(prefix, after)
        except _BadName:
            if self._listing is None:
                raise
            yield from self._listing.pages(prefix, after)

    def _pages(self, prefix: str, after: str) -> Iterator[Sequence[Found]]:
        try:
            with self._asked(prefix):
                pages = obstore.list(
                    self._store, prefix.rstrip("/") or None, offset=after or None, chunk_size=_PAGE
                )
                for page in pages:  # not every Azure minds the offset
                    yield [_found(meta) for meta in page if meta["path"] > after]
        except ObjectChanged as absent:
            raise StoreFault(
                "there is no such bucket or container", remedy=_REMEDY, retryable=False
            ) from absent

    def find(self, key: str) -> Found | None:
        """By HEAD."""
        try:
            with self._asked(key):
                return _found(obstore.head(self._store, key))
        except ObjectChanged:
            return None

    def read(self, found: Found, start: int, end: int) -> bytes:
        """A range, as long as the object is the one that was found."""
        with self._asked(found.key):
            got = obstore.get(
                self._store,
                found.key,
                options={"range": (start, end), "if_match": f'"{found.etag}"'},
            )
            return got.bytes().to_bytes()

    def put(self, key: str, data: bytes | Path) -> None:
        """Write an object; a big one in parts."""
        with self._asked(key):
            obstore.put(self._store, key, data)

    def copy(self, found: Found, key: str) -> None:
        """Inside the store."""
        with self._asked(found.key):
            obstore.copy(self._store, found.key, key)
        self._still(found)

    def delete(self, found: Found) -> None:
        """If it is still this object; obstore has no conditional deletion, so that the moment
        between the question and the deletion stays."""
        self._still(found)
        with self._asked(found.key):
            obstore.delete(self._store, found.key)

    def _still(self, found: Found) -> None:
        now = self.find(found.key)
        if now is None or (now.mark, now.version) != (found.mark, found.version):
            raise ObjectChanged(found.key)

    @contextmanager
    def _asked(self, key: str) -> Iterator[None]:
        """Signed in, and errors of the library in our words."""
        if self._login is not None:
            self._login.token()
        try:
            with _told(key):
                yield
        except _BadName:
            raise
        except StoreFault as fault:
            if self._login is not None and not fault.retryable:
                self._login.forget()  # why it was refused is told at the next sign-in
            raise

    def close(self) -> None:
        """Nothing is held between calls."""


def open_bucket(
    scheme: str,
    bucket: str,
    *,
    account: str = "",
    endpoint: str = "",
    region: str = "",
    secret: Mapping[str, str] | None = None,
    timeout_s: float = 30.0,
    clients: Clients = direct,
) -> ObstoreSource:
    """A bucket (an Azure container) of `s3`, `gs` or `az`.

    `secret`: for S3 `access_key`, `secret_key`, `session_token`; for Google `service_account` (its
    JSON), or `token` (of OAuth 2.0); for Azure `account_key`, or `sas`. Without one, requests to S3
    and Azure are not signed. `clients` reach the address where a service account signs in, which
    its JSON names.

    Raises:
        StoreFault: the parts do not fit.
    """
    options: ClientConfig = {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=10),
        "read_timeout": timedelta(seconds=timeout_s),
        "timeout": timedelta(hours=1),
    }
    given: dict[str, Any] = {"client_options": options, "retry_config": _RETRY}
    with _told(bucket):
        if scheme == "gs":
            login = _login(dict(secret or {}), clients)
            return ObstoreSource(*_gcs(bucket, endpoint, login, given), login)
        if scheme == "az":
            box, names = _azure(bucket, account, endpoint, dict(secret or {}), given)
            return ObstoreSource(box, names)
        return ObstoreSource(_s3(bucket, endpoint, region, dict(secret or {}), given))


def _s3(
    bucket: str, endpoint: str, region: str, secret: dict[str, str], given: dict[str, Any]
) -> S3Store:
    keys = {
        "access_key_id": secret.get("access_key"),
        "secret_access_key": secret.get("secret_key"),
        "session_token": secret.get("session_token"),
        "endpoint": endpoint or None,
    }
    chosen: dict[str, Any] = {name: value for name, value in keys.items() if value}
    region = region or "us-east-1"
    signed = bool(secret.get("access_key"))
    return S3Store(bucket, region=region, skip_signature=not signed, **chosen, **given)


def _login(secret: dict[str, str], clients: Clients) -> Login:
    if account := secret.get("service_account"):
        return ServiceAccount(key=account, client=clients)
    if token := secret.get("token"):
        return FixedToken(token)
    # obstore would ask the machine's metadata service then
    raise StoreFault("Google's storage needs a service account", retryable=False)


def _gcs(
    bucket: str, endpoint: str, login: Login, given: dict[str, Any]
) -> tuple[GCSStore, GoogleListing]:
    """The library is given tokens only: in an account's JSON it would follow other addresses."""

    def credential() -> GCSCredential:
        # asked again for each request, because only we know when a token was refused
        return {"token": login.token(), "expires_at": datetime.fromtimestamp(time.time() + 60, UTC)}

    chosen: dict[str, Any] = {"base_url": endpoint} if endpoint else {}
    listing = GoogleListing(bucket=bucket, login=login, **({"base": endpoint} if endpoint else {}))
    return GCSStore(bucket, credential_provider=credential, **chosen, **given), listing


def _azure(
    bucket: str, account: str, endpoint: str, secret: dict[str, str], given: dict[str, Any]
) -> tuple[AzureStore, AzureListing]:
    names = {"account_key": secret.get("account_key"), "sas_key": secret.get("sas")}
    chosen: dict[str, Any] = {name: value for name, value in names.items() if value}
    if endpoint:
        chosen["endpoint"] = endpoint
    signed = len(chosen) > bool(endpoint)
    listing = AzureListing(
        base=endpoint or f"https://{account}.blob.core.windows.net",
        account=account,
        container=bucket,
        key=secret.get("account_key", ""),
        sas=secret.get("sas", ""),
    )
    store = AzureStore(bucket, account_name=account, skip_signature=not signed, **chosen, **given)
    return store, listing


def is_service_account(text: str) -> bool:
    """Whether this is the JSON key of a Google service account."""
    try:
        said = json.loads(text)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("type") == "service_account"


def _found(meta: ObjectMeta) -> Found:
    return Found(
        key=meta["path"],
        size=meta["size"],
        etag=(meta["e_tag"] or "").strip('"'),
        modified=meta["last_modified"],
        version=meta["version"] or "",
    )


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Errors of the library in our words."""
    try:
        yield
    except (FileNotFoundError, exceptions.NotFoundError, exceptions.PreconditionError) as error:
        raise ObjectChanged(key) from error
    except (exceptions.BaseError, OSError, ValueError) as error:
        raise _fault(error) from error


def _fault(error: Exception) -> StoreFault:
    """Listings tell the store's answer in their text only; after the first line come the library's
    own structures."""
    text = str(error).strip()
    status = _STATUS.search(text)
    lasting = isinstance(error, _LASTING) or (status is not None and status[1] in _OURS)
    if bad := _BAD_KEY.search(text):
        return _BadName(
            f"the listing stops at an object whose name no file may have: {bad[1]}"[:500],
            remedy="the sender has to delete or rename it",
            retryable=False,
        )
    brief = f"the store answered {status[1]} {status[2]}" if status else text.splitlines()[0]
    return StoreFault(
        brief if status else f"the store can't be used: {brief}"[:500],
        remedy=_REMEDY if lasting else "",
        retryable=not lasting,
    )
