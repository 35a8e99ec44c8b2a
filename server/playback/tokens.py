"""The path token of a play: signed, bound to listener, recording, asset, tier, territory and time.

`<key id>.<payload>.<HMAC-SHA256>`. It stands first in the path of playlists and segments, so that
relative addresses carry it on and caches can leave it out of their keys.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeSerializer

from core.canonical import is_canonical

if TYPE_CHECKING:
    from core.clock import Clock
    from server.playback.keyring import Key, Ring

MAX_TOKEN = 2000


@dataclass(frozen=True, slots=True)
class Grant:
    """What one play may fetch. `account` is empty for a visitor; `expires` in Unix seconds.

    `model` and `use` are the deal words that the play stands under: the gate asks for these
    again, not for others that the tier may also have, because usage is booked on them. `player`
    is the browser or device that plays, for limits of streams. `clip` is the part that may be
    heard, "start_ms-end_ms"; empty for the whole.
    """

    account: str
    epoch: int
    release: str
    recording: str
    asset: str
    territory: str
    tier: str
    model: str
    use: str
    expires: int
    player: str = ""
    clip: str = ""


class MediaTokens:
    """Makes and reads tokens by the keys of a ring, which may be replaced at any time."""

    def __init__(self, ring: Ring, clock: Clock) -> None:
        self._clock = clock
        self._ring = ring
        self._serializers = _serializers(ring)

    def use(self, ring: Ring) -> bool:
        """Sign and read by this ring from now on; True when it is another one than before."""
        if ring == self._ring:
            return False
        self._ring, self._serializers = ring, _serializers(ring)
        return True

    def issue(self, grant: Grant) -> str:
        """The token, made of `[A-Za-z0-9._-]`."""
        key = self._ring.signing(self._clock())
        return f"{key.id}.{self._serializers[key.id].dumps(astuple(grant))}"

    def read(self, token: str) -> Grant | None:
        """What the token grants; None when it is not ours. Expiry is the caller's to judge."""
        if len(token) > MAX_TOKEN:
            return None
        name, _, rest = token.partition(".")
        key = self._ring.reading(name, self._clock())
        if key is None:
            return None
        try:
            value: Any = self._serializers[key.id].loads(rest)
            return Grant(*value) if is_canonical(rest) else None
        except (BadData, TypeError):
            return None


def _serializers(ring: Ring) -> dict[str, URLSafeSerializer]:
    return {key.id: _serializer(key) for key in ring.keys}


def _serializer(key: Key) -> URLSafeSerializer:
    return URLSafeSerializer(
        key.secret,
        salt="segue.media",
        signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
    )
