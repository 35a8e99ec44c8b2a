"""What all requests to the HTTP door share: settings, threads, files of feeds, how many at once."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from ingest import feed_keys
from ingest.doors.common.behind import Writers
from ingest.doors.common.paths import DEFAULT_LIMITS, PathLimits
from ingest.doors.common.refusals import Reason, Refused, from_os
from ingest.doors.http.records import Records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from core.clock import Clock
    from ingest.doors.common.guard import Guard
    from ingest.doors.common.lease import Lease
    from ingest.doors.common.ports import FeedLogin
    from ingest.doors.common.views import FeedViews

Made = TypeVar("Made")
DOOR = "http"
_FOLDER = "http"


class Keys(Protocol):
    """Who may come in; synchronous, called in a thread."""

    def authenticate_api_key(self, key: str, peer: str) -> FeedLogin | None:
        """The feed of this key, or None. `peer` is the client's address."""
        ...

    def authenticate_client(self, key: str, peer: str) -> FeedLogin | None:
        """The same of what may be exchanged for a token, and may open nothing else."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How the door behaves. Times in seconds, sizes in bytes.

    `most` is the greatest file, `most_package` the greatest package; `idle` how long a body may
    pause, and `least` the bytes a second that have to come over `patience` seconds of waiting;
    `kept` how long an unfinished upload, `remembered` how long an Idempotency-Key counts.
    """

    limits: PathLimits = DEFAULT_LIMITS
    most: int = 64 << 30
    most_package: int = 64 << 30
    files: int = 2000
    at_once: int = 64
    idle: float = 60.0
    least: float = 1000.0
    patience: float = 30.0
    kept: float = 48 * 3600.0
    remembered: float = 7 * 24 * 3600.0


class HttpDoor:
    """The door's own state. `close` ends its threads; what is unfinished can be resumed."""

    def __init__(
        self,
        data: Path,
        *,
        keys: Keys,
        views: FeedViews,
        clock: Clock,
        settings: HttpSettings | None = None,
    ) -> None:
        self.settings = settings or HttpSettings()
        self.views = views
        self.clock = clock
        self._root = data / _FOLDER
        self._keys = keys
        self._files_pool = Writers("http-files")
        self._login_pool = ThreadPoolExecutor(2, "http-login")
        self._busy: Counter[str] = Counter()
        self._working: set[tuple[str, str]] = set()
        self._forget_packages()

    @property
    def guard(self) -> Guard:
        """The guard of all doors."""
        return self.views.guard

    @property
    def pool(self) -> Writers:
        """Threads that wait for the disk."""
        return self._files_pool

    async def do(self, work: Callable[..., Made], *given: object) -> Made:
        """Do something that waits for the disk, in a thread. An OSError leaves as Refused."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._files_pool, work, *given)
        except OSError as error:
            raise from_os(error) from error

    async def login(
        self, key: str, peer: str, keys: Keys | None = None, *, client: bool = False
    ) -> FeedLogin | None:
        """The feed of a key; a wrong one is answered later and later. `keys` are others than the
        door's own, for what other feeds may ask; a `client` asks for a token.

        Raises:
            Refused: too many logins have failed.
        """
        loop, guard, account = asyncio.get_running_loop(), self.guard, feed_keys.feed_of(key) or ""
        if refused := guard.barred(peer, account, DOOR):
            raise refused
        asked = keys or self._keys
        judge = asked.authenticate_client if client else asked.authenticate_api_key
        found = await loop.run_in_executor(self._login_pool, judge, key, peer)
        if found is None:
            pool = self._login_pool
            await asyncio.sleep(await loop.run_in_executor(pool, guard.failed, peer, account, DOOR))
            if refused := guard.barred(peer, account, DOOR):
                raise refused
        else:
            guard.succeeded(peer, account, DOOR)
        return found

    @asynccontextmanager
    async def admitted(self, peer: str) -> AsyncIterator[None]:
        """One request of this address, counted as a connection. Raises Refused."""
        if refused := self.guard.admit(peer, DOOR):
            raise refused
        try:
            with self._files_pool.awaiting():
                yield
        finally:
            self.guard.leave(peer, DOOR)

    async def session(self, login: FeedLogin, peer: str) -> Lease:
        """One request of a feed, to be closed at its end. Raises Refused."""
        enter = partial(self.guard.session, login.feed_id, peer, DOOR, login.name, told=False)
        if self.guard.knows(login.feed_id):
            return enter()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._login_pool, enter)

    @contextmanager
    def busy(self, login: FeedLogin) -> Iterator[None]:
        """Count a request that takes bytes. Raises Refused when the feed has too many."""
        if self._busy[login.feed_id] >= self.settings.at_once:
            raise Refused(
                Reason.BUSY,
                f"{self.settings.at_once} uploads of yours are under way; wait until some end",
            )
        self._busy[login.feed_id] += 1
        try:
            yield
        finally:
            self._busy[login.feed_id] -= 1

    @contextmanager
    def alone(self, login: FeedLogin, name: str) -> Iterator[None]:
        """Only one at a time may do what has this name. Raises Refused."""
        mark = (login.feed_id, name)
        if mark in self._working:
            raise Refused(Reason.BUSY, "the same is under way in another request; wait for it")
        self._working.add(mark)
        try:
            yield
        finally:
            self._working.discard(mark)

    def uploads(self, login: FeedLogin) -> Records:
        """Notes of this feed's resumable uploads."""
        return Records(self._root / login.feed_id / "uploads")

    def packages(self, login: FeedLogin) -> Records:
        """Notes of this feed's packages, by Idempotency-Key."""
        return Records(self._root / login.feed_id / "keys")

    def staging(self, login: FeedLogin) -> Path:
        """Where packages lie while they come."""
        return self._root / login.feed_id / "packages"

    def sweep(self) -> int:
        """Forget what is too old; how many notes went."""
        gone = 0
        for feed in self._feeds():
            gone += Records(feed / "uploads").sweep(self.settings.kept)
            gone += Records(feed / "keys").sweep(self.settings.remembered)
        return gone

    def _forget_packages(self) -> None:
        """A package lives as long as its request: what a killed process left is nobody's."""
        for feed in self._feeds():
            shutil.rmtree(feed / "packages", ignore_errors=True)

    def _feeds(self) -> list[Path]:
        with suppress(FileNotFoundError):
            return [entry for entry in self._root.iterdir() if entry.is_dir()]
        return []

    def close(self) -> None:
        """End the threads."""
        self._files_pool.shutdown(wait=False, cancel_futures=True)
        self._login_pool.shutdown(wait=False, cancel_futures=True)
