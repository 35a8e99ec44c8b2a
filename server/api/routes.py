"""From the table of operations to routes: judge, validate, call, answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.auth import Action, Identity, Role
from server.api.delivering_table import DELIVERING
from server.api.openapi import PREFIX, document
from server.api.operations import Call, Operation, Reply
from server.api.table import OPERATIONS
from server.errors import InputInvalid
from server.middleware import no_store
from server.services.senders import bearer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from server.services.parts import Services


def routes(services: Services, version: str) -> list[BaseRoute]:
    """All routes of `/api/v1`, the document included."""
    described = document((*OPERATIONS, *(DELIVERING if services.senders else ())), version)

    def openapi(_request: Request) -> Response:
        return JSONResponse(described)

    found: list[BaseRoute] = [Route(f"{PREFIX}/openapi.json", openapi, methods=["GET"])]
    for operation in OPERATIONS:
        endpoint = _endpoint(operation, services)
        found.append(Route(PREFIX + operation.path, endpoint, methods=[operation.method]))
    return found


def _endpoint(operation: Operation, services: Services) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        given = await _given(operation, request)
        if operation.senders and services.senders and bearer(request):
            login = await services.senders.login(request)
            sender = Identity(id=login.feed_id, name=login.name, role=Role.FEED)
            call = _call(request, services, sender, given)
            return await to_thread.run_sync(lambda: _respond(operation, operation.handler(call)))
        if operation.quick:
            call = _call(request, services, await _who(operation, request, services), given)
            return _respond(operation, await operation.handler(call))
        return await to_thread.run_sync(_blocking, operation, request, services, given)

    return endpoint


def _blocking(
    operation: Operation, request: Request, services: Services, given: BaseModel | None
) -> Response:
    identity = services.visitors.require(request, operation.action)
    return _respond(operation, operation.handler(_call(request, services, identity, given)))


async def _who(operation: Operation, request: Request, services: Services) -> Identity | None:
    """A beacon is judged by its play id alone, so that it costs no look into the database."""
    if operation.action is Action.BROWSE:
        return None
    return await to_thread.run_sync(services.visitors.require, request, operation.action)


def _call(
    request: Request, services: Services, identity: Identity | None, given: BaseModel | None
) -> Call:
    return Call(
        request=request,
        services=services,
        identity=identity,
        path={key: str(value) for key, value in request.path_params.items()},
        given=given,
    )


async def _given(operation: Operation, request: Request) -> BaseModel | None:
    """The validated input.

    Raises:
        InputInvalid: it does not fit the model.
    """
    try:
        if operation.query:
            return operation.query.model_validate(dict(request.query_params))
        if operation.body:
            return operation.body.model_validate(_object(await request.body()), strict=True)
    except ValidationError as wrong:
        raise InputInvalid(
            [
                {"place": ".".join(str(part) for part in e["loc"]) or "input", "problem": e["msg"]}
                for e in wrong.errors(include_url=False, include_context=False)
            ]
        ) from wrong
    return None


def _object(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON it is, the model judges it
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as wrong:
        problem = "this is not JSON" if body else "it is empty"
        raise InputInvalid([{"place": "body", "problem": problem}]) from wrong


def _respond(operation: Operation, result: Any) -> Response:  # noqa: ANN401 - any answer
    data = result.data if isinstance(result, Reply) else result
    response = (
        Response(status_code=operation.status)
        if operation.status == 204
        else JSONResponse(data, status_code=operation.status)
    )
    no_store(response.headers)
    if isinstance(result, Reply):
        result.finish(response)
    return response
