"""Sends an object: conditional, ranged, HEAD or whole. Plain ASGI, because it is the hot path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.playback.ranges import select

if TYPE_CHECKING:
    from starlette.types import Scope, Send

    from server.playback.hot import HotObject

_ASKED = frozenset({b"range", b"if-none-match", b"if-range"})


async def send_object(scope: Scope, send: Send, item: HotObject, *, kind: str, cache: str) -> None:
    """Answer this request with the object; `kind` is its content type, `cache` its policy."""
    asked = {k.decode(): v.decode("latin-1") for k, v in scope["headers"] if k in _ASKED}
    size = len(item.body)
    answer = select(size, item.etag, asked)
    headers = [
        (b"etag", item.etag.encode()),
        (b"cache-control", cache.encode()),
        (b"accept-ranges", b"bytes"),
    ]
    body = b""
    if answer.status in {200, 206}:
        whole = answer.status == 200
        body = item.body if whole else item.body[answer.start : answer.end]
        headers.append((b"content-type", kind.encode()))
        headers.append((b"content-length", str(answer.end - answer.start).encode()))
    if answer.status == 206:
        span = f"bytes {answer.start}-{answer.end - 1}/{size}"
        headers.append((b"content-range", span.encode()))
    if answer.status == 416:
        headers.append((b"content-range", f"bytes */{size}".encode()))
        headers.append((b"content-length", b"0"))
    if scope["method"] == "HEAD":
        body = b""
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
