"""The OpenAPI 3.1 document, made of the table of operations and the models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from core.auth import Action
from server.accounts.sessions import COOKIE
from server.api.models import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel

    from server.api.operations import Operation

PREFIX = "/api/v1"
_REF = "#/components/schemas/{model}"
_SAID = {
    400: "The request makes no sense",
    401: "Nobody is signed in, or name or password is wrong",
    403: "Not allowed; for a play with reason and until",
    404: "No such thing",
    408: "The body took too long to come",
    409: "Its present state does not allow it",
    410: "It has expired",
    412: "The version of tus is not 1.0.0",
    413: "The body is too large",
    415: "The body is of a kind that is not taken",
    422: "The input does not fit",
    423: "Another request of the same feed is at it",
    429: "Too many of them; `retry-after` says when to try again",
    460: "The bytes are not those of the checksum",
    503: "Try again in a moment",
    507: "No space left",
}


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The whole document as plain JSON values."""
    models = sorted(_models(operations), key=lambda model: model.__name__)
    _, schemas = models_json_schema([(m, "validation") for m in models], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        place = paths.setdefault(PREFIX + operation.path, {})
        place[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Segue",
            "version": version,
            "description": "Every error is `{error: {code, message, remedy, …}}`.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "key": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _models(operations: Iterable[Operation]) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = {ErrorAnswer}
    for operation in operations:
        found.update(m for m in (operation.body, operation.answer) if m is not None)
    return found


def _describe(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": list(operation.tags),
        "responses": _responses(operation),
    }
    parameters = [*_path_parameters(operation.path), *_query_parameters(operation.query)]
    if parameters:
        described["parameters"] = parameters
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json(operation.body)}
    if operation.accepts:
        kinds = {kind: {"schema": {"type": "string"}} for kind in operation.accepts}
        described["requestBody"] = {"required": True, "content": kinds}
    if operation.action is not Action.BROWSE:
        described["security"] = _security(operation)
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.action is Action.DELIVER:
        return [{"key": []}]
    return [{"cookie": []}, {"key": []}] if operation.senders else [{"cookie": []}]


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema()
    return [
        {"name": name, "in": "query", "required": False, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _responses(operation: Operation) -> dict[str, Any]:
    good: dict[str, Any] = {"description": operation.summary}
    if operation.answer:
        good["content"] = _json(operation.answer)
    return {str(operation.status): good} | {
        str(status): {"description": _SAID[status], "content": _json(ErrorAnswer)}
        for status in sorted(statuses(operation))
    }


def statuses(operation: Operation) -> set[int]:
    """The error statuses that an operation may give."""
    found = set(operation.errors)
    if operation.action is not Action.BROWSE:
        found |= {401, 403}
    if operation.method != "GET":
        found |= {403, 408, 413}  # asked for by another site; a body too slow or too large
    if operation.query or operation.body:
        found.add(422)
    return found


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}
