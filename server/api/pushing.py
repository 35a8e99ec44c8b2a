"""What clouds post by themselves when objects are new: Google's Pub/Sub, Azure's Event Grid.

They come from addresses that they share with all of their customers, so a wrong proof bans nobody:
a token is signed, a key is 32 random bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anyio import fail_after, to_thread
from pydantic import Field
from starlette.responses import JSONResponse, Response

from core.auth import Action
from core.errors import Unavailable
from ingest.watchers import pushed
from ingest.watchers.events import EventUnreadable
from server.api import models_stores as shapes
from server.api.closed import Closed
from server.api.operations import Operation
from server.errors import BodyTooLarge, BodyTooSlow, InputInvalid, KeyRequired
from server.middleware import no_store
from server.services.senders import bearer, peer_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from ingest.doors.common.ports import FeedLogin
    from server.services.senders import Senders
    from server.services.stores import Stores

_MOST = 2 << 20
"""Bytes; Event Grid batches 1 MB at most."""
_SECONDS = 15.0
_ORIGIN, _RATE = "webhook-request-origin", "webhook-request-rate"


class GridKey(Closed):
    """How Event Grid proves whom it speaks for."""

    key: str = Field(default="", max_length=200, description="The feed's API key.")


@dataclass(frozen=True, slots=True)
class Push:
    """A request of a cloud, which has proven nothing yet."""

    request: Request
    stores: Stores


async def take_pubsub(push: Push) -> Response:
    request, stores = push.request, push.stores
    login = await to_thread.run_sync(stores.pushed, _feed(request), bearer(request))
    if login is None:
        raise KeyRequired(
            "no valid token of the feed's Pub/Sub account came with this request",
            remedy="let the subscription push with authentication; the feed's terms "
            "watch.push_account and watch.push_audience have to be its account and audience",
        )
    notices = _read(pushed.of_pubsub, await _json(request))
    return JSONResponse(await to_thread.run_sync(stores.told, login.feed_id, notices), 202)


async def take_event_grid(push: Push) -> Response:
    request, stores = push.request, push.stores
    login = await _keyed(request, stores)
    grid = _read(pushed.of_event_grid, await _json(request))
    if grid.code:
        return JSONResponse({"validationResponse": grid.code})
    return JSONResponse(await to_thread.run_sync(stores.told, login.feed_id, grid.notices), 202)


async def allow_event_grid(push: Push) -> Response:
    """The handshake of CloudEvents' webhooks, clause 4: yes, this origin may post here."""
    request, stores = push.request, push.stores
    await _keyed(request, stores)
    origin = request.headers.get(_ORIGIN, "")
    if not origin:
        raise InputInvalid([{"place": _ORIGIN, "problem": "the handshake names who asks"}])
    headers = {"webhook-allowed-origin": origin, "allow": "OPTIONS, POST"}
    if _RATE in request.headers:
        headers["webhook-allowed-rate"] = request.headers[_RATE]
    return Response(status_code=200, headers=headers)


def endpoint(operation: Operation, senders: Senders) -> Callable[[Request], Awaitable[Response]]:
    """The route of one of these operations."""

    async def answer(request: Request) -> Response:
        async with senders.door.admitted(peer_of(request)):
            if senders.stores is None:
                raise Unavailable("nothing here looks into stores", remedy="ask the operator")
            response: Response = await operation.handler(Push(request, senders.stores))
        no_store(response.headers)
        return response

    return answer


async def _keyed(request: Request, stores: Stores) -> FeedLogin:
    """The feed of the key in the address, which is where Event Grid can carry one."""
    key = request.query_params.get("key", "") or bearer(request)
    judge = stores.keys.authenticate_api_key
    login = await to_thread.run_sync(judge, key, peer_of(request)) if key else None
    if login is None or login.feed_id != _feed(request):
        raise KeyRequired(
            "no valid API key of this feed came with this request",
            remedy="end the address of the event subscription with ?key= and the feed's API key",
        )
    return login


def _feed(request: Request) -> str:
    return str(request.path_params["feed_id"])


async def _json(request: Request) -> Any:  # noqa: ANN401 - JSON
    data = b""
    try:
        with fail_after(_SECONDS):
            async for piece in request.stream():
                data += piece
                if len(data) > _MOST:
                    raise BodyTooLarge(f"the body is larger than {_MOST} bytes")
    except TimeoutError:
        raise BodyTooSlow(f"the body did not come within {_SECONDS:.0f} seconds") from None
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise InputInvalid([{"place": "body", "problem": "this is not JSON"}]) from wrong


def _read(how: Callable[[Any], Any], body: Any) -> Any:  # noqa: ANN401 - JSON
    try:
        return how(body)
    except EventUnreadable as wrong:
        raise InputInvalid([{"place": "body", "problem": str(wrong)}]) from wrong


PUSHING: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/feeds/{feed_id}/notices/pubsub",
        name="takePubSub",
        summary="Google's Pub/Sub pushes notifications of Cloud Storage here, with a token of the "
        "feed's `watch.push_account`",
        handler=take_pubsub,
        action=Action.DELIVER,
        accepts=("application/json",),
        answer=shapes.Taken,
        status=202,
        errors=(409, 422, 503),
        tags=("delivering",),
        pushed=True,
    ),
    Operation(
        method="POST",
        path="/feeds/{feed_id}/notices/eventgrid",
        name="takeEventGrid",
        summary="Azure's Event Grid posts events of blobs here, in its own schema or as "
        "CloudEvents; a validation event is answered by 200 and its code",
        handler=take_event_grid,
        action=Action.DELIVER,
        query=GridKey,
        accepts=("application/json", "application/cloudevents+json"),
        answer=shapes.Taken,
        status=202,
        errors=(409, 503),
        tags=("delivering",),
        pushed=True,
    ),
    Operation(
        method="OPTIONS",
        path="/feeds/{feed_id}/notices/eventgrid",
        name="allowEventGrid",
        summary="The handshake of CloudEvents: WebHook-Request-Origin in, WebHook-Allowed-Origin "
        "out",
        handler=allow_event_grid,
        action=Action.DELIVER,
        query=GridKey,
        status=200,
        tags=("delivering",),
        pushed=True,
    ),
)
