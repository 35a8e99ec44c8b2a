"""The lines of the spool, and play ids that can't be made up."""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar

from core.ids import secret_id
from server.usage import clients

_PLAY_ID = re.compile(r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{16}")


class PlayIds:
    """Play ids that carry our mark: a beacon is judged without asking the database.

    A play id is 128 random bits and a 96-bit HMAC; only who opened the play knows it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = sha256(b"segue.play\x00" + key).digest()

    def make(self) -> str:
        """A fresh play id, 39 characters."""
        return self._marked(secret_id())

    def of(self, account: str, theirs: str) -> str:
        """The play id of what an account's client calls `theirs`: the same whenever it is sent."""
        name = hmac.digest(self._key, f"{account}\x1f{theirs}".encode(), "sha256")[:16]
        return self._marked(urlsafe_b64encode(name).decode().rstrip("="))

    def _marked(self, bare: str) -> str:
        return f"{bare}.{self._mark(bare)}"

    def digest(self, address: str) -> str:
        """An address that can be told from others but not read (`server.usage.clients`)."""
        return clients.digest(self._key, address)

    def genuine(self, play_id: str) -> bool:
        """Whether we made it."""
        if not _PLAY_ID.fullmatch(play_id):
            return False
        bare, mark = play_id.split(".")
        return hmac.compare_digest(mark, self._mark(bare))

    def _mark(self, bare: str) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, bare.encode(), "sha256")[:12]).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A play that rights allowed, with everything a report needs of the verdict.

    `at` is when we were asked. `used_at` is the player's own time of a play that was heard without
    us, None while it is heard. `address` is a digest, `client` its kind (`server.usage.clients`).
    """

    kind: ClassVar[str] = "open"

    play: str
    at: datetime
    account: str | None
    release: str
    recording: str
    feed: str
    deal: str
    territory: str
    tier: str
    model: str
    use: str
    duration_ms: int
    isrc: str = ""
    used_at: datetime | None = None
    operator: bool = False
    preview: bool = False
    address: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """A beacon: milliseconds heard so far and place in the track; `at` is when it reached us."""

    kind: ClassVar[str] = "progress"

    play: str
    at: datetime
    heard_ms: int
    position_ms: int
    event: str  # progress, pause, end
    seq: int
    rendition: str = ""


def encode(event: Opened | Progressed) -> bytes:
    """One line with its newline."""
    if isinstance(event, Progressed):
        return _ENCODED % (
            event.play.encode(), event.at.isoformat().encode(), event.heard_ms, event.position_ms,
            event.event.encode(), event.seq, event.rendition.encode(),
        )  # fmt: skip
    fields = {name: getattr(event, name) for name in event.__slots__}
    fields["at"] = event.at.isoformat()
    if fields.get("used_at"):
        fields["used_at"] = fields["used_at"].isoformat()
    line = {"v": 1, "kind": event.kind, **fields}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


_ENCODED = (
    b'{"v":1,"kind":"progress","play":"%b","at":"%b","heard_ms":%d,"position_ms":%d,"event":"%b",'
    b'"seq":%d,"rendition":"%b"}\n'
)
"""A beacon, without the cost of an encoder: what stands between its quotes needs no escapes, as the
API's model and the mark of the play id have judged."""


def decode(line: bytes) -> Opened | Progressed | None:
    """The event of a line; None for a line that is torn or of another version."""
    try:
        fields: dict[str, Any] = json.loads(line)
        if fields.pop("v") != 1:
            return None
        kind = fields.pop("kind")
        fields["at"] = datetime.fromisoformat(fields["at"])
        if fields.get("used_at"):
            fields["used_at"] = datetime.fromisoformat(fields["used_at"])
        if kind not in {"open", "progress"}:
            return None
        return Opened(**fields) if kind == "open" else Progressed(**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
