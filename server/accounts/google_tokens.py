"""Tokens by which Google's Pub/Sub proves who it is: JSON Web Tokens, signed by Google (RS256).

As "Authentication for push subscriptions" of Google's documentation has them. Google's public keys
are fetched when one is wanted, kept as long as their answer says, and fetched anew when a token
names an unknown one: keys turn about every week.
"""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from core.errors import SegueError, Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from core.clock import Clock
    from core.outbound import Outbound

KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
LEEWAY = 60
"""Seconds that clocks may differ by."""
_LONGEST = 8192
_MOST = 256 << 10
_SMALLEST = 2048
_AGE = re.compile(r"max-age\s*=\s*(\d{1,9})", re.IGNORECASE)
_SHORT, _LONG = timedelta(minutes=5), timedelta(days=1)
_PAUSE = timedelta(seconds=30)
"""Between two fetches, whatever tokens name: a forged name must not make us ask again and again."""
_log = structlog.get_logger("segue.google")


class Keys:
    """The public keys at an address. Thread-safe."""

    def __init__(self, outbound: Outbound, clock: Clock, url: str = KEYS_URL) -> None:
        self._outbound = outbound
        self._clock = clock
        self._url = url
        self._keys: dict[str, RSAKey] = {}
        self._until: datetime | None = None
        self._asked: datetime | None = None
        self._lock = threading.Lock()

    def find(self, kid: str) -> RSAKey | None:
        """The key of this name.

        Raises:
            Unavailable: the keys can't be had now, and none that are fresh enough are kept.
        """
        with self._lock:
            now = self._clock()
            fresh = self._until is not None and now < self._until
            if not (fresh and kid in self._keys) and self._may_ask(now):
                self._refresh(now)
            if self._until is None or now >= self._until + _LONG:
                raise Unavailable("the public keys of Google can't be had now")
            return self._keys.get(kid)

    def _may_ask(self, now: datetime) -> bool:
        return self._asked is None or now - self._asked >= _PAUSE

    def _refresh(self, now: datetime) -> None:
        """Ask; what fails leaves the old keys, for a day at most."""
        self._asked = now
        try:
            self._keys, age = self._fetch()
        except (SegueError, httpx2.HTTPError, ValueError) as fault:
            _log.warning("google_keys_failed", url=self._url, why=str(fault))
        else:
            self._until = now + min(max(age, _SHORT), _LONG)

    def _fetch(self) -> tuple[dict[str, RSAKey], timedelta]:
        with (
            self._outbound.client(timeout=10, total=10) as client,
            client.stream("GET", self._url, headers={"accept-encoding": "identity"}) as answer,
        ):
            answer.raise_for_status()
            data = b""
            for piece in answer.iter_raw():
                data += piece
                if len(data) > _MOST:
                    raise ValueError("the answer is too large")
            age = _AGE.search(answer.headers.get("cache-control", ""))
        return _read(json.loads(data)), timedelta(seconds=int(age[1]) if age else 0)


def _read(said: Any) -> dict[str, RSAKey]:  # noqa: ANN401 - JSON
    found = {}
    for one in said["keys"] if isinstance(said, dict) and "keys" in said else ():
        usable = one.get("kty") == "RSA" and one.get("use", "sig") == "sig"
        if not usable or one.get("alg", "RS256") != "RS256" or not isinstance(one.get("kid"), str):
            continue
        key = RSAKey.import_key({name: one[name] for name in ("kty", "n", "e")})
        if key.raw_value.key_size >= _SMALLEST:
            found[one["kid"]] = key
    if not found:
        raise ValueError("there is no key for signatures (RS256) in it")
    return found


class GoogleTokens:
    """Judges tokens by these keys."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def proves(self, token: str, *, audience: str, account: str) -> bool:
        """Whether Google signed that this service account speaks to this audience now.

        Raises:
            Unavailable: the public keys can't be had now.
        """
        if len(token) > _LONGEST:
            return False
        now = int(self._clock().timestamp())
        asked = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY,
            iss={"essential": True, "values": list(ISSUERS)},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            email={"essential": True, "value": account},
            email_verified={"essential": True, "value": True},
        )
        try:
            claims = jwt.decode(token, self._key, algorithms=["RS256"]).claims
            asked.validate(claims)
        except (JoseError, ValueError, TypeError, _Unknown):
            return False
        plain = (isinstance(claims[name], str) for name in ("iss", "aud", "email"))
        return claims["email_verified"] is True and all(plain)

    def _key(self, part: Any) -> RSAKey:  # noqa: ANN401 - the library's protocol
        kid = part.headers().get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise _Unknown
        return key


class _Unknown(Exception):
    """No key of this name."""
