"""What has to be done again and again beside serving: each task by its own interval."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from ingest import fallen, feed_overdue, housekeeping, pipeline, spares
from server.books import open_books
from server.services.indexing import catch_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.doors.http import HttpDoor
    from server.books import Books
    from server.defence import Defence
    from server.wiring import Engine

_log = structlog.get_logger("segue.caretaker")


class Caretaker:
    """Enqueues what waits, imports usage, keeps search in step, opens street dates, tidies."""

    def __init__(self, engine: Engine, http: HttpDoor, defence: Defence) -> None:
        local = engine.local
        keep = local.settings.sftp
        told = bool(local.settings.webhooks.url)
        books = open_books(local)
        self._tasks: tuple[tuple[str, float, Callable[[], object]], ...] = (
            (
                "deliveries",
                1.0,
                lambda: pipeline.enqueue_received(engine.work, local.database),
            ),
            ("incomplete deliveries", 1.0, engine.inbox_clock.round),
            (
                "answers",
                60.0,
                lambda: pipeline.enqueue_unanswered(engine.work, engine.parts),
            ),
            (
                "fallen deliveries",
                60.0,
                lambda: fallen.pick_up(local.database, local.clock, engine.work),
            ),
            *defence.tasks(),
            ("uses", 10.0, local.uses.flush),
            (
                "overdue",
                30.0,
                lambda: feed_overdue.tell(local.database, local.clock, operators=told),
            ),
            ("usage", 1.0, books.load),
            *_bookkeeping(books, closes=local.settings.usage.close),
            ("follow-ups", 2.0, engine.follow_ups.round),
            ("messengers", 2.0, engine.messengers.round),
            ("old messages", 3600.0, engine.messengers.sweep),
            ("encodings", 5.0, engine.encodings.round),
            (
                "spare encodings",
                3600.0,
                lambda: spares.sweep(
                    engine.parts, timedelta(hours=local.settings.media.keep_spare_hours)
                ),
            ),
            ("search", 2.0, lambda: catch_up(engine.indexer, local.database)),
            ("street dates", 10.0, lambda: housekeeping.turn_of_the_clock(engine.parts)),
            (
                "old files",
                600.0,
                lambda: (
                    housekeeping.remove_old(
                        engine.parts,
                        partial_hours=keep.keep_partial_hours,
                        refused_days=keep.keep_refused_days,
                    ),
                    http.sweep(),
                ),
            ),
        )

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, seconds, task in self._tasks:
                group.create_task(_again(name, seconds, task))


def _bookkeeping(books: Books, *, closes: bool) -> list[tuple[str, float, Callable[[], object]]]:
    """Closing of days, where the service does it, and what is forgotten after a while."""
    return [
        *([("days of usage", 60.0, books.close_due)] if closes else []),
        ("old plays", 3600.0, books.sweep),
    ]


async def _again(name: str, seconds: float, task: Callable[[], object]) -> None:
    """A failed round is logged and tried again at the next."""
    while True:
        try:
            await asyncio.to_thread(task)
        except Exception:  # noqa: BLE001 - one bad round must not end the others
            _log.exception("round_failed", task=name)
        await asyncio.sleep(seconds)
