"""From the table of senders' operations to routes: who is it, is it their feed, does tus fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import NotFound
from ingest.doors.http import digests, tus
from server.api.audited import written_down
from server.api.delivering import Sent
from server.api.delivering_table import DELIVERING
from server.api.openapi import PREFIX
from server.api.pushing import endpoint as pushed_endpoint
from server.api.tokens import token_endpoint
from server.errors import shape
from server.middleware import no_store
from server.services.senders import peer_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from server.api.operations import Operation
    from server.services.parts import Services
    from server.services.senders import Senders

OWN_BODIES = re.compile(
    rf"{PREFIX}/(?:feeds/[^/]+/(?:files/.*|uploads(?:/[^/]+)?|notices/(?:pubsub|eventgrid))"
    r"|deliveries(?:/validate)?)",
    re.DOTALL,
)
"""Addresses whose bodies are judged as they come, not by the limit of the rest of the API."""

_OVERRIDABLE = frozenset({"PATCH", "DELETE"})


def routes(services: Services) -> list[BaseRoute]:
    """The routes of senders; none without a door."""
    senders = services.senders
    if senders is None:
        return []
    found: list[BaseRoute] = []
    handlers: dict[str, Callable[[Request], Awaitable[Response]]] = {}
    for operation in DELIVERING:
        path = PREFIX + operation.path.replace("{path}", "{path:path}")
        made = pushed_endpoint if operation.pushed else _endpoint
        endpoint = made(operation, senders)
        if "/uploads" in path:
            endpoint = handlers[operation.method + path] = _resumable(endpoint)
        found.append(Route(path, endpoint, methods=[operation.method]))
    found.append(Route(f"{PREFIX}/oauth/token", token_endpoint(senders), methods=["POST"]))
    return [*found, *_uploads(senders, handlers)]


def _endpoint(operation: Operation, senders: Senders) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        async with senders.door.admitted(peer_of(request)):
            login = await senders.login(request, stores=operation.stores)
            lease = await senders.door.session(login, peer_of(request))
            with lease, written_down(lease.trail, request) as outcome:
                if request.path_params.get("feed_id", login.feed_id) != login.feed_id:
                    remedy = "use the feed's own address"
                    raise NotFound("this key opens no such feed", remedy=remedy)
                sent = Sent(request=request, senders=senders, login=login, lease=lease)
                response: Response = await operation.handler(sent)
                outcome.status = response.status_code
        no_store(response.headers)
        return response

    return endpoint


def _resumable(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Both sides speak one version of tus, and say so."""

    async def versioned(request: Request) -> Response:
        if request.headers.get("tus-resumable") != tus.VERSION:
            error = shape("tus_version", "this is tus 1.0.0", "send Tus-Resumable: 1.0.0")
            return JSONResponse(error, 412, headers={"tus-version": tus.VERSION})
        response = await endpoint(request)
        response.headers["tus-resumable"] = tus.VERSION
        return response

    return versioned


def _uploads(
    senders: Senders, handlers: dict[str, Callable[[Request], Awaitable[Response]]]
) -> list[BaseRoute]:
    """What tus asks for beside: its options, and POST in place of methods that a proxy refuses."""
    root = f"{PREFIX}/feeds/{{feed_id}}/uploads"
    one = f"{root}/{{upload_id}}"

    async def options(_request: Request) -> Response:
        return Response(
            status_code=204,
            headers={
                "tus-resumable": tus.VERSION,
                "tus-version": tus.VERSION,
                "tus-extension": tus.EXTENSIONS,
                "tus-max-size": str(senders.door.settings.most),
                "tus-checksum-algorithm": ",".join(digests.CHECKSUMS),
            },
        )

    async def override(request: Request) -> Response:
        wanted = request.headers.get("x-http-method-override", "").upper()
        if wanted not in _OVERRIDABLE:
            return JSONResponse(
                shape("method_wrong", "this address does not take this method"), 405
            )
        return await handlers[wanted + one](request)

    return [
        Route(root, options, methods=["OPTIONS"]),
        Route(one, options, methods=["OPTIONS"]),
        Route(one, override, methods=["POST"]),
    ]
