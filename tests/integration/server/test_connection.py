"""Clients that send too slowly or too much, over real sockets."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from server.app import serve_web
from server.middleware import BodyLimit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from tests.integration.server.world import World

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def client(
    app: ASGIApp, patience: float = 15
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    served = serve_web(app, "127.0.0.1", 0, patience=patience)
    running = asyncio.create_task(served.serve())  # noqa: TID251 - ended below
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        served.stop()
        await running


async def answered(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


@pytest.mark.parametrize("before", [b"", ALIVE], ids=["at first", "after a request"])
async def test_a_head_that_never_ends_is_closed_in_time(world: World, before: bytes) -> None:
    async with client(world.app, 0.3) as (reader, writer):
        if before:
            writer.write(before)
            assert b'"ok":true' in await answered(reader)
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        began = time.monotonic()
        assert await asyncio.wait_for(reader.read(), 60) == b""
        assert time.monotonic() - began >= 0.2


async def flood(writer: asyncio.StreamWriter) -> None:
    for _ in range(50_000):
        writer.write(b"a" * 1000)
        await writer.drain()


async def test_a_head_without_end_is_cut(world: World) -> None:
    async with client(world.app) as (_, writer):
        writer.write(b"GET / HTTP/1.1\r\nX: ")
        with pytest.raises(ConnectionError):
            await flood(writer)


async def test_requests_in_time_share_a_connection(world: World) -> None:
    async with client(world.app, 0.5) as (reader, writer):
        for _ in range(3):
            writer.write(ALIVE)
            assert b'"ok":true' in await answered(reader)
            await asyncio.sleep(0.6)  # idle, which is the keep-alive time's business


async def test_a_body_that_does_not_come_is_refused(world: World) -> None:
    async with client(BodyLimit(world.app, seconds=0.3)) as (reader, writer):
        head = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"
        writer.write(head + b'{"name":')
        told = await asyncio.wait_for(answered(reader), 60)
        assert b" 408 " in told.partition(b"\r\n")[0]
        assert b"body_too_slow" in told


@pytest.mark.parametrize("drips", [True, False], ids=["slowly", "not at all"])
async def test_the_rest_of_a_body_that_nobody_wants_is_not_waited_for_long(
    world: World, *, drips: bool
) -> None:
    async with client(world.app, 0.5) as (reader, writer):
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx")
        assert b" 404 " in await answered(reader)
        for _ in range(200 if drips else 1):
            writer.write(b"x")
            with suppress(TimeoutError):
                assert await asyncio.wait_for(reader.read(), 0.05 if drips else 5) == b""
                break
        assert reader.at_eof()


async def test_the_next_request_comes_after_an_unwanted_body(world: World) -> None:
    async with client(world.app, 1) as (reader, writer):
        writer.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nx")
        assert b" 404 " in await answered(reader)
        writer.write(b"xxx")
        await asyncio.sleep(1.1)
        writer.write(ALIVE)
        assert b'"ok":true' in await answered(reader)
