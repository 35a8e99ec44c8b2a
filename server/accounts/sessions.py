"""The signed cookie of a browser session. Nothing is stored: the account's epoch ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from core.canonical import is_canonical

if TYPE_CHECKING:
    from datetime import timedelta

    from starlette.responses import Response

    from core.clock import Clock

COOKIE = "segue_session"


def timed_serializer(key: bytes, salt: str, clock: Clock) -> URLSafeTimedSerializer:
    """An itsdangerous serializer whose time stamps come from our clock."""

    class ClockSigner(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(clock().timestamp())

    return URLSafeTimedSerializer(key, salt=salt, signer=ClockSigner)


@dataclass(frozen=True, slots=True)
class SessionProof:
    """What a valid cookie says: the account, and the epoch it was made under."""

    account_id: str
    epoch: int


class Sessions:
    """Makes and reads the cookie; `lifetime` is how long one sign-in lasts."""

    def __init__(self, key: bytes, clock: Clock, *, lifetime: timedelta, secure: bool) -> None:
        self._serializer = timed_serializer(key, "segue.session", clock)
        self._seconds = int(lifetime.total_seconds())
        self._secure = secure

    def make(self, account_id: str, epoch: int) -> str:
        """The cookie's value."""
        return self._serializer.dumps([account_id, epoch])

    def read(self, cookie: str | None) -> SessionProof | None:
        """What the cookie proves; None when it is absent, forged, changed or too old."""
        if not cookie or len(cookie) > 1024 or not is_canonical(cookie):
            return None
        try:
            value: Any = self._serializer.loads(cookie, max_age=self._seconds)
        except BadData:
            return None
        match value:
            case [str(account_id), int(epoch)]:
                return SessionProof(account_id, epoch)
            case _:
                return None

    def set_on(self, response: Response, account_id: str, epoch: int) -> None:
        """Sign the browser in."""
        response.set_cookie(
            COOKIE,
            self.make(account_id, epoch),
            max_age=self._seconds,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    def clear_on(self, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=self._secure)
