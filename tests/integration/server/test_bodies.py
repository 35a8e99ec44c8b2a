"""Big bodies read straight from the socket, on both event loops."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from server import bodies
from server.app import serve_web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from starlette.types import Receive, Scope, Send

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
BODY = b"".join(number.to_bytes(8, "big") for number in range(1 << 19))
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
RUNNERS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Run = Any


class App:
    """Answers with how the body came, its size and digest; takes so many pieces only."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self.cut = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for name in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{name}.complete"})
            return
        pieces = bodies.straight(scope)
        told = b"ordinary" if pieces is None else await self._read(pieces)
        headers = [(b"content-length", str(len(told)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    async def _read(self, pieces: AsyncGenerator[bytes | memoryview]) -> bytes:
        digest, count = hashlib.sha256(), 0
        try:
            async for piece in pieces:
                digest.update(piece)
                count += 1
                if count == self.most:
                    await pieces.aclose()
                    return b"enough"
        except bodies.BodyCut:
            self.cut.set()
            raise
        return digest.hexdigest().encode()


def _served(run: Run, app: App, talk: Callable[[Client], Awaitable[None]]) -> None:
    async def main() -> None:
        served = serve_web(app, "127.0.0.1", 0)
        running = asyncio.create_task(served.serve())  # noqa: TID251 - ended below
        client = await asyncio.open_connection("127.0.0.1", served.port)
        try:
            await asyncio.wait_for(talk(client), 80)
        finally:
            client[1].close()
            served.stop()
            await running

    run(main())


def _head(*more: bytes) -> bytes:
    lines = [b"PUT /a HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(BODY), *more]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return await reader.readexactly(length)


@RUNNERS
def test_a_whole_body_comes_and_the_next_request_is_another(run: Run) -> None:
    async def talk(client: Client) -> None:
        reader, writer = client
        for _ in range(2):
            writer.write(_head() + BODY + NEXT)
            assert await _answer(reader) == hashlib.sha256(BODY).hexdigest().encode()
            assert await _answer(reader) == b"ordinary"

    _served(run, App(), talk)


@RUNNERS
def test_a_body_that_was_answered_early_is_read_to_its_end(run: Run) -> None:
    async def talk(client: Client) -> None:
        reader, writer = client
        writer.write(_head() + BODY + NEXT)
        assert await _answer(reader) == b"enough"
        assert await _answer(reader) == b"ordinary"

    _served(run, App(most=1), talk)


@RUNNERS
def test_a_cut_body_is_told(run: Run) -> None:
    app = App()

    async def talk(client: Client) -> None:
        client[1].write(_head() + BODY[: 3 << 20])
        await client[1].drain()
        client[1].transport.abort()
        await app.cut.wait()

    _served(run, app, talk)


@RUNNERS
def test_who_waits_for_leave_gets_it(run: Run) -> None:
    async def talk(client: Client) -> None:
        reader, writer = client
        writer.write(_head(b"Expect: 100-continue"))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(BODY)
        assert await _answer(reader) == hashlib.sha256(BODY).hexdigest().encode()

    _served(run, App(), talk)


@pytest.mark.parametrize(
    "head", [b"Content-Length: 3", b"Transfer-Encoding: chunked", b"Content-Length: 3\r\nX: y"]
)
def test_small_bodies_and_those_of_unknown_length_go_the_ordinary_way(head: bytes) -> None:
    async def talk(client: Client) -> None:
        reader, writer = client
        writer.write(b"PUT /a HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
        assert await _answer(reader) == b"ordinary"

    _served(uvloop.run, App(), talk)
