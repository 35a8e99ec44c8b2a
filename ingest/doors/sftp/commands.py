"""Every request of a session but reads and writes, written down in the audit log."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncssh

from ingest.doors.common.refusals import Refused
from ingest.doors.sftp.requests import Requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

_COMMANDS = {
    "open": "open",
    "stat": "stat",
    "lstat": "stat",
    "setstat": "setstat",
    "lsetstat": "setstat",
    "statvfs": "statvfs",
    "mkdir": "mkdir",
    "rmdir": "rmdir",
    "remove": "remove",
    "rename": "rename",
    "posix_rename": "rename",
    "readlink": "readlink",
    "symlink": "symlink",
    "link": "link",
}
_OWN = frozenset({"remove", "rename"})
"""Kinds of entries of their own; the others are told as `command`."""


class Commands(Requests):
    """The requests, and who asked for what."""

    @contextmanager
    def told(self, name: str, *paths: bytes) -> Iterator[None]:
        """Write the request of the block down, however it ends."""
        try:
            yield
        except asyncssh.SFTPError as error:
            cause = error.__cause__
            reason = cause.reason.value if isinstance(cause, Refused) else "refused"
            self._write_down(name, paths, reason, error.reason)
            raise
        self._write_down(name, paths)

    def _write_down(
        self, name: str, paths: tuple[bytes, ...], outcome: str = "ok", detail: str = ""
    ) -> None:
        path, target = (*(each.decode("utf-8", "backslashreplace") for each in paths), "", "")[:2]
        own = name in _OWN
        self._lease.trail.record(
            name if own else "command",
            path=path,
            target=target,
            outcome=outcome,
            detail=": ".join(filter(None, (name if not own else "", detail))),
        )

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        with self.told("list", path):
            async for name in super().scandir(path):
                yield name


def _audited(method: str, name: str) -> Callable[..., Any]:
    ordinary: Callable[..., Any] = getattr(Requests, method)

    async def command(self: Commands, *given: Any) -> Any:  # noqa: ANN401 - what asyncssh gives
        with self.told(name, *(each for each in given if isinstance(each, bytes))):
            found = ordinary(self, *given)
            return await found if hasattr(found, "__await__") else found

    return command


for _method, _name in _COMMANDS.items():
    setattr(Commands, _method, _audited(_method, _name))
