"""The pages on a made-up catalogue with real HLS: for the browser tests and for drawing.

python -m tests.e2e.player.dev_app 8080 [empty]
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import player
from core.clock import ManualClock
from server.web.ports import PageParts
from server.web.routes import error_page, routes
from tests.e2e.player import catalogue as made
from tests.e2e.player.capture import EAR, RECORDER
from tests.e2e.player.covers import draw
from tests.e2e.player.media import transcode
from tests.e2e.player.world import Doorman, Office, Shop, World

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
    "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; base-uri 'none'"
)


class Policy:
    """Every answer carries the policy that production sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"content-security-policy", CSP.encode()))
            await send(message)

        await self._app(scope, receive, marked)


class Api:
    """The part of the API that the player uses."""

    def __init__(self, world: World, doorman: Doorman) -> None:
        self._world = world
        self._doorman = doorman

    def art(self, request: Request) -> Response:
        number = int(request.path_params["digest"].removeprefix("cover"))
        picture = draw(made.cover(number), int(request.path_params["size"]))
        return Response(picture, media_type="image/webp")

    def release(self, request: Request) -> Response:
        found = self._world.find(request.path_params["id"])
        return JSONResponse(found) if found else _refusal(404, "not_found", "No such release.")

    def search(self, request: Request) -> Response:
        query, limit = request.query_params["q"], int(request.query_params["limit"])
        return JSONResponse(self._world.search(query, limit))

    async def plays(self, request: Request) -> Response:
        recording = (await request.json())["recording_id"]
        if self._doorman.viewer(request) is None:
            return _refusal(401, "sign_in", "Sign in.")
        if recording in self._world.refused:
            return _refusal(403, "rights", self._world.refused[recording])
        self._world.plays.append(recording)
        return JSONResponse(self._play(self._world.asset_of(recording)))

    def _play(self, asset: int) -> dict[str, Any]:
        return {
            "play_id": f"play-{len(self._world.plays)}",
            **self._world.media.play(asset),
            "recording": {},
            "expires": 1_795_262_400,
        }

    async def previews(self, request: Request) -> Response:
        recording = (await request.json())["recording_id"]
        clip = self._world.previews.get(recording)
        if clip is None:
            return _refusal(403, "rights", "There is no preview of it.")
        asset = self._world.asset_of(recording)
        return JSONResponse(self._world.media.preview(asset, clip))

    async def progress(self, request: Request) -> Response:
        body = await request.json()
        self._world.progress.append({"play": request.path_params["id"], **body})
        return Response(status_code=204)

    def recorder(self, _: Request) -> Response:
        """Lets a test hear what the browser plays."""
        return Response(RECORDER, media_type="text/javascript")

    def ear(self, _: Request) -> Response:
        """Tells a benchmark when it hears something."""
        return Response(EAR, media_type="text/javascript")

    def routes(self) -> list[Route]:
        return [
            Route("/recorder.js", self.recorder),
            Route("/ear.js", self.ear),
            Route("/art/{digest}/{size:int}.webp", self.art),
            Route("/api/v1/releases/{id}", self.release),
            Route("/api/v1/search", self.search),
            Route("/api/v1/plays", self.plays, methods=["POST"]),
            Route("/api/v1/previews", self.previews, methods=["POST"]),
            Route("/api/v1/plays/{id}/progress", self.progress, methods=["POST"]),
        ]


def _refusal(status: int, code: str, reason: str) -> Response:
    error = {"code": code, "message": reason, "remedy": "", "reason": "no_deal_here"}
    return JSONResponse({"error": error}, status)


def make_app(world: World) -> Starlette:
    """The application over `world`."""
    doorman = Doorman()
    parts = PageParts(
        catalogue=Shop(world),
        desk=Office(world),
        sessions=doorman,
        static_folder=player.static_folder(),
        manifest=player.manifest(),
        clock=ManualClock(datetime(2026, 11, 21, 9, 32, 10, tzinfo=UTC)),
        sftp=("music.example", 2222),
    )

    def missing(request: Request, _: Exception) -> Response:
        return error_page(parts, request, 404, "")

    media = Mount("/m/token", StaticFiles(directory=world.media.folder))
    return Starlette(
        routes=[*routes(parts), *Api(world, doorman).routes(), media],
        exception_handlers={404: missing},
        middleware=[Middleware(Policy)],
    )


if __name__ == "__main__":
    folder = Path(mkdtemp(prefix="segue-dev-")) / "media"
    known = World(transcode(folder, made.LENGTHS), empty="empty" in sys.argv)
    uvicorn.run(make_app(known), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
