"""What is answered with an object: conditional, ranged, HEAD or whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from server.playback.ranges import select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope, Send

    from server.playback.hot import HotObject

Header = tuple[bytes, bytes]

ASKED = frozenset({b"range", b"if-none-match", b"if-range"})
_PIECE = 256 * 1024
"""Bytes that are copied at once, on the way that is not the kernel's."""


class Outline(NamedTuple):
    """Status and headers, and the half-open span of the bytes that follow."""

    status: int
    headers: list[Header]
    start: int = 0
    end: int = 0


def asked_of(headers: Iterable[Header]) -> dict[str, str]:
    """What of a request's headers decides on the answer."""
    return {name.decode(): value.decode("latin-1") for name, value in headers if name in ASKED}


def outline(item: HotObject, asked: dict[str, str], said: Iterable[Header]) -> Outline:
    """The answer with this object; `said` is what the caller says of it: type, policy."""
    answer = select(item.size, item.etag, asked)
    headers = [(b"etag", item.etag.encode()), (b"accept-ranges", b"bytes")]
    headers += [one for one in said if answer.status in {200, 206} or one[0] != b"content-type"]
    if answer.status in {200, 206}:
        headers.append((b"content-length", str(answer.end - answer.start).encode()))
    if answer.status == 206:
        span = f"bytes {answer.start}-{answer.end - 1}/{item.size}"
        headers.append((b"content-range", span.encode()))
    if answer.status == 416:
        headers.append((b"content-range", f"bytes */{item.size}".encode()))
        headers.append((b"content-length", b"0"))
    return Outline(answer.status, headers, answer.start, answer.end)


async def send_object(scope: Scope, send: Send, item: HotObject, said: Iterable[Header]) -> None:
    """Answer this request with the object."""
    with item:
        found = outline(item, asked_of(scope["headers"]), said)
        await send(
            {"type": "http.response.start", "status": found.status, "headers": found.headers}
        )
        at, end = found.start, found.end if scope["method"] == "GET" else found.start
        while end - at > _PIECE:
            body = item.read(at, at + _PIECE)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            at += _PIECE
        await send({"type": "http.response.body", "body": item.read(at, end)})
