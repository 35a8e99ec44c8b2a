"""What the suite needs of a door and of the recipient behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ddex.choreography.rows import Choreography
    from distro.release import Sides
    from distro.targets.base import Connect


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way in under test: `connect` with the right secret, `stranger` with a wrong one.

    `folder` is where loose test files may lie, `late` how many seconds may pass before the
    recipient has seen what is there (a poll of an object store), `large` and `many` how many bytes
    and files the feed allows at most (0: as many as the suite likes), `kind` the extension of loose
    files, one of `distro.suite.material.KINDS`.
    """

    protocol: str
    address: str
    host: str
    port: int
    connect: Connect
    stranger: Connect
    late: float = 0.0
    large: int = 0
    kind: str = "wav"


class Recipient(Protocol):
    """What can be seen behind the door, and taken away there; blocks."""

    def waiting(self, top: str) -> str | None:
        """What the delivery in this top folder waits for, None when it does not wait."""
        ...

    def live(self, message_id: str) -> bool:
        """Whether the release of a message can be heard."""
        ...

    def forget(self, tops: frozenset[str], message_ids: frozenset[str]) -> None:
        """Remove what a sender can't: answers to these messages, and what is left of folders."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What all steps share: the agreement with the feed, who stands behind the door, and how many
    seconds an answer may take."""

    row: Choreography
    sides: Sides
    recipient: Recipient
    patience: float = 20.0
    progress: Callable[[int], None] = lambda _bytes: None
