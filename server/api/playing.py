"""Plays and their beacons: answered when the spool has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio import to_thread

from server.services.plays import Wanted, player_name

if TYPE_CHECKING:
    from server.api import models, models_playing
    from server.api.operations import Call


async def open_play(call: Call) -> dict[str, Any]:
    given: models_playing.OpenPlay = call.given
    wanted = Wanted(
        release=given.release_id,
        recording=given.recording_id,
        player=given.player or _unnamed(call),
        take_over=given.take_over,
        lasts_s=given.lasts_s,
    )
    opened = await to_thread.run_sync(call.services.plays.open, call.identity, wanted)
    plays = call.services.plays
    call.services.spool.append(plays.heard_by(opened.event, call.identity, *_client(call)))
    return opened.answer


def _client(call: Call) -> tuple[str, str]:
    """Address and user agent."""
    client = call.request.client
    return client.host if client else "", call.request.headers.get("user-agent", "")


def _unnamed(call: Call) -> str:
    return player_name(*_client(call))


async def renew(call: Call) -> dict[str, Any]:
    given: models_playing.Renewal = call.given
    plays = call.services.plays
    grant = plays.renewed(call.identity, call.path["play_id"], given.token)
    await call.services.gate.admit(grant)
    return plays.token_answer(call.path["play_id"], grant)


async def progress(call: Call) -> None:
    given: models.Beacon = call.given
    event = call.services.plays.progressed(
        call.path["play_id"],
        heard_ms=given.heard_ms,
        position_ms=given.position_ms,
        event=given.event,
        seq=given.seq,
        rendition=given.rendition,
    )
    call.services.spool.append(event)
