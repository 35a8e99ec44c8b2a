"""The keys that sign media tokens: several at a time, so that one can take over from another.

A fresh key is published before it signs, so that every process reads it by then; the one before it
is read for as long as its tokens live. So a rotation interrupts nobody. A revocation does: the old
keys are gone at once, and every player opens its play anew.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from core import keystore
from core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.clock import Clock

FILE = "media.keys"
KEY_BYTES = 32
PUBLISHED = timedelta(seconds=60)
"""How long a key is read before it signs: longer than any process takes to hear of it."""
LONGEST = timedelta(hours=24)
"""No token lives longer; so long are keys read that do not sign any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: signs from `signs_from`, is read until `reads_until` (None: no end yet)."""

    id: str
    secret: bytes
    signs_from: datetime
    reads_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys, the newest last."""

    keys: tuple[Key, ...]

    def signing(self, now: datetime) -> Key:
        """The newest that may sign; the first one when the clock was set back before all."""
        ready = [key for key in self.keys if key.signs_from <= now]
        return ready[-1] if ready else self.keys[0]

    def reading(self, key_id: str, now: datetime) -> Key | None:
        """The key of this id, None when there is none or its time is over."""
        for key in self.keys:
            if key.id == key_id:
                return None if key.reads_until and key.reads_until <= now else key
        return None

    def rotated(self, now: datetime) -> Ring:
        """With a fresh key that takes over soon; keys whose time is over are left out."""
        starts = now + PUBLISHED
        last = starts + LONGEST
        kept = tuple(
            Key(
                id=key.id,
                secret=key.secret,
                signs_from=key.signs_from,
                reads_until=min(key.reads_until or last, last),
            )
            for key in self.keys
            if key.reads_until is None or key.reads_until > now
        )
        return Ring((*kept, fresh_key(starts)))


def fresh_key(signs_from: datetime) -> Key:
    """A random key."""
    return Key(
        id=secrets.token_hex(4), secret=secrets.token_bytes(KEY_BYTES), signs_from=signs_from
    )


def fixed(secret: bytes, now: datetime) -> Ring:
    """A ring of one key made of another secret; shipped for tests and benches."""
    derived = sha256(b"segue.media\x00" + secret).digest()
    return Ring((Key(id="fixed", secret=derived, signs_from=now),))


class KeyFile:
    """`<folder>/media.keys`: JSON that only we may read, changed under a lock."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def load(self) -> Ring:
        """The ring, with one key when there was none.

        Raises:
            Unavailable: the file is there but can't be used.
        """
        return self._changed(lambda ring: ring or Ring((fresh_key(self._clock()),)))

    def rotate(self) -> Ring:
        """A fresh key takes over after `PUBLISHED`; tokens that are out stay good."""
        now = self._clock()
        return self._changed(lambda ring: ring.rotated(now) if ring else Ring((fresh_key(now),)))

    def revoke(self) -> Ring:
        """One fresh key at once: no token that is out is good any more."""
        return self._changed(lambda _: Ring((fresh_key(self._clock()),)), anew=True)

    def _changed(self, change: Callable[[Ring | None], Ring], *, anew: bool = False) -> Ring:
        with keystore.locked(self._folder, FILE) as path:
            present = _read(path) if path.exists() and not anew else None
            ring = change(present)
            if ring != present:
                keystore.write(path, _written(ring))
        return ring


def _written(ring: Ring) -> bytes:
    rows = [
        {
            "id": key.id,
            "secret": base64.b64encode(key.secret).decode(),
            "signs_from": key.signs_from.isoformat(),
            "reads_until": key.reads_until.isoformat() if key.reads_until else None,
        }
        for key in ring.keys
    ]
    return json.dumps({"keys": rows}, indent=2).encode()


def _read(path: Path) -> Ring:
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_bytes())["keys"]
        first, *others = [_key(row) for row in rows]
    except (ValueError, KeyError, TypeError) as wrong:
        raise Unavailable(
            f"{path} holds no keys that can be read",
            remedy="segue keys revoke makes a new one; players open their plays anew",
        ) from wrong
    return Ring((first, *others))


def _key(row: dict[str, Any]) -> Key:
    (secret,) = filter(_whole, [base64.b64decode(row["secret"], validate=True)])
    until = row["reads_until"]
    return Key(
        id=str(row["id"]),
        secret=secret,
        signs_from=datetime.fromisoformat(row["signs_from"]),
        reads_until=datetime.fromisoformat(until) if until else None,
    )


def _whole(secret: bytes) -> bool:
    return len(secret) == KEY_BYTES
