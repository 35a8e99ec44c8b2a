"""Signing in at Google as a service account: a signed statement for a token of an hour (RFC 7523).

One login for every request to a bucket, so that a refusal is told in Google's own words, before
anything is asked of the store, and never tried in vain. Of the account's JSON only its name, key
and token address count: it comes from a sender, and other fields could lead elsewhere.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import httpx2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from core.errors import SegueError
from ddex.findings import clip
from storage.source import StoreFault

if TYPE_CHECKING:
    from collections.abc import Mapping

Clients = Callable[[], httpx2.Client]
"""Makes a client for one request."""
TOKENS = "https://oauth2.googleapis.com/token"
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GOOGLES = (".googleapis.com", ".google.com")
_HOUR = 3600
_TIMEOUT = 15.0
_EARLY = 300.0
"""Seconds before its end that a token is taken for ended."""
_NEW_KEY = (
    "make a new JSON key for it in Google's console, and give it by "
    "`segue feeds rotate FEED --kind store --secret-file KEY.json`"
)


def direct() -> httpx2.Client:
    """A client of whoever gave the account's JSON himself: no guard judges where it goes."""
    return httpx2.Client(timeout=_TIMEOUT)


class Login(Protocol):
    """What a bucket's requests are signed in by; any thread."""

    def token(self) -> str:
        """A token that is valid now. Raises StoreFault."""
        ...

    def forget(self) -> None:
        """The store refused it: the next one is asked for anew."""
        ...


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A token that somebody else got."""

    text: str = field(repr=False)

    def token(self) -> str:
        """Always the same."""
        return self.text

    def forget(self) -> None:
        """There is no other."""


@dataclass(slots=True, kw_only=True)
class ServiceAccount:
    """Signs in as the service account of this JSON."""

    key: str = field(repr=False)
    client: Clients
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def token(self) -> str:
        """As long as it is valid, the same; else a new one. Raises StoreFault."""
        with self._lock:
            if not self._token or time.monotonic() > self._until:
                said, lasts = _exchange(_read(self.key), self.client)
                self._token, self._until = said, time.monotonic() + lasts - _EARLY
            return self._token

    def forget(self) -> None:
        """Ask for a new one the next time."""
        with self._lock:
            self._token = ""


@dataclass(frozen=True, slots=True)
class _Account:
    """What counts of a service account's JSON."""

    email: str
    key: rsa.RSAPrivateKey
    key_id: str
    url: str

    @property
    def shown(self) -> str:
        return clip(self.email, 100)


def _read(text: str) -> _Account:
    try:
        said = json.loads(text)
        key = serialization.load_pem_private_key(said["private_key"].encode(), password=None)
        email, key_id = str(said["client_email"]), str(said.get("private_key_id") or "")
        url = str(said.get("token_uri") or TOKENS)
        host = urlsplit(url).hostname or ""
    except (ValueError, KeyError, AttributeError, TypeError) as wrong:
        raise StoreFault(
            "the service account has no usable key", remedy=_NEW_KEY, retryable=False
        ) from wrong
    if not isinstance(key, rsa.RSAPrivateKey):
        raise StoreFault(
            "the service account's key is none of RSA", remedy=_NEW_KEY, retryable=False
        )
    return _Account(email, key, key_id, TOKENS if host.endswith(_GOOGLES) else url)


def strange(account: str) -> str:
    """The same account with a key that is none of its own: whoever signs it in refuses it."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps({**json.loads(account), "private_key": pem.decode()})


def assertion(account: str, now: int) -> str:
    """The signed statement that a service account (JSON) asks for a token with; `now` in seconds
    since 1970. Raises StoreFault when the account's JSON holds no usable key."""
    return _assertion(_read(account), now)


def _assertion(account: _Account, now: int) -> str:
    head = {"alg": "RS256", "typ": "JWT", **({"kid": account.key_id} if account.key_id else {})}
    times = {"iat": now, "exp": now + _HOUR}
    claims = {"iss": account.email, "scope": _SCOPE, "aud": account.url, **times}
    text = f"{_packed(head)}.{_packed(claims)}"
    signature = account.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _packed(said: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _exchange(account: _Account, client: Clients) -> tuple[str, float]:
    """A token, and for how many seconds."""
    form = {"grant_type": _GRANT, "assertion": _assertion(account, int(time.time()))}
    host = urlsplit(account.url).netloc
    try:
        with client() as asking:
            got = asking.post(account.url, data=form)
    except SegueError as refused:  # of the outbound guard
        raise StoreFault(
            f"the token address of {account.shown} can't be used: {refused.message}",
            remedy=refused.remedy,
            retryable=False,
        ) from refused
    except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
        raise StoreFault(
            f"{host}, which signs {account.shown} in, can't be reached: {fault}"[:500]
        ) from fault
    said = _object(got)
    token, lasts = said.get("access_token"), said.get("expires_in", _HOUR)
    if got.status_code == 200 and isinstance(token, str) and token:
        return token, float(lasts) if isinstance(lasts, (int, float)) else _HOUR
    raise _refusal(account, host, got.status_code, said)


def _object(got: httpx2.Response) -> dict[str, Any]:
    try:
        said = got.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(account: _Account, host: str, status: int, said: Mapping[str, Any]) -> StoreFault:
    """RFC 6749, 5.2: an error's name, and what Google says beside it."""
    name, why = clip(str(said.get("error") or "")), clip(str(said.get("error_description") or ""))
    told = ": ".join(each for each in (name, why) if each) or "no token in its answer"
    return StoreFault(
        f"{host} refuses the service account {account.shown} ({status}): {told}",
        remedy=_remedy(f"{name} {why}".lower()),
        retryable=status == 429 or status >= 500,
    )


def _remedy(told: str) -> str:
    if "timeframe" in told or "iat" in told.split():
        return "set this machine's clock right"
    if "not found" in told or "disabled" in told or "invalid_client" in told:
        return f"see in Google's console whether the account is there and enabled; else {_NEW_KEY}"
    return f"its key was deleted, or is that of another account: {_NEW_KEY}"
