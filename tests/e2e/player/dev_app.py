"""The pages on a made-up catalogue with real HLS: for the browser tests and for drawing.

    python -m tests.e2e.player.dev_app 8080 [empty]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import player
from core.clock import ManualClock
from core.errors import Misuse
from server.web.ports import PageParts
from server.web.routes import error_page, routes
from tests.e2e.player import catalogue as made
from tests.e2e.player.covers import draw
from tests.e2e.player.media import make_asset

if TYPE_CHECKING:
    from collections.abc import Sequence

CSP = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
    "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; base-uri 'none'"
)


@dataclass
class World:
    """All that the made-up server knows; tests look into it and change it."""

    media: Path
    empty: bool = False
    releases: list[dict[str, Any]] = field(default_factory=lambda: [made.release(i) for i in range(12)])
    progress: list[dict[str, Any]] = field(default_factory=list)
    plays: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    retried: list[str] = field(default_factory=list)

    def assets(self) -> None:
        for at, seconds in enumerate(made.LENGTHS):
            if not (self.media / str(at)).exists():
                make_asset(self.media / str(at), seconds, (220, 277, 330)[at])

    # Catalogue
    def home(self, viewer: Any) -> dict[str, Any]:
        if self.empty:
            return {"feature": None, "shelves": []}
        cards = [made.card(one) for one in self.releases]
        return {"feature": self.releases[0], "shelves": [
            {"title": "Out this week", "releases": cards[1:9]},
            {"title": "Made without gaps", "releases": cards[::-1][:8]},
        ]}  # fmt: skip

    def releases_of(self, offset: int, limit: int) -> dict[str, Any]:
        cards = [made.card(one) for one in self.releases]
        return {"total": len(cards), "releases": cards[offset : offset + limit]}

    def find(self, release_id: str) -> dict[str, Any] | None:
        return next((one for one in self.releases if one["id"] == release_id), None)

    def search(self, query: str, limit: int) -> dict[str, Any]:
        hits = []
        for one in self.releases:
            shared = {key: one[key] for key in ("artwork", "hue", "chroma", "artist")}
            if query.lower() in one["title"].lower():
                hits.append({**shared, "kind": "release", "id": one["id"], "title": one["title"],
                             "release_id": one["id"], "playable": True, "reason": None})  # fmt: skip
            hits += [
                {**shared, "kind": "recording", "id": t["recording_id"], "title": t["title"],
                 "release_id": one["id"], "playable": t["playable"], "reason": t["reason"]}
                for t in one["discs"][0]["tracks"]
                if query.lower() in t["title"].lower() or query.upper() == t["isrc"]
            ]  # fmt: skip
            if query.lower() in one["artist"].lower():
                hits.append({**shared, "kind": "party", "id": one["artist"], "title": one["artist"],
                             "release_id": None, "playable": True, "reason": None})  # fmt: skip
        return {"query": query, "took_ms": 2.4, "hits": hits[:limit]}


class Shop:
    """Catalogue, as the pages ask for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def home(self, viewer: Any) -> Any:
        return self._world.home(viewer)

    def releases(self, viewer: Any, offset: int, limit: int) -> Any:
        return self._world.releases_of(offset, limit)

    def release(self, viewer: Any, release_id: str) -> Any:
        return self._world.find(release_id)

    def search(self, viewer: Any, query: str, limit: int) -> Any:
        return self._world.search(query, limit)


