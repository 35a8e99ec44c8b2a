"""A recipient to deliver to: a real SFTP server in a thread, which answers completed batches."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncssh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Answer = Callable[[Path, str], None]

USER, PASSWORD = "lantern", "correct horse"


@dataclass
class Recipient:
    """What the server does and saw."""

    root: Path
    answer: Answer
    port: int = 0
    fingerprint: str = ""
    cut_after: int | None = None
    """Bytes after which connections are cut, once."""
    authorized: Path | None = None
    closed: list[str] = field(default_factory=list)
    opened: list[tuple[str, int]] = field(default_factory=list)
    received: int = 0

    @property
    def url(self) -> str:
        return f"sftp://{USER}@127.0.0.1:{self.port}/"


@contextmanager
def receiving(root: Path, answer: Answer, **options: Any) -> Iterator[Recipient]:
    """Serve `root` on a free port of the loopback until the block ends."""
    recipient = Recipient(root=root, answer=answer, **options)
    ready = threading.Event()
    stop: list[Callable[[], None]] = []
    faults: list[BaseException] = []

    def serve() -> None:
        try:
            asyncio.run(_serve(recipient, ready, stop))
        except BaseException as fault:  # noqa: BLE001 - raised again below
            faults.append(fault)
            ready.set()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait(60)
    try:
        yield recipient
    finally:
        for each in stop:
            each()
        thread.join(60)
    if faults:
        raise faults[0]


async def _serve(
    recipient: Recipient, ready: threading.Event, stop: list[Callable[[], None]]
) -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        loop.call_soon_threadsafe(done.set)

    stop.append(end)
    key = asyncssh.generate_private_key("ssh-ed25519")
    recipient.fingerprint = key.get_fingerprint()
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[key],
        server_factory=_Login,
        authorized_client_keys=str(recipient.authorized) if recipient.authorized else None,
        sftp_factory=lambda channel: _Files(channel, recipient),
    )
    recipient.port = server.get_port()
    ready.set()
    await done.wait()
    server.close()
    await server.wait_closed()


class _Login(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class _Files(asyncssh.SFTPServer):
    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], recipient: Recipient) -> None:
        super().__init__(channel, chroot=str(recipient.root).encode())
        self._channel = channel
        self._recipient = recipient
        self._names: dict[int, str] = {}

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        file = super().open(path, pflags, attrs)
        if pflags & asyncssh.FXF_WRITE:
            self._names[id(file)] = path.decode()
            self._recipient.opened.append((path.decode(), pflags))
        return file

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        written = super().write(file_obj, offset, data)
        assert isinstance(written, int)
        self._recipient.received += len(data)
        limit = self._recipient.cut_after
        if limit is not None and self._recipient.received > limit:
            self._recipient.cut_after = None
            self._channel.get_connection().abort()
        return written

    def close(self, file_obj: object) -> None:
        super().close(file_obj)
        name = self._names.pop(id(file_obj), "")
        if name:
            self._recipient.closed.append(name)
        if "BatchComplete" in name:
            self._recipient.answer(self._recipient.root, name)
