"""The web application: routes, middleware, error answers, health, and the server that runs it."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

import uvicorn
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from core.errors import Conflict, SegueError
from ingest.doors.common.refusals import Refused
from server.api.beacons import Beacons
from server.api.delivering_routes import OWN_BODIES, routes as delivering_routes
from server.api.routes import routes as api_routes
from server.connection import HEAD_S, connections
from server.errors import MESSAGES, SignInRequired, body_of, headers_of, shape, status_of
from server.middleware import BodyLimit, Envelope, OriginCheck
from server.services.parts import Parts, Services, assemble
from server.stream.quick import quick_connections
from server.stream.routes import media_of, routes as stream_routes
from server.stream.sharing import Sharing
from server.web.ports import PageParts
from server.web.routes import error_page, routes as page_routes
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from typing import Any

    from starlette.requests import Request
    from starlette.types import ASGIApp

__all__ = ["BoundServer", "Parts", "create_app", "serve_web"]

_PROGRAMS = ("/api/", "/m/", "/art/", "/healthz", "/readyz", "/static/")
GRACE_S = 5
KEEP_ALIVE_S = 30


def create_app(parts: Parts) -> Starlette:
    """The application; it holds a spool file open until its lifespan ends."""
    services = assemble(parts)
    media = media_of(services, parts.way, Sharing(frozenset(o.encode() for o in parts.origins)))
    pages = _pages(parts, services)
    on_error = _on_error(pages)
    application = Starlette(
        routes=[
            *stream_routes(services, media),
            *delivering_routes(services),
            *api_routes(services, version("segue")),
            Route("/healthz", _alive),
            Route("/readyz", _readiness(parts)),
            *page_routes(pages),
        ],
        middleware=[
            Middleware(Beacons, plays=services.plays, spool=services.spool),
            Middleware(Envelope, https=parts.https, failed=on_error),
            Middleware(BodyLimit, free=OWN_BODIES),
            Middleware(OriginCheck),
        ],
        exception_handlers={
            SegueError: on_error,
            Refused: on_error,
            ObjectAbsent: on_error,
            HTTPException: _on_http(pages),
        },
        lifespan=_lifespan(services),
    )
    application.router.redirect_slashes = False  # it would trust the Host header
    application.state.quick = media.quick
    return application


def _pages(parts: Parts, services: Services) -> PageParts:
    return PageParts(
        catalogue=services.shelves,
        desk=services.desk,
        sessions=services.visitors,
        chronicle=services.chronicle,
        static_folder=parts.static_folder,
        manifest=parts.manifest,
        sftp=parts.sftp,
        clock=parts.clock,
        feeds=parts.feeds,
        sheet=parts.sheet,
        watch=services.watch,
        royalties=services.royalties,
        reports=services.reports,
        usage=services.usage,
        encodings=parts.encodings,
    )


def _lifespan(services: Services) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        services.spool.close()
        services.hot.close()

    return lifespan


# ---- error answers: JSON for programs, pages for people


def _on_error(pages: PageParts) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        status, _ = status_of(error)
        headers = headers_of(error)
        if request.url.path.startswith(_PROGRAMS):
            return JSONResponse(body_of(error), status, headers=headers)
        if isinstance(error, SignInRequired) and request.method == "GET":
            return RedirectResponse("/sign-in", status_code=303, headers=headers)
        said = error.message if isinstance(error, SegueError) else ""
        return _page(pages, request, status, said, headers)

    return answer


def _on_http(pages: PageParts) -> Callable[[Request, Exception], Response]:
    """What the router says: no such address, wrong method, unreadable form."""

    def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(getattr(error, "headers", None) or {})
        if request.url.path.startswith(_PROGRAMS):
            code, message = MESSAGES.get(status, ("bad_request", "this can't be answered"))
            return JSONResponse(shape(code, message), status, headers=headers)
        return _page(pages, request, status, "", headers)

    return answer


def _page(
    pages: PageParts, request: Request, status: int, said: str, headers: dict[str, str]
) -> Response:
    response = error_page(pages, request, status, said)
    response.headers.update(headers)
    return response


# ---- health


def _alive(_request: Request) -> Response:
    return JSONResponse({"ok": True})


def _readiness(parts: Parts) -> Callable[[Request], Response]:
    def ready(_request: Request) -> Response:
        missing = [*parts.ready(), *_database(parts)]
        return JSONResponse(
            {"ok": not missing, "waiting_for": missing},
            status_code=503 if missing else 200,
            headers={"cache-control": "no-store"},
        )

    return ready


def _database(parts: Parts) -> list[str]:
    try:
        with parts.database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return ["database"]
    return []


# ---- the server


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals to who runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _connections(app: ASGIApp, patience: float) -> type[asyncio.Protocol]:
    """An application of ours answers media before they become requests."""
    quick = getattr(app.state, "quick", None) if isinstance(app, Starlette) else None
    return quick_connections(patience, quick) if quick else connections(patience)


class BoundServer:
    """Listens already; `port` is the real one. Run `serve` in a TaskGroup, end it by `stop`."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        patience: float,
        proxies: Sequence[str],
        idle: int = KEEP_ALIVE_S,
    ) -> None:
        self._listener = listener
        self.host, self.port = listener.getsockname()[:2]
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_connections(app, patience),
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=list(proxies),
                timeout_keep_alive=idle,
                timeout_graceful_shutdown=GRACE_S,
            )
        )

    async def serve(self) -> None:
        """Serve until `stop`, or until cancelled; requests under way get five seconds."""
        try:
            await self._server.serve(sockets=[self._listener])
        except asyncio.CancelledError:
            if self._server.started:
                await self._server.shutdown(sockets=[self._listener])
            raise
        finally:
            self._listener.close()

    def stop(self) -> None:
        """Take no more requests and end `serve`."""
        self._server.should_exit = True


def serve_web(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    patience: float = HEAD_S,
    proxies: Sequence[str] = (),
    idle: int = KEEP_ALIVE_S,
) -> BoundServer:
    """Bind the address; port 0 takes a free one. The event loop should be uvloop's.

    `patience` is how many seconds the head of a request may take, `idle` how many a connection may
    be silent between requests; `proxies` are those whose
    X-Forwarded-For is believed.

    Raises:
        Conflict: the address is taken or is none of ours.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as wrong:
        raise Conflict(
            f"can't listen on {host}:{port}: {wrong.strerror or wrong}",
            remedy="set web.host and web.port",
        ) from wrong
    return BoundServer(app, listener, patience, proxies, idle)
