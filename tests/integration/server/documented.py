"""Every answer of the API that any test hears is held to what the document says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server.api.table import OPERATIONS

if TYPE_CHECKING:
    import httpx2

    from server.api.operations import Operation

SHAPES = [
    (
        operation.method,
        re.compile("/api/v1" + re.sub(r"\{\w+\}", "[^/]+", operation.path)),
        operation,
    )
    for operation in sorted(OPERATIONS, key=lambda one: one.path.count("{"))
]


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that answers there; words of a path go before its parameters."""
    found = (one for asked, shape, one in SHAPES if asked == method and shape.fullmatch(path))
    return next(found, None)


def as_documented(answer: httpx2.Response) -> None:
    """For a client's `event_hooks`: fails where a good answer is not of its operation's shape."""
    request = answer.request
    operation = operation_of(request.method, request.url.path)
    if operation is None or operation.answer is None or answer.status_code != operation.status:
        return
    answer.read()
    operation.answer.model_validate(answer.json())
