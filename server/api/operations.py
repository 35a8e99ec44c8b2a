"""The table of operations: routes and the OpenAPI document are both made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.auth import Action
from server.api import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel
    from starlette.requests import Request
    from starlette.responses import Response

    from core.auth import Identity
    from server.services.parts import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, judged and validated: who asks, path parameters, and the input model."""

    request: Request
    services: Services
    identity: Identity | None
    path: dict[str, str]
    given: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row.

    Attributes:
        handler: takes a `Call`, those of senders a `server.api.delivering.Sent`.
        action: what it asks `core.auth` for.
        query, body: models of the input; at most one of them.
        answer: model of the answer's JSON, None for an empty answer.
        errors: statuses that it may give besides 401, 403 and 422 where these apply.
        quick: runs in the event loop, so it must not block; others run in a worker thread.
        senders: feeds may ask it too, by their key, about what is their own.
        stores: feeds may ask it whose objects lie in stores, beside those of the HTTP door.
        pushed: clouds ask it by themselves; its handler takes a `server.api.pushing.Push`.
        accepts: media types of a body that the handler reads by itself, as it comes.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[[Any], Any]
    action: Action = Action.BROWSE
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    errors: tuple[int, ...] = ()
    quick: bool = False
    senders: bool = False
    stores: bool = False
    pushed: bool = False
    accepts: tuple[str, ...] = ()
    tags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with something to do to its response, such as setting a cookie."""

    data: Any
    finish: Callable[[Response], None]


__all__ = ["Call", "Operation", "Reply", "models"]
