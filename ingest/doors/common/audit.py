"""What happened at the doors, one entry for each session, command and file.

Entries hold no secrets: passwords, keys and tokens are never given to `record`. Names are hostile
and are kept in a form that can be shown anywhere.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from core.clock import Clock

LONGEST = 1024
OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who did what, when, from where, and how it ended.

    `what` is `connect`, `login`, `logout`, `upload`, `download`, `remove`, `rename`, `command`,
    `list`, `end`, `ban`, `lift` or `scan`; `outcome` is `ok` or the reason of a refusal; `bytes` of
    a file or of a session; `digest` its BLAKE3.
    """

    at: datetime
    what: str
    door: str
    peer: str = ""
    username: str = ""
    feed_id: str = ""
    session: str = ""
    path: str = ""
    target: str = ""
    bytes: int | None = None
    digest: str = ""
    outcome: str = OK
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is stored and printed."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**told, "at": self.at.isoformat()}


class Audit(Protocol):
    """Where entries go; quick, any thread, never raises."""

    def record(self, entry: Entry) -> None: ...


@dataclass(slots=True)
class MemoryAudit:
    """Keeps the newest entries in memory: for doors without a database, and for tests."""

    entries: list[Entry] = field(default_factory=list)
    most: int = 10_000
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, entry: Entry) -> None:
        with self._lock:
            self.entries.append(entry)
            del self.entries[: -self.most]

    def of(self, what: str) -> list[Entry]:
        """Those of one kind, in order."""
        with self._lock:
            return [entry for entry in self.entries if entry.what == what]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The entries of one session: who and where are told once."""

    audit: Audit
    clock: Clock
    door: str
    peer: str
    feed_id: str = ""
    username: str = ""
    session: str = ""

    def record(
        self,
        what: str,
        *,
        path: str = "",
        target: str = "",
        size: int | None = None,
        digest: str = "",
        outcome: str = OK,
        detail: str = "",
    ) -> None:
        """Write down what was done."""
        self.audit.record(
            Entry(
                at=self.clock(),
                what=what,
                door=self.door,
                peer=self.peer,
                username=shown(self.username),
                feed_id=self.feed_id,
                session=self.session,
                path=shown(path),
                target=shown(target),
                bytes=size,
                digest=digest,
                outcome=outcome,
                detail=shown(detail),
            )
        )


def shown(text: str) -> str:
    r"""A text whose every character can be seen, at most `LONGEST` of them.

    >>> shown("a\x1b[2J\u202eb")
    'a\\x1b[2J\\u202eb'
    """
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text
    told = "".join(_seen(char) for char in text[:LONGEST])
    return told if len(told) <= LONGEST else told[: LONGEST - 1] + "…"


def _seen(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
