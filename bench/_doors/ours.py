"""`segue serve` on a data folder of its own, every door open, its feeds made beforehand."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core import settings, spawn
from core.errors import SegueError
from ingest import feed_credentials, feeds
from server.local import open_local

if TYPE_CHECKING:
    from collections.abc import Iterator

PROTOCOLS = ("sftp", "ftps", "ftp", "http")
SENDER = "PADPIDA2026112100B"
_OPEN = {
    "SEGUE_LOG": "warning",
    "SEGUE_SFTP_PORT": "0",
    "SEGUE_WEB_PORT": "0",
    "SEGUE_DOORS_FTP_ENABLED": "true",
    "SEGUE_DOORS_FTP_PLAIN": "true",
    "SEGUE_DOORS_FTP_PORT": "0",
    "SEGUE_DOORS_FTP_IMPLICIT_PORT": "0",
    "SEGUE_OUTBOUND_ALLOW_PRIVATE": "true",  # a bucket on this machine is polled
}


@dataclass(frozen=True, slots=True)
class Account:
    """A feed that may come by every door: its id, and what it comes with."""

    id: str
    username: str
    password: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Ours:
    """A running service: where its doors listen, and who may come."""

    folder: Path
    pid: int
    host: str
    sftp: int
    ftp: int
    web: int
    accounts: list[Account]
    environment: dict[str, str]

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def inbox(self, account: Account) -> Path:
        """Where the files of a feed land."""
        return self.data / "inbox" / account.id

    def resident_bytes(self) -> int:
        """Memory of the service's main process."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages << 12


@contextmanager
def serving(
    folder: Path, public_key: Path, *, fsync: bool = False, count: int = 1
) -> Iterator[Ours]:
    """The service, with `count` feeds."""
    folder.mkdir()
    environment = {
        **_OPEN,
        "HOME": str(folder),
        "SEGUE_DATA": str(folder / "data"),
        "SEGUE_SFTP_FSYNC": str(fsync).lower(),
    }
    accounts = _accounts(environment, public_key.read_text(), count)
    program = str(Path(sys.executable).with_name("segue"))
    with (folder / "log").open("wb") as log:
        child = spawn.start([program, "serve", "--json"], stderr=log, env=environment, cwd=folder)
    try:
        found = _first_json(child.stdout, folder / "log")
        door, web = urlsplit(found["sftp"]), urlsplit(found["player"])
        ftp = int((folder / "data" / "ftp.port").read_text().split()[0])
        ports = int(door.port or 22), ftp, int(web.port or 80)
        yield Ours(folder, child.pid, str(door.hostname), *ports, accounts, environment)
    finally:
        child.terminate()
        child.communicate(timeout=60)


def _accounts(environment: dict[str, str], public_key: str, count: int) -> list[Account]:
    with open_local(settings.load(environment=environment)) as local:
        made = []
        for number in range(count):
            with local.database.write() as session:
                feed, password = feeds.create(
                    session,
                    local.clock,
                    name=f"Bench {number}",
                    dpid=SENDER,
                    protocol=PROTOCOLS,
                    public_keys=[public_key],
                )
                key = feed_credentials.issue(
                    session, local.clock, feed, feed_credentials.Kind.API_KEY
                )
                made.append(Account(feed.id, feed.username, str(password), str(key.secret)))
    return made


def _first_json(stream: IO[bytes] | None, log: Path) -> dict[str, Any]:
    """The first JSON document that `segue serve` prints."""
    text = ""
    while stream is not None and (line := stream.readline()):
        text += line.decode()
        with suppress(json.JSONDecodeError):
            found: dict[str, Any] = json.loads(text)
            return found
    raise SegueError(f"segue serve did not start: {log.read_text()[-2000:]}")
