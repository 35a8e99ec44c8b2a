"""Harmless twins of the ports: accounts and an inbox in memory, for tests, benches and trials."""

from __future__ import annotations

import hmac
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.doors.common.bans import Ban, Kind
    from ingest.doors.common.ports import FeedLogin, ReceivedFile


@dataclass(slots=True)
class MemoryAccounts:
    """Users with plain passwords and keys; `asked` keeps what was tried."""

    passwords: dict[str, tuple[str, FeedLogin]] = field(default_factory=dict)
    keys: dict[str, tuple[str, FeedLogin]] = field(default_factory=dict)
    authorities: dict[str, tuple[str, FeedLogin]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def authenticate_password(self, username: str, password: str, peer: str) -> FeedLogin | None:
        """The feed if name and password match."""
        self.asked.append(("password", username, peer))
        expected, login = self.passwords.get(username, ("", None))
        same = hmac.compare_digest(expected.encode(), password.encode())
        return login if same else None

    def authenticate_key(
        self, username: str, openssh_public_key: str, peer: str
    ) -> FeedLogin | None:
        """The feed if the key is this user's; comments do not count."""
        self.asked.append(("key", username, peer))
        return _same(self.keys.get(username), openssh_public_key)

    def authenticate_authority(
        self, username: str, openssh_public_key: str, peer: str
    ) -> FeedLogin | None:
        """The feed if the key signs certificates for this user."""
        self.asked.append(("authority", username, peer))
        return _same(self.authorities.get(username), openssh_public_key)


def _same(known: tuple[str, FeedLogin] | None, openssh_public_key: str) -> FeedLogin | None:
    expected, login = known or ("", None)
    return login if expected.split()[:2] == openssh_public_key.split()[:2] else None


class MemoryInbox:
    """Remembers what it was told, in order; `events` are `(what, feed, path[, new path])`."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], ReceivedFile] = {}
        self.events: list[tuple[str, ...]] = []
        self._lock = threading.Lock()

    def received(self, file: ReceivedFile) -> None:
        with self._lock:
            self.files[file.feed_id, file.path] = file
            self.events.append(("received", file.feed_id, file.path))

    def removed(self, feed_id: str, path: str) -> None:
        with self._lock:
            self.files.pop((feed_id, path), None)
            self.events.append(("removed", feed_id, path))

    def renamed(self, feed_id: str, old: str, new: str) -> None:
        with self._lock:
            if file := self.files.pop((feed_id, old), None):
                self.files[feed_id, new] = file
            self.events.append(("renamed", feed_id, old, new))


@dataclass(slots=True)
class MemoryBans:
    """Bans in memory; give the same one to two guards, and the second is the first restarted."""

    kept: dict[tuple[Kind, str], Ban] = field(default_factory=dict)

    def load(self) -> list[Ban]:
        """All of them."""
        return list(self.kept.values())

    def keep(self, ban: Ban) -> None:
        self.kept[ban.key] = ban
