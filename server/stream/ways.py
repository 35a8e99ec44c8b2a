"""Who gives the bytes of an admitted object: we, the proxy in front, or the store behind."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections import OrderedDict
from datetime import timedelta
from hashlib import md5
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from datetime import datetime

    from core.clock import Clock
    from server.stream.send import Header
    from storage.store import ObjectStore

LIVES = timedelta(seconds=60)
"""How long a signed address is good."""
_AGAIN = timedelta(seconds=20)
"""How long the same one is given out."""
_REMEMBERED = 10_000


class Signer(Protocol):
    """Signs addresses at which anybody may read an object for a while."""

    def __call__(self, key: str, until: datetime) -> str:
        """The address of this object, good until then."""
        ...


class Handed(NamedTuple):
    """An answer without bytes: somebody else gives them."""

    status: int
    headers: list[Header]


class Way(Protocol):
    """How bytes go out."""

    def hand_over(self, key: str) -> Handed | None:
        """The answer that makes somebody else give this object; None when we do."""
        ...


class Accel:
    """nginx in front of us reads the file itself: `X-Accel-Redirect` into an internal location."""

    def __init__(self, location: str = "/_segue/objects") -> None:
        self._location = location

    def hand_over(self, key: str) -> Handed | None:
        """Every object."""
        return Handed(
            200,
            [
                (b"x-accel-redirect", f"{self._location}/{key}".encode()),
                (b"content-length", b"0"),
            ],
        )


class Presigned:
    """A `Signer` by the object store itself."""

    def __init__(self, store: ObjectStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def __call__(self, key: str, until: datetime) -> str:
        """As the store's provider signs."""
        return self._store.sign(key, int((until - self._clock()).total_seconds()))


class SecureLink:
    """A `Signer` for networks that check as nginx does: `secure_link_md5` over expiry, path, key:
    `?md5=<base64url>&expires=<Unix seconds>`."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._path = urlsplit(self._url).path
        self._key = key

    def __call__(self, key: str, until: datetime) -> str:
        """The address of an object, good until then."""
        expires = int(until.timestamp())
        said = f"{expires}{self._path}/{key} {self._key}".encode()
        digest = md5(said, usedforsecurity=False).digest()
        mark = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return f"{self._url}/{key}?md5={mark}&expires={expires}"


class Redirect:
    """The object store, or a network in front of it, gives segments at signed addresses.

    Playlists are ours ever: their addresses are relative, and lead back to us.
    """

    def __init__(self, sign: Signer, clock: Clock) -> None:
        self._sign = sign
        self._clock = clock
        self._signed: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()

    def hand_over(self, key: str) -> Handed | None:
        """Everything but playlists."""
        if key.endswith((".m3u8", ".mpd")):
            return None
        return Handed(302, [(b"location", self._address(key)), (b"content-length", b"0")])

    def _address(self, key: str) -> bytes:
        now = self._clock()
        known = self._signed.get(key)
        if known is not None and now - _AGAIN < known[0] <= now:
            return known[1]
        address = self._sign(key, now + LIVES).encode()
        self._signed[key] = (now, address)
        self._signed.move_to_end(key)
        if len(self._signed) > _REMEMBERED:
            self._signed.popitem(last=False)
        return address
