"""A running SFTP door, stock clients for it, and a wire that can be cut."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import paramiko
import pytest

from core import spawn
from core.clock import system_clock
from ingest.doors.common.bans import BanPolicy
from ingest.doors.common.guard import Guard, GuardPolicy
from ingest.doors.common.ports import FeedLogin
from ingest.doors.common.testing import MemoryAccounts, MemoryInbox
from ingest.doors.common.upload import Intake
from ingest.doors.common.views import FeedViews
from ingest.doors.sftp import SftpDoor, SftpSettings
from tests.fixtures.environment import program
from tests.fixtures.patience import BUSY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSWORD = "correct horse"
QUICK = SftpSettings(intake=Intake(watermark=0, takeover=20.0))
PATIENT = BanPolicy(first=0.01, longest_delay=0.02, failures=0, account_failures=0)
"""Failures cost little and ban nobody."""


def quick_guard(bans: BanPolicy = PATIENT) -> Guard:
    """A guard that does not hold tests up."""
    return Guard(GuardPolicy(bans=bans))


@dataclass(slots=True)
class Running:
    """A door at work, its data folder and what its inbox heard."""

    data: Path
    host: str
    port: int
    inbox: MemoryInbox
    accounts: MemoryAccounts
    key: Path
    legacy_port: int = 0

    def finished(self, feed: str, path: str) -> Path:
        return self.data / "inbox" / feed / path

    def partial(self, feed: str, path: str) -> Path:
        return self.data / "partial" / feed / path

    def through(self, port: int) -> Running:
        """The same door behind another port."""
        return replace(self, port=port)


def make_key(folder: Path) -> Path:
    """A fresh client key without a passphrase."""
    key = folder / "id_ed25519"
    argv = [program("openssh-client", "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f"]
    assert spawn.run([*argv, str(key)], timeout=30 * BUSY).code == 0
    return key


def make_accounts(key: Path) -> MemoryAccounts:
    """Two feeds: `alpha` with a password and a key, `beta` with a password."""
    alpha, beta = FeedLogin("feed_alpha", "Alpha"), FeedLogin("feed_beta", "Beta")
    return MemoryAccounts(
        passwords={"alpha": (PASSWORD, alpha), "beta": (PASSWORD, beta)},
        keys={"alpha": (key.with_suffix(".pub").read_text(), alpha)},
    )


@contextmanager
def running_door(
    folder: Path, settings: SftpSettings = QUICK, guard: Guard | None = None
) -> Iterator[Running]:
    """A door on its own event loop in its own thread."""
    folder.mkdir(exist_ok=True)
    key, inbox = make_key(folder), MemoryInbox()
    accounts = make_accounts(key)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    views = FeedViews(
        data=folder / "data",
        inbox=inbox,
        clock=system_clock,
        intake=settings.intake,
        guard=guard or quick_guard(),
    )
    door = SftpDoor(views.data, accounts=accounts, inbox=inbox, settings=settings, views=views)
    try:
        host, port = asyncio.run_coroutine_threadsafe(door.start(), loop).result(30 * BUSY)
        legacy = door.legacy_port or 0
        yield Running(folder / "data", host, port, inbox, accounts, key, legacy)
    finally:
        asyncio.run_coroutine_threadsafe(door.stop(), loop).result(30 * BUSY)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def ssh_options(door: Running) -> list[str]:
    """Options that keep the machine's own ssh settings out of it."""
    options = ["-F", "none", "-i", str(door.key)]
    for option in (
        "IdentitiesOnly=yes",
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "GlobalKnownHostsFile=/dev/null",
        "LogLevel=ERROR",
        "BatchMode=yes",
    ):
        options += ["-o", option]
    return options


def sftp_argv(door: Running, user: str = "alpha") -> list[str]:
    """The OpenSSH client that reads its commands from stdin and ends at the first error."""
    found = program("openssh-client", "sftp")
    return [found, *ssh_options(door), "-P", str(door.port), "-b", "-", f"{user}@{door.host}"]


def sftp(door: Running, *commands: str) -> spawn.Finished:
    """Run commands in the OpenSSH client; a leading `-` lets the rest go on after an error."""
    lines = "\n".join(commands).encode() + b"\n"
    return spawn.run(sftp_argv(door), timeout=50 * BUSY, stdin=lines)


def lftp(door: Running, commands: str, user: str = "alpha") -> spawn.Finished:
    """Run commands in lftp, with the password."""
    settings = (
        "set sftp:auto-confirm yes; set net:max-retries 1; set net:timeout 60; "
        "set net:reconnect-interval-base 1; "
        f'set sftp:connect-program "ssh -a -x {" ".join(ssh_options(door)[:2])}'
        ' -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"; '
    )
    address = f"sftp://{door.host}:{door.port}"
    argv = [program("lftp", "lftp"), "--norc", "-u", f"{user},{PASSWORD}"]
    home = str(door.data.parent)
    argv += ["-e", f"{settings}{commands}; bye", address]
    return spawn.run(argv, timeout=50 * BUSY, env={"HOME": home, "LFTP_HOME": home})


@contextmanager
def paramiko_client(door: Running, user: str = "alpha") -> Iterator[paramiko.SFTPClient]:
    """A session of the paramiko library, with the password."""
    with paramiko_transport(door, user) as transport:
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        yield client


@contextmanager
def paramiko_transport(door: Running, user: str = "alpha") -> Iterator[paramiko.Transport]:
    """A signed-in connection of the paramiko library."""
    transport = paramiko.Transport((door.host, door.port))
    try:
        transport.connect(username=user, password=PASSWORD)
        yield transport
    finally:
        transport.close()


def soon(holds: Callable[[], bool], what: str, seconds: float = 20.0 * BUSY) -> None:
    """Wait until something holds that another process or thread brings about."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(FileNotFoundError):
            if holds():
                return
        time.sleep(0.02)
    pytest.fail(f"not within {seconds:.0f} s: {what}")


class Wire:
    """A TCP proxy that cuts the connection with a reset after so many bytes of the client's."""

    def __init__(self, host: str, port: int, cut_after: int) -> None:
        self._target = (host, port)
        self._left = cut_after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self._listener.close()
        server = socket.create_connection(self._target)
        back = threading.Thread(target=self._pump, args=(server, client, False))
        back.start()
        self._pump(client, server, True)  # noqa: FBT003
        for end in (client, server):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD)
            end.close()
        back.join()

    def _pump(self, source: socket.socket, target: socket.socket, counts: bool) -> None:  # noqa: FBT001
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
                if counts:
                    self._left -= len(piece)
                    if self._left <= 0:
                        return

    def close(self) -> None:
        self._listener.close()
        self._threads[0].join(10 * BUSY)
