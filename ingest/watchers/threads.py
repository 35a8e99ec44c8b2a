"""Blocking work in threads that no stop of the process waits for: what they do may be cut at any
moment, and a store that never answers must not keep the service from stopping."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made")


class Threads:
    """One thread for each piece of work; many of them only wait."""

    def __init__(self) -> None:
        self._alive: set[threading.Thread] = set()

    @property
    def busy(self) -> bool:
        """Whether one is still at work."""
        return any(thread.is_alive() for thread in list(self._alive))

    async def run(self, work: Callable[..., Made], *given: object) -> Made:
        """Do it and wait for what comes of it. Cancelled, it goes on unheard."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Made] = loop.create_future()

        def target() -> None:
            try:
                result = work(*given)
            except Exception as error:  # noqa: BLE001 - handed to who waits
                _later(loop, _fail, future, error)
            else:
                _later(loop, _finish, future, result)
            finally:
                self._alive.discard(thread)

        thread = threading.Thread(target=target, name="watch", daemon=True)
        self._alive.add(thread)
        thread.start()
        return await future


class Pool:
    """A few threads for requests under way at once; started when they are needed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._todo: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[object, ...]] | None]
        self._todo = SimpleQueue()
        self._started = 0

    def submit(self, work: Callable[..., Made], *given: object) -> Future[Made]:
        """What comes of the work, later."""
        future: Future[Made] = Future()
        self._todo.put((future, work, given))
        if self._started < self._size:
            self._started += 1
            threading.Thread(target=self._serve, name="watch-fetch", daemon=True).start()
        return future

    def close(self) -> None:
        """Begin nothing more; what is under way ends unheard."""
        with suppress(Empty):
            while True:
                self._todo.get_nowait()
        for _ in range(self._started):
            self._todo.put(None)

    def _serve(self) -> None:
        while (job := self._todo.get()) is not None:
            future, work, given = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work(*given))
            except Exception as error:  # noqa: BLE001 - handed to who waits
                future.set_exception(error)


def _later(loop: asyncio.AbstractEventLoop, what: Callable[..., None], *given: object) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(what, *given)


def _finish(future: asyncio.Future[Made], result: Made) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Made], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
