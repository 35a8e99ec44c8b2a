"""What is answered with an object: conditional, ranged, HEAD or whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from server.playback.hot import SLICE
from server.playback.ranges import select
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope, Send

    from server.playback.hot import HotObject, HotObjects, Measure

Header = tuple[bytes, bytes]

ASKED = frozenset({b"range", b"if-none-match", b"if-range", b"if-match"})
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


def outline(item: HotObject | Measure, asked: dict[str, str], said: Iterable[Header]) -> Outline:
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
    if answer.status in {412, 416}:
        headers.append((b"content-length", b"0"))
    return Outline(answer.status, headers, answer.start, answer.end)


async def send_object(scope: Scope, send: Send, item: HotObject, said: Iterable[Header]) -> None:
    """Answer this request with the object."""
    with item:
        at, end = await _begin(scope, send, item, said)
        while end - at > _PIECE:
            body = item.read(at, at + _PIECE)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            at += _PIECE
        await send({"type": "http.response.body", "body": item.read(at, end)})


async def send_sliced(
    scope: Scope, send: Send, hot: HotObjects, key: str, said: Iterable[Header]
) -> None:
    """Answer with a large object that is not held as a whole: only what is asked for is fetched.

    Raises:
        storage.store.ObjectAbsent: there is none.
    """
    measure = await hot.measure(key)
    at, end = await _begin(scope, send, measure, said)
    while at < end:
        number, skipped = divmod(at, SLICE)
        with await hot.slice(key, number, measure.size) as item:
            body = item.read(skipped, min(item.size, skipped + end - at))
        if not body:
            raise ObjectAbsent(key)  # it was cut meanwhile
        at += len(body)
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _begin(
    scope: Scope, send: Send, item: HotObject | Measure, said: Iterable[Header]
) -> tuple[int, int]:
    """Send the head; returns the span of the bytes that belong behind it."""
    asked = asked_of(scope["headers"])
    reads = scope["method"] == "GET"
    if not reads:  # ranges are of GET alone: RFC 9110, 14.2
        asked.pop("range", None)
    found = outline(item, asked, said)
    await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
    return found.start, found.end if reads else found.start