class Office:
    """Desk, as the console asks for it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._all = made.deliveries()

    def deliveries(self, states: Sequence[str], offset: int, limit: int) -> Any:
        rows = [] if self._world.empty else self._all
        counts: dict[str, int] = {}
        for one in rows:
            counts[one["state"]] = counts.get(one["state"], 0) + 1
        shown = [one for one in rows if not states or one["state"] in states]
        return {"counts": counts, "deliveries": shown[offset : offset + limit]}

    def delivery(self, delivery_id: str) -> Any:
        return next((one for one in self._all if one["id"] == delivery_id), None)

    def message(self, delivery_id: str) -> bytes | None:
        return made.XML.encode()

    def retry(self, delivery_id: str) -> None:
        if delivery_id == "dlv_0003":
            raise Misuse("This delivery waits for a decision.", remedy="Decide it first.")
        self._world.retried.append(delivery_id)


class Doorman:
    """Sessions by a plain cookie: `who=listener|operator`."""

    def viewer(self, request: Request) -> Any:
        role = request.cookies.get("who")
        if role not in ("listener", "operator"):
            return None
        name = "Ines Calder" if role == "listener" else "Mara Kesting"
        return {"name": name, "role": role, "territory": "DE", "tier": "Premium"}

    def sign_in(self, request: Request, response: Response, name: str, password: str) -> str:
        if password != "right":
            return "Name or password is wrong."
        response.set_cookie("who", name, httponly=True, samesite="lax")
        return ""

    def sign_out(self, request: Request, response: Response) -> None:
        response.delete_cookie("who")


def make_app(world: World) -> Starlette:
    """The application; `world` is on `app.state.world`."""
    world.assets()
    doorman = Doorman()
    parts = PageParts(
        catalogue=Shop(world), desk=Office(world), sessions=doorman,
        static_folder=player.static_folder(), manifest=player.manifest(),
        clock=ManualClock(datetime(2026, 11, 21, 9, 32, 10, tzinfo=UTC)),
        sftp=("music.example", 2222),
    )  # fmt: skip

    def art(request: Request) -> Response:
        number = int(request.path_params["digest"].removeprefix("cover"))
        return Response(draw(made.cover(number), int(request.path_params["size"])), media_type="image/webp")

    def release(request: Request) -> Response:
        found = world.find(request.path_params["id"])
        return JSONResponse(found) if found else JSONResponse({"error": {"code": "not_found"}}, 404)

    def search(request: Request) -> Response:
        return JSONResponse(world.search(request.query_params["q"], int(request.query_params["limit"])))

    async def plays(request: Request) -> Response:
        body = await request.json()
        if doorman.viewer(request) is None:
            return JSONResponse({"error": {"code": "sign_in", "message": "Sign in."}}, 401)
        recording = body["recording_id"]
        if recording in world.refused:
            return JSONResponse({"error": {"code": "rights", "reason": world.refused[recording]}}, 403)
        number = int(recording[-12:]) - 1000
        asset = (number // 100 + number % 100) % 3
        world.plays.append(recording)
        return JSONResponse({
            "play_id": f"play-{len(world.plays)}", "hls": f"/m/token/{asset}/master.m3u8",
            "recording": {}, "gapless": {}, "expires": "2026-11-21T12:00:00Z",
        })  # fmt: skip

    async def progress(request: Request) -> Response:
        world.progress.append({"play": request.path_params["id"], **await request.json()})
        return Response(status_code=204)

    def missing(request: Request, fault: Exception) -> Response:
        return error_page(parts, request, 404, "")

    app = Starlette(
        routes=[
            *routes(parts),
            Route("/art/{digest}/{size:int}.webp", art),
            Route("/api/v1/releases/{id}", release),
            Route("/api/v1/search", search),
            Route("/api/v1/plays", plays, methods=["POST"]),
            Route("/api/v1/plays/{id}/progress", progress, methods=["POST"]),
            Mount("/m/token", StaticFiles(directory=world.media)),
        ],
        exception_handlers={404: missing},
    )

    class Policy:
        """Every answer carries the policy that production sends."""

        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def marked(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"].append((b"content-security-policy", CSP.encode()))
                await send(message)

            await self.inner(scope, receive, marked)

    app.add_middleware(Policy)  # type: ignore[arg-type]
    app.state.world = world
    return app


if __name__ == "__main__":
    import uvicorn

    folder = Path(mkdtemp(prefix="segue-dev-"))
    made_world = World(folder, empty="empty" in sys.argv)
    uvicorn.run(make_app(made_world), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
