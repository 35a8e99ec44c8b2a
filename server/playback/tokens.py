"""The path token of a play: signed, bound to session, recording, asset, territory and time.

The signature is checked once per token and process; after that a token is a dictionary look-up.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

MAX_TOKEN = 2000
REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What one play may fetch. `account` is empty for a visitor; `expires` in Unix seconds.

    `model` and `use` are the deal words that the play stands under: the gate asks for these
    again, not for others that the tier may also have, because usage is booked on them.
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


class MediaTokens:
    """Makes and reads tokens."""

    def __init__(self, key: bytes, *, remembered: int = REMEMBERED) -> None:
        self._serializer = URLSafeSerializer(
            key,
            salt="segue.media",
            signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
        )
        self._verified: OrderedDict[str, Grant] = OrderedDict()
        self._remembered = remembered

    def issue(self, grant: Grant) -> str:
        """The token, made of `[A-Za-z0-9._-]`."""
        return self._serializer.dumps(astuple(grant))

    def read(self, token: str) -> Grant | None:
        """What the token grants; None when it is not ours. Expiry is the caller's to judge."""
        grant = self._verified.get(token)
        if grant is None:
            grant = self._verify(token)
            if grant is None:
                return None
            self._verified[token] = grant
            if len(self._verified) > self._remembered:
                self._verified.popitem(last=False)
        return grant

    def _verify(self, token: str) -> Grant | None:
        if len(token) > MAX_TOKEN:
            return None
        try:
            value: Any = self._serializer.loads(token)
            return Grant(*value)
        except (BadData, TypeError):
            return None
