"""A small catalogue behind each way that bytes may go."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from granian.constants import Interfaces
from granian.server.embed import Server

from server.app import serve_web
from storage.backends.obstore import local_store
from tests.fixtures.nginx import nginx, shipped
from tests.fixtures.ports import free_port
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from starlette.types import ASGIApp

    from server.stream.media import Ready
    from server.stream.send import Header
    from tests.integration.server.world import World

    Quick = Callable[[bytes, Sequence[Header]], Ready | None]

CONFIGS = Path(__file__).parents[3] / "docs" / "how-to" / "nginx"
OPEN = {"release_id": "r1", "recording_id": "r1-1"}


@dataclass(slots=True)
class Served:
    """A world that is served at `address`; `asked` are the paths of media that the app gave."""

    world: World
    address: str
    asked: list[str] = field(default_factory=list)

    @property
    def objects(self) -> Path:
        """Where its objects lie."""
        return Path(self.world.parts.objects.local_path("probe") or "").parent

    def client(self, address: str = "") -> httpx2.AsyncClient:
        """A listener who keeps cookies and follows redirects."""
        at = address or self.address
        return httpx2.AsyncClient(base_url=at, follow_redirects=True, timeout=60)

    async def listener(self, name: str, address: str = "") -> httpx2.AsyncClient:
        """One that is signed in."""
        client = self.client(address)
        await asyncio.to_thread(self.world.account, name)
        said = {"name": name, "password": "correct horse"}
        answer = await client.post("/api/v1/session", json=said)
        assert answer.status_code == 200, answer.text
        return client


async def opened(client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    """An opened play."""
    answer = await client.post("/api/v1/plays", json={**OPEN, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def segment_of(play: dict[str, Any]) -> str:
    """The address of its first segment."""
    return str(play["hls"]).replace("master.m3u8", "aac64/1.m4s")


@asynccontextmanager
async def served(
    folder: Path, *, idle: int = 30, granian: bool = False, **parts: Any
) -> AsyncIterator[Served]:
    """The application on a real port, with its objects on the disk unless told otherwise."""
    store = local_store(folder / "objects")  # makes the folder
    store.put("probe", b"")
    world = make_world(folder, **{"objects": store, **parts})
    await asyncio.to_thread(world.release)
    found = Served(world, "")
    quick: Quick = world.app.state.quick

    def counted(path: bytes, headers: Sequence[Header]) -> Ready | None:
        found.asked.append(path.decode().split("/", 4)[-1])
        return quick(path, headers)

    world.app.state.quick = counted
    web = Granian(world.app) if granian else serve_web(world.app, "127.0.0.1", 0, idle=idle)
    found.address = f"http://127.0.0.1:{web.port}"
    async with asyncio.TaskGroup() as group:
        running = group.create_task(web.serve())
        await web_is_up(web.port)
        try:
            yield found
        finally:
            web.stop()
            await running
    world.database.close()


class Granian:
    """The other server for the same application."""

    def __init__(self, app: ASGIApp) -> None:
        self.port = free_port()
        self._server = Server(
            app, port=self.port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
        )

    async def serve(self) -> None:
        """Serve until `stop`."""
        await self._server.serve()

    def stop(self) -> None:
        """Take no more requests."""
        self._server.stop()  # type: ignore[no-untyped-call]


async def web_is_up(port: int) -> None:
    """Return when somebody listens."""
    for _ in range(2000):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            return


@contextmanager
def behind(config: str, found: Served, folder: Path, **changes: str) -> Iterator[str]:
    """The shipped configuration in front of it; its address."""
    port = free_port()
    text = (CONFIGS / config).read_text()
    marked = {
        "server 127.0.0.1:8080;": f"server {found.address.removeprefix('http://')};",
        "listen 80;": f"listen 127.0.0.1:{port};",
        **({"/var/lib/segue/objects/": f"{found.objects}/"} if "edge" not in config else {}),
        **changes,
    }
    with nginx(folder, shipped(text, marked, folder), port) as running:
        yield running.address
