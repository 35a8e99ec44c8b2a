"""Short-lived access tokens of feeds (OAuth 2.0 client credentials, RFC 6749 section 4.4).

A token is signed, not stored. It names the key that it was given for, so it dies with that key, and
the feed is looked up at each request, so a disabled feed is shut out at once.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from itsdangerous import BadData, URLSafeSerializer

from core.canonical import is_canonical

if TYPE_CHECKING:
    from core.clock import Clock
    from ingest.doors.common.ports import FeedLogin
    from ingest.feed_accounts import FeedAccounts

SECONDS = 900
_MOST = 1000


class FeedTokens:
    """Makes and reads tokens; `key` is the installation's secret."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._clock = clock
        self._serializer = URLSafeSerializer(
            key,
            salt="segue.feed",
            signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
        )

    def make(self, feed_id: str, mark: str) -> str:
        """A token of this feed; `mark` is of the key that it is given for."""
        expires = int(self._clock().timestamp()) + SECONDS
        return str(self._serializer.dumps([feed_id, mark, expires]))

    def read(self, token: str) -> tuple[str, str] | None:
        """The feed's id and the key's mark, None when the token is none of ours or too old."""
        if len(token) > _MOST or not is_canonical(token):
            return None
        try:
            feed_id, mark, expires = self._serializer.loads(token)
        except (BadData, ValueError, TypeError):
            return None
        if expires < self._clock().timestamp():
            return None
        return str(feed_id), str(mark)


class FeedCredentials:
    """What a feed may prove itself with over HTTP: its API key, or a token given for it."""

    def __init__(self, accounts: FeedAccounts, tokens: FeedTokens) -> None:
        self._accounts = accounts
        self._tokens = tokens

    def authenticate_api_key(self, key: str, peer: str) -> FeedLogin | None:
        """The feed of this key or token."""
        granted = self._tokens.read(key)
        if granted is not None:
            return self._accounts.authenticate_grant(*granted)
        return self._accounts.authenticate_api_key(key, peer)

    def authenticate_client(self, key: str, peer: str) -> FeedLogin | None:
        """The feed that may have a token for this secret; a token gives no other token."""
        return self._accounts.authenticate_client(key, peer)
