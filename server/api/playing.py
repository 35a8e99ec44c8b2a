"""Plays and their beacons: answered only when the spool has them on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio import to_thread

if TYPE_CHECKING:
    from server.api import models
    from server.api.operations import Call


async def open_play(call: Call) -> dict[str, Any]:
    given: models.OpenPlay = call.given
    plays = call.services.plays
    opened = await to_thread.run_sync(
        plays.open, call.identity, given.release_id, given.recording_id
    )
    await call.services.spool.append(opened.event)
    return opened.answer


async def progress(call: Call) -> None:
    given: models.Beacon = call.given
    event = call.services.plays.progressed(
        call.path["play_id"],
        heard_ms=given.heard_ms,
        position_ms=given.position_ms,
        event=given.event,
        seq=given.seq,
    )
    await call.services.spool.append(event)
