"""What delivering needs of a target, whatever its protocol."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

Progress = Callable[[int], None]
"""Called with the number of bytes that are now at the target and were not before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What a protocol has beyond storing and reading: moving a file, folders that stay when empty,
    and going on in the middle of a file."""

    rename: bool = True
    folders: bool = True
    resume: bool = True


class Target(Protocol):
    """An open session with the recipient. Paths are relative to the agreed folder, with `/`."""

    offers: Offers

    async def make_folders(self, folder: str) -> None:
        """Make the folder and its parents; fine when they are there."""
        ...

    async def upload(self, source: Path, path: str, progress: Progress) -> None:
        """Send a file whole, or what is missing of it at the target, and see that it arrived."""
        ...

    async def names(self, folder: str) -> frozenset[str]:
        """Names in a folder; empty when there is no such folder."""
        ...

    async def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a small file."""
        ...

    async def size(self, path: str) -> int | None:
        """How many bytes of a file are there, also of an unfinished one; None when none are."""
        ...

    async def rename(self, path: str, to: str) -> None:
        """Move a file. Only where it is offered."""
        ...

    async def remove(self, path: str) -> None:
        """Remove a file; fine when there is none."""
        ...

    async def remove_folder(self, folder: str) -> None:
        """Remove an empty folder; fine when there is none."""
        ...


Connect = Callable[[], AbstractAsyncContextManager[Target]]
"""Opens a session; delivering opens a new one when a connection was lost."""
