"""Beacons, answered before they become requests of the application.

A listener sends one every few seconds, so a beacon pays for what it needs alone: its origin, its
shape, the mark of its play id, one write. What is not plainly right goes the common way, which says
what is wrong with it; like media, a beacon that was taken is not logged.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.datastructures import Headers

from core.errors import SegueError
from server.api.models import Beacon
from server.middleware import same_site

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from server.services.plays import Plays
    from server.usage.spool import Spool

_PATH = re.compile(r"/api/v1/plays/([A-Za-z0-9._-]{39})/progress")
_MOST = 1_000
_PATIENCE_S = 10.0
_SITE = frozenset({b"origin", b"sec-fetch-site"})
_START: Message = {
    "type": "http.response.start",
    "status": 204,
    "headers": [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")],
}
_END: Message = {"type": "http.response.body", "body": b""}


class Beacons:
    """Outermost: takes what is plainly a beacon, passes on all else."""

    def __init__(self, app: ASGIApp, *, plays: Plays, spool: Spool) -> None:
        self.app = app
        self._plays = plays
        self._spool = spool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        found = _PATH.fullmatch(scope["path"])
        if found is None:
            await self.app(scope, receive, send)
            return
        message = await _within(receive, _PATIENCE_S)
        if message is None:
            await self.app(scope, receive, send)
            return
        if self._take(found[1], scope, message):
            await send(_START)
            await send(_END)
            return
        await self.app(scope, _again(message, receive), send)

    def _take(self, play: str, scope: Scope, message: Message) -> bool:
        """Whether it is in the spool now."""
        body = message.get("body", b"")
        if message.get("more_body") or len(body) > _MOST or not _ours(scope):
            return False
        try:
            said = Beacon.model_validate_json(body, strict=True)
            self._spool.append(
                self._plays.progressed(
                    play,
                    heard_ms=said.heard_ms,
                    position_ms=said.position_ms,
                    event=said.event,
                    seq=said.seq,
                    rendition=said.rendition,
                )
            )
        except (ValidationError, SegueError):
            return False
        return True


async def _within(receive: Receive, seconds: float) -> Message | None:
    """What comes in time; `asyncio.timeout` does this at five times the price."""
    late: list[bool] = []
    task = asyncio.current_task()

    def end() -> None:
        late.append(True)
        if task is not None:
            task.cancel()

    timer = asyncio.get_running_loop().call_later(seconds, end)
    try:
        return await receive()
    except asyncio.CancelledError:
        if not late or task is None:
            raise
        task.uncancel()
        return None
    finally:
        timer.cancel()


def _ours(scope: Scope) -> bool:
    """Whether no page of another site asks."""
    for name, _ in scope["headers"]:
        if name in _SITE:
            return same_site(Headers(scope=scope))
    return True


def _again(first: Message, receive: Receive) -> Receive:
    """The messages from the beginning."""
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
