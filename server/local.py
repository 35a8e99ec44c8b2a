"""The data folder, opened: what every command works on. Imports nothing heavy."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clock import system_clock
from core.database import Database
from core.errors import SettingsInvalid
from core.folders import DataFolder
from ingest.feed_uses import Uses
from migrations import upgrade
from storage.backends.obstore import bucket_store, local_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.clock import Clock
    from core.settings import Settings
    from storage.store import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The data folder, opened: what every command works on."""

    settings: Settings
    data: DataFolder
    database: Database
    store: ObjectStore
    clock: Clock
    uses: Uses

    def sftp_address(self) -> tuple[str, int]:
        """Host and port that senders are told; the real port when a service runs on a free one."""
        door = self.settings.sftp
        told = self.data.root / "sftp.port"
        port = door.port
        if port == 0 and told.is_file():
            port = int(told.read_text(encoding="ascii"))
        return door.advertised_host or door.host, port

    def api_address(self) -> str:
        """The API as senders are told; the real port when a service runs on a free one."""
        web = self.settings.web
        told = self.data.root / "web.port"
        port = int(told.read_text(encoding="ascii")) if told.is_file() else web.port
        return f"{web.url or f'http://{web.host}:{port}'}/api/v1"

    def ftp_address(self) -> tuple[str, int, int]:
        """The same of the FTP door: host, port for explicit TLS and port for implicit TLS."""
        door = self.settings.doors.ftp
        told = self.data.root / "ftp.port"
        ports = door.port, door.implicit_port
        if 0 in ports and told.is_file():
            explicit, implicit = told.read_text(encoding="ascii").split()
            ports = int(explicit), int(implicit)
        return door.advertised_host or door.host, *ports


def objects_of(settings: Settings, data: DataFolder) -> ObjectStore:
    """Where objects lie: in the data folder, or in a bucket. Raises SettingsInvalid."""
    chosen = settings.objects
    if not chosen.url:
        return local_store(data.objects)
    try:
        return bucket_store(
            chosen.url,
            endpoint=chosen.endpoint,
            region=chosen.region,
            key=chosen.key,
            secret=chosen.secret,
        )
    except ValueError as wrong:
        raise SettingsInvalid(
            f"setting objects.url: {chosen.url} can't be used: {wrong}",
            remedy="see docs/reference/settings.md",
        ) from wrong


@contextmanager
def open_local(settings: Settings, clock: Clock = system_clock) -> Iterator[Local]:
    """Open the data folder; the database is brought to the newest schema first."""
    data = DataFolder(settings.data)
    data.make()
    database = Database(settings.database_url)
    try:
        upgrade(database.engine)
        store = objects_of(settings, data)
        uses = Uses(database)
        yield Local(
            settings=settings, data=data, database=database, store=store, clock=clock, uses=uses
        )
        uses.flush()
    finally:
        database.close()
