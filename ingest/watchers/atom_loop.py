"""The rounds over Atom feeds: a task for each, so that a slow sender holds up nobody else; one that
fails is asked less and less often."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from catalog.models import Feed
from core.errors import SegueError
from ingest.watchers.atom import AtomFeed
from ingest.watchers.threads import Threads

if TYPE_CHECKING:
    from core.database import Database
    from ingest.watchers.atom import AtomPoller

_log = structlog.get_logger("segue.atom")
_LOOK = 2.0
"""Seconds between looks at which feeds have an Atom feed."""
_SLOWEST = 3600.0
"""Seconds between tries at a sender that fails on and on."""


def wait_after(interval: float, failures: int) -> float:
    """Seconds until the next round, after so many that failed one after another."""
    return min(interval * 2.0 ** min(failures, 20), max(_SLOWEST, interval))


@dataclass(slots=True, kw_only=True)
class AtomRounds:
    """`interval_s`: between rounds of a feed whose terms say nothing else."""

    poller: AtomPoller
    database: Database
    interval_s: float = 60.0
    _threads: Threads = field(default_factory=Threads, init=False)
    _tasks: dict[str, tuple[AtomFeed, asyncio.Task[None]]] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._keep(group)
                await asyncio.sleep(_LOOK)

    async def _keep(self, group: asyncio.TaskGroup) -> None:
        """A task for each Atom feed; one whose terms changed begins anew."""
        try:
            places = {place.feed_id: place for place in await self._threads.run(self._places)}
        except Exception:  # noqa: BLE001 - a database that is away comes back
            _log.exception("atom_feeds_unknown")
            return
        for name, (before, task) in list(self._tasks.items()):
            if places.get(name) != before:
                task.cancel()
                del self._tasks[name]
        for name, place in places.items():
            if name not in self._tasks:
                self._tasks[name] = (place, group.create_task(self._ask(place)))

    def _places(self) -> list[AtomFeed]:
        found = []
        with self.database.read() as session:
            for feed in session.scalars(select(Feed).order_by(Feed.id)):
                try:
                    place = AtomFeed.of(feed)
                except SegueError:
                    continue  # terms that can't be read
                if place is not None:
                    found.append(place)
        return found

    async def _ask(self, place: AtomFeed) -> None:
        failures = 0
        while True:
            try:
                done = await self._threads.run(self.poller.round, place.feed_id)
                failures = failures + 1 if done.fault else 0
            except Exception:  # noqa: BLE001 - an error of ours must not end the rounds
                _log.exception("atom_round_failed", feed=place.feed_id)
                failures += 1
            await asyncio.sleep(wait_after(place.interval_s or self.interval_s, failures))
