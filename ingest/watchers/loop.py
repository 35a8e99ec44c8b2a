"""The watchers of a service: each feed's rounds in a task of their own, so that a slow or broken
store holds up nobody else. Looks run in threads; a store that fails is asked less and less often.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import stamina
import structlog

from ingest.watchers.queues import by_queue
from ingest.watchers.threads import Threads
from ingest.watchers.watched import all_watched
from storage.source import StoreFault

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from core.database import Database
    from ingest.watchers.queues import Queues
    from ingest.watchers.watch import Watcher
    from ingest.watchers.watched import Watched

    Begin = Callable[[], Coroutine[None, None, None]]

Made = TypeVar("Made")

_log = structlog.get_logger("segue.watchers")
_LOOK = 2.0
"""Seconds between looks at which feeds watch something, and at answers to put back."""
_SLOWEST = 900.0
"""Seconds between tries at a store that fails on and on."""


@dataclass(slots=True, kw_only=True)
class Watchers:
    """`interval_s`: between rounds of a feed whose terms say nothing else."""

    watcher: Watcher
    queues: Queues
    database: Database
    interval_s: float = 60.0
    _threads: Threads = field(default_factory=Threads, init=False)
    _tasks: dict[str, tuple[object, asyncio.Task[None]]] = field(default_factory=dict, init=False)

    @property
    def busy(self) -> bool:
        """Whether a look is still under way after `run` ended."""
        return self._threads.busy

    async def run(self) -> None:
        """Until cancelled; then looks end at their next piece."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await self._keep(group)
                    await asyncio.sleep(_LOOK)
        finally:
            self.watcher.stop()
            self.queues.stop()

    async def _keep(self, group: asyncio.TaskGroup) -> None:
        """A task for each feed and each queue; one whose terms changed begins anew."""
        try:
            places = await self._threads.run(self._places)
        except Exception:  # noqa: BLE001 - a database that is away comes back
            _log.exception("watched_feeds_unknown")
            return
        wanted: dict[str, tuple[object, Begin]] = {
            place.feed_id: (place, partial(self._watch, place)) for place in places
        }
        for queue, feeds in by_queue(places).items():
            wanted[queue] = (feeds, partial(self._listen, feeds))
        for name, (terms, task) in list(self._tasks.items()):
            if name not in wanted or wanted[name][0] != terms:
                task.cancel()
                del self._tasks[name]
        for name, (terms, begin) in wanted.items():
            if name not in self._tasks:
                self._tasks[name] = (terms, group.create_task(begin()))

    def _places(self) -> list[Watched]:
        with self.database.read() as session:
            return all_watched(session)

    async def _watch(self, place: Watched) -> None:
        """Rounds, and between them answers as soon as they are there."""
        interval = place.interval_s or self.interval_s
        loop = asyncio.get_running_loop()
        while True:
            await self._until_good(interval, self._round, place.feed_id)
            until = loop.time() + interval
            while (left := until - loop.time()) > 0:
                await asyncio.sleep(min(left, _LOOK))
                if left > _LOOK:
                    await self._until_good(_LOOK, self._answer, place.feed_id)

    async def _listen(self, feeds: tuple[Watched, ...]) -> None:
        while True:
            await self._until_good(1.0, self.queues.round, self.watcher, feeds)

    def _round(self, feed_id: str) -> None:
        done = self.watcher.round(feed_id)
        if done.fault:
            raise StoreFault(done.fault)

    def _answer(self, feed_id: str) -> None:
        done = self.watcher.answer(feed_id)
        if done.fault:
            raise StoreFault(done.fault)

    async def _until_good(self, wait: float, work: Callable[..., Made], *given: object) -> Made:
        """Try until it succeeds, slower each time; an error of ours is logged and tried again."""
        async for attempt in stamina.retry_context(
            on=Exception,
            attempts=None,
            timeout=None,
            wait_initial=wait,
            wait_max=max(_SLOWEST, wait),
            wait_jitter=min(wait, 5.0),
        ):
            with attempt:
                try:
                    return await self._threads.run(work, *given)
                except StoreFault:
                    raise
                except Exception:
                    _log.exception("round_failed", about=str(given[0])[:200])
                    raise
        raise AssertionError("tries do not end")
