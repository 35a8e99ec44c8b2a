"""What delivering needs of a target, whatever its protocol."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

Progress = Callable[[int], None]
"""Called with the number of bytes that are now at the target and were not before."""


class Target(Protocol):
    """An open session with the recipient. Paths are relative to the agreed folder, with `/`."""

    async def make_folders(self, folder: str) -> None:
        """Make the folder and its parents; fine when they are there."""
        ...

    async def upload(self, source: Path, path: str, progress: Progress) -> None:
        """Send a file whole, or what is missing of it at the target."""
        ...

    async def names(self, folder: str) -> frozenset[str]:
        """Names in a folder; empty when there is no such folder."""
        ...

    async def read(self, path: str, limit: int) -> bytes:
        """The first `limit` bytes of a small file."""
        ...


Connect = Callable[[], AbstractAsyncContextManager[Target]]
"""Opens a session; delivering opens a new one when a connection was lost."""
