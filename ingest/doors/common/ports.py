"""What a door needs of others, in its own words. Both are synchronous and called in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class FeedLogin:
    """Whose files a login may see. `feed_id` is used as a folder name: `[A-Za-z0-9_-]` only.

    `legacy`: the feed may come by old algorithms of SSH.
    """

    feed_id: str
    name: str
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A finished file, durable at its place.

    `path` is POSIX, relative to the feed's inbox; `size` in bytes; `blake3` 64 hex digits.
    `protocol` is the door it came in by (`sftp ftps ftp http s3 gcs azure atom`, empty when nobody
    knows any more). `sure` is false when the way it came can't tell a cut file from a whole one.
    """

    feed_id: str
    path: str
    size: int
    blake3: str
    received_at: datetime
    protocol: str = ""
    sure: bool = True


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

    def authenticate_authority(
        self, username: str, openssh_public_key: str, peer: str
    ) -> FeedLogin | None:
        """The feed of this user if the key is a certificate authority of its own.

        The door checks the certificate: that it is this authority's, for a user, of this name
        among its principals, valid now, and that the client holds its private key.
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
