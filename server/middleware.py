"""What every request passes: request id, access log, body limit, origin check, headers.

Plain ASGI, not BaseHTTPMiddleware: segments go through here thousands of times a second.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from anyio import current_time, fail_after, to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from server.errors import BodyTooLarge, BodyTooSlow, CrossSite, body_of, headers_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_HEADERS = (
    ("content-security-policy", CONTENT_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MEDIA = "/m/"
_TOKEN = re.compile(r"^/m/[^/]+")
_KEY = re.compile(r"(?i)segue_[0-9a-z_-]{16,}")


async def send_error(error: Exception, send: Send) -> None:
    """Answer with the one JSON shape, from outside of the routes."""
    body = json.dumps(body_of(error)).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    raw = [(k.encode(), v.encode()) for k, v in {**headers, **headers_of(error)}.items()]
    await send({"type": "http.response.start", "status": status_of(error)[0], "headers": raw})
    await send({"type": "http.response.body", "body": body})


class Envelope:
    """Outermost: gives the request its id, adds our headers, writes one log line.

    Successful media answers are not logged (one each few seconds per listener); media tokens
    never are. An error that nobody foresaw is logged with the request id and answered here.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        failed: Callable[[Request, Exception], Response],
        https: bool = False,
    ) -> None:
        self.app = app
        self._failed = failed
        extra = (("strict-transport-security", "max-age=31536000"),) if https else ()
        self._headers = [(k.encode(), v.encode()) for k, v in _HEADERS + extra]
        self._log = structlog.get_logger("segue.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        seen: dict[str, Any] = {"status": 0, "bytes": 0}
        began = time.perf_counter()

        async def outward(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                message["headers"] = [*message["headers"], *self._extra(message, request_id)]
            else:
                seen["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, outward)
        except Exception as wrong:  # noqa: BLE001 - the last place that can answer
            self._log.exception("request_failed", id=request_id, path=_shown(scope["path"]))
            if not seen["status"]:
                answer = await to_thread.run_sync(self._failed, Request(scope), wrong)
                await answer(scope, receive, outward)
        finally:
            self._tell(scope, request_id, seen, began)

    def _extra(self, message: Message, request_id: str) -> list[tuple[bytes, bytes]]:
        present = {name.lower() for name, _ in message["headers"]}
        ours = [(name, value) for name, value in self._headers if name not in present]
        return [*ours, (b"x-request-id", request_id.encode())]

    def _tell(self, scope: Scope, request_id: str, seen: dict[str, Any], began: float) -> None:
        if scope["path"].startswith(_MEDIA) and 0 < seen["status"] < 400:
            return
        self._log.info(
            "request",
            id=request_id,
            method=scope["method"],
            path=_shown(scope["path"]),
            status=seen["status"],
            bytes=seen["bytes"],
            ms=round((time.perf_counter() - began) * 1000, 1),
            client=(scope.get("client") or ("",))[0],
        )


def _shown(path: str) -> str:
    """The path without what opens doors: media tokens, and API keys put there by mistake.

    >>> _shown("/api/v1/feeds/segue_0588d673a0c8_" + "x" * 43 + "/files/a.wav")
    '/api/v1/feeds/segue_-/files/a.wav'
    """
    return _KEY.sub("segue_-", _TOKEN.sub("/m/-", path))[:200]


class OriginCheck:
    """Refuses changes that a page of another site asked the browser for (CSRF).

    Browsers say where a POST comes from in `Sec-Fetch-Site` and `Origin`; a client that sends
    neither is no browser and carries no cookie by accident. Only the host is compared: behind a
    proxy that ends TLS the scheme differs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            headers = Headers(scope=scope)
            if not same_site(headers):
                problem = CrossSite(
                    "this change was asked for by a page of another site",
                    remedy="send it from a page of this server",
                )
                await send_error(problem, send)
                return
        await self.app(scope, receive, send)


def same_site(headers: Headers) -> bool:
    """Whether a page of ours asked, or no browser at all."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None and fetch_site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return bool(urlsplit(origin).netloc) and urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False


class _Refused(Exception):
    """The body went past a limit while it was read; carries what to answer."""


class BodyLimit:
    """Refuses bodies over `limit` bytes, declared or found while reading, or over `seconds`.

    Addresses that `free` matches judge their own bodies (uploads).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limit: int = 64_000,
        seconds: float = 15,
        free: re.Pattern[str] | None = None,
    ) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds
        self.free = free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        safe = scope["type"] != "http" or scope["method"] in _SAFE
        if safe or (self.free and self.free.fullmatch(scope["path"])):
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > self.limit:
            await send_error(self._too_large(), send)
            return
        await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen, more, started = 0, True, False
        due = current_time() + self.seconds

        async def inward() -> Message:
            nonlocal seen, more
            if not more:
                return await receive()  # waits for the client to go away
            try:
                with fail_after(due - current_time()):
                    message = await receive()
            except TimeoutError as wrong:
                raise _Refused(self._too_slow()) from wrong
            seen, more = seen + len(message.get("body", b"")), message.get("more_body", False)
            if seen > self.limit:
                raise _Refused(self._too_large())
            return message

        async def outward(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, inward, outward)
        except _Refused as refused:
            if not started:
                await send_error(refused.args[0], send)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"the body is larger than {self.limit} bytes", remedy="send less in one request"
        )

    def _too_slow(self) -> BodyTooSlow:
        return BodyTooSlow(
            f"the body did not come within {self.seconds:.0f} seconds", remedy="send it again"
        )


def no_store(headers: MutableHeaders) -> None:
    """Mark an answer as personal and not to be kept."""
    headers["cache-control"] = "private, no-store"
