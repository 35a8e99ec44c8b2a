"""Operations on usage: plays told afterwards, and figures for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.auth import Action
from server.api import models_usage
from server.api.operations import Call, Operation
from server.errors import SignInRequired
from server.services.scrobbles import Scrobble, Sender

if TYPE_CHECKING:
    from server.services.scrobbles import Taken


def scrobble(call: Call) -> dict[str, Any]:
    given: models_usage.Scrobbled = call.given
    if call.identity is None:
        raise SignInRequired("plays are told for an account", remedy="sign in")
    client = call.request.client
    sender = Sender(
        identity=call.identity,
        address=client.host if client else "",
        agent=call.request.headers.get("user-agent", ""),
        clock=given.client_time,
    )
    plays = [
        Scrobble(
            id=each.id, release=each.release_id, recording=each.recording_id,
            started_at=each.started_at, heard_ms=each.heard_ms, ended=each.ended,
        )
        for each in given.plays
    ]  # fmt: skip
    taken = call.services.scrobbles.take(sender, plays)
    if events := [event for each in taken for event in each.events]:
        call.services.spool.append(*events)
    return {"plays": [_told(each) for each in taken]}


def _told(taken: Taken) -> dict[str, Any]:
    return {
        "id": taken.id,
        "play_id": taken.play_id,
        "accepted": not taken.code,
        "code": taken.code,
        "message": taken.message,
    }


def read_usage(call: Call) -> dict[str, Any]:
    given: models_usage.UsageRange = call.given
    return call.services.usage.show(
        given.first, given.last, feed=given.feed, territory=given.territory
    )


def read_quarantine(call: Call) -> dict[str, Any]:
    given: models_usage.UsageRange = call.given
    return call.services.usage.quarantine(
        given.first, given.last, feed=given.feed, territory=given.territory
    )


def decide(call: Call) -> dict[str, Any]:
    given: models_usage.PlaysDecided = call.given
    by = f"operator: {call.identity.name if call.identity else ''}"
    decided = call.services.usage.decide(given.plays, given.verdict, given.reason, by)
    return {"decided": decided}


USAGE: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/scrobbles",
        name="scrobble",
        summary="Tell plays that were heard without us, with their own times; safe to repeat",
        handler=scrobble,
        action=Action.PLAY,
        body=models_usage.Scrobbled,
        answer=models_usage.ScrobbleAnswer,
        errors=(400, 429, 507),
        tags=("playing",),
    ),
    Operation(
        method="GET",
        path="/usage",
        name="readUsage",
        summary="Plays, listeners, completion, territories and their trend over a range of days",
        handler=read_usage,
        action=Action.OPERATE,
        query=models_usage.UsageRange,
        answer=models_usage.UsageFigures,
        errors=(400,),
        tags=("operator",),
    ),
    Operation(
        method="GET",
        path="/usage/quarantine",
        name="listQuarantine",
        summary="Plays in quarantine with their reasons, the newest hundred of a range of days",
        handler=read_quarantine,
        action=Action.OPERATE,
        query=models_usage.UsageRange,
        answer=models_usage.Quarantine,
        errors=(400,),
        tags=("operator",),
    ),
    Operation(
        method="POST",
        path="/usage/verdicts",
        name="decideOnPlays",
        summary="Let an operator's verdict stand for plays of closed days",
        handler=decide,
        action=Action.OPERATE,
        body=models_usage.PlaysDecided,
        answer=models_usage.VerdictTaken,
        errors=(400, 404, 409),
        tags=("operator",),
    ),
)
