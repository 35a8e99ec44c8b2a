"""What a door needs of others, in its own words. Both are synchronous and called in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class FeedLogin:
    """Whose files a login may see. `feed_id` is used as a folder name: `[A-Za-z0-9_-]` only."""

    feed_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A finished file, durable at its place.

    `path` is POSIX, relative to the feed's inbox; `size` in bytes; `blake3` 64 hex digits.
    """

    feed_id: str
    path: str
    size: int
    blake3: str
    received_at: datetime


class Accounts(Protocol):
    """Who may come in. An unknown user must take as long as a wrong password."""

    def authenticate_password(self, username: str, password: str, peer: str) -> FeedLogin | None:
        """The feed of this user, or None. `peer` is the client's address."""
        ...

    def authenticate_key(
        self, username: str, openssh_public_key: str, peer: str
    ) -> FeedLogin | None:
        """The feed of this user if the key is one of its own.

        The key is one line of `authorized_keys` form without a comment. The client has not yet
        proven that it holds the private half: the door checks that before it lets anyone in.
        """
        ...


class Inbox(Protocol):
    """Hears of finished files. Calls for one feed come one after another, in order."""

    def received(self, file: ReceivedFile) -> None:
        """A file is durably at its place; it may replace one of the same path."""
        ...

    def removed(self, feed_id: str, path: str) -> None:
        """The sender took a finished file away."""
        ...

    def renamed(self, feed_id: str, old: str, new: str) -> None:
        """The sender moved a finished file; `new` may replace another. One call for each file."""
        ...
