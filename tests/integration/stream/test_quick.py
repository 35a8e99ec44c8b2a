"""Media on real connections: what is answered before it becomes a request, and what is not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest
from obstore.store import MemoryStore

from server.playback.hot import SLICE
from storage.backends.obstore import ObstoreBackend, memory_store
from tests.integration.server.world import SEGMENT, asset
from tests.integration.stream.serving import opened, segment_of, served

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


class Counting(ObstoreBackend):
    """Remembers where each read of a part began."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.fetched: list[int] = []

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """As ever."""
        if end is not None:
            self.fetched.append(start)
        return super().get(key, start, end)


async def talk(address: str, said: bytes, *, pauses: int = 0) -> bytes:
    """What comes back to these bytes until the server closes; `pauses` cuts them into pieces."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    step = len(said) // (pauses + 1) + 1
    for start in range(0, len(said), step):
        writer.write(said[start : start + step])
        await writer.drain()
        await asyncio.sleep(0.02)
    answer = await asyncio.wait_for(reader.read(), 80)
    writer.close()
    await writer.wait_closed()
    return answer


def get(path: str, *more: str, close: bool = False) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: x", *more, *(["Connection: close"] if close else [])]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def test_many_requests_on_one_connection_in_any_pieces(tmp_path: Path) -> None:
    """Segments, a list of deliveries that is refused, a page: in order, with nothing between."""
    async with served(tmp_path) as found:
        listener = await found.listener("ada")
        path = segment_of(await opened(listener))
        assert (await listener.get(path)).content == SEGMENT
        said = [get(path), get(path, "Range: bytes=5-9"), get("/api/v1/deliveries"), get(path)]
        text = b"".join([*said, get(path, close=True)])
        for pauses in (0, 3, 40):
            answer = await talk(found.address, text, pauses=pauses)
            assert answer.count(b"HTTP/1.1 200 OK") == 3
            assert answer.count(SEGMENT) == 3
            assert b"\r\n\r\n" + SEGMENT[5:10] + b"HTTP/1.1 401" in answer
            assert answer.endswith(SEGMENT)
            assert answer.lower().count(b"\r\ndate: ") == 5
        await listener.aclose()


async def test_a_slow_reader_gets_all_and_costs_no_copy(tmp_path: Path) -> None:
    async with served(tmp_path) as found:
        listener = await found.listener("ada")
        play = await opened(listener)
        large = bytes(range(256)) * 40_000
        found.world.parts.objects.put(f"hls/{asset('r1', 1)}/flac/7.m4s", large)
        path = play["hls"].replace("master.m3u8", "flac/7.m4s")
        assert (await listener.get(segment_of(play))).status_code == 200
        host, _, port = found.address.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 16)
        writer.write(get(path, close=False))
        await asyncio.sleep(0.3)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 10240000" in head
        assert await reader.readexactly(len(large)) == large
        writer.write(get(path, "Range: bytes=-3", close=True))
        assert (await reader.read()).endswith(b"\r\n\r\n" + large[-3:])
        writer.close()
        await writer.wait_closed()
        await listener.aclose()


async def test_the_same_answer_by_both_ways(tmp_path: Path) -> None:
    """With `Connection: close` it becomes a request."""
    async with served(tmp_path, origins=("https://music.example",)) as found:
        listener = await found.listener("ada")
        path = segment_of(await opened(listener))
        etag = (await listener.get(path)).headers["etag"]
        for headers in (
            {},
            {"range": "bytes=1-4"},
            {"range": "bytes=-4"},
            {"range": "bytes=0-1,5-6"},
            {"range": "bytes=999999-"},
            {"range": "bytes=1-4", "if-range": etag},
            {"range": "bytes=1-4", "if-range": '"other"'},
            {"if-none-match": etag},
            {"if-none-match": "*"},
            {"if-match": '"other"'},
            {"if-match": etag, "range": "bytes=1-4"},
            {"origin": "https://music.example"},
            {"origin": "https://other.example", "range": "bytes=1-4"},
        ):
            quick = await listener.get(path, headers=headers)
            common = await listener.get(path, headers={**headers, "connection": "close"})
            assert (quick.status_code, quick.content) == (common.status_code, common.content)
            assert "x-request-id" in common.headers
            assert "x-request-id" not in quick.headers
            for name in quick.headers.keys() - {"date"}:
                assert quick.headers[name] == common.headers[name], name
        head = await listener.head(path, headers={"range": "bytes=1-4"})
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(SEGMENT)))
        await listener.aclose()


async def test_objects_of_other_stores_come_by_memory(tmp_path: Path) -> None:
    async with served(tmp_path, objects=memory_store()) as found:
        listener = await found.listener("ada")
        path = segment_of(await opened(listener))
        answers = [await listener.get(path) for _ in range(3)]
        assert {answer.content for answer in answers} == {SEGMENT}
        assert "x-request-id" not in answers[-1].headers
        await listener.aclose()


async def test_of_a_large_object_elsewhere_only_slices_are_fetched(tmp_path: Path) -> None:
    """Byte ranges of a rendition in one file: over the edge of a slice, all of it, none of it."""
    store = Counting()
    async with served(tmp_path, objects=store) as found:
        listener = await found.listener("ada")
        path = (await opened(listener))["hls"].replace("master.m3u8", "flac.mp4")
        large = bytes(range(250)) * 20_000
        store.put(f"hls/{asset('r1', 1)}/flac.mp4", large)
        store.fetched.clear()
        at = 2 * SLICE - 5
        for _ in range(2):
            part = await listener.get(path, headers={"range": f"bytes={at}-{at + 9}"})
            assert (part.status_code, part.content) == (206, large[at : at + 10])
            assert part.headers["content-range"] == f"bytes {at}-{at + 9}/{len(large)}"
        last = await listener.get(path, headers={"range": "bytes=-3"})
        assert last.content == large[-3:]
        assert sorted(store.fetched) == [SLICE, 2 * SLICE, 4 * SLICE]
        same = await listener.get(path, headers={"if-none-match": last.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        beyond = await listener.get(path, headers={"range": f"bytes={len(large)}-"})
        assert beyond.status_code == 416
        head = await listener.head(path)
        assert (head.content, head.headers["content-length"]) == (b"", str(len(large)))
        assert len(store.fetched) == 3
        assert (await listener.get(path)).content == large
        absent = await listener.get(path.replace("flac.mp4", "hires.mp4"))
        assert absent.status_code == 404
        await listener.aclose()


async def test_who_asks_or_reads_no_more_is_cut(tmp_path: Path) -> None:
    """One is idle after its answer, the other leaves a large one unread."""
    async with served(tmp_path, idle=1) as found:
        listener = await found.listener("ada")
        play = await opened(listener)
        path = segment_of(play)
        large = b"x" * 20_000_000
        found.world.parts.objects.put(f"hls/{asset('r1', 1)}/flac/7.m4s", large)
        assert (await listener.get(path)).status_code == 200
        host, _, port = found.address.removeprefix("http://").partition(":")
        deaf = socket.create_connection((host, int(port)))
        deaf.sendall(get(play["hls"].replace("master.m3u8", "flac/7.m4s")))
        answer = await talk(found.address, get(path))  # ends only when the server closes
        assert answer.endswith(SEGMENT)
        await asyncio.sleep(2.5)
        assert await asyncio.to_thread(left_in, deaf) < len(large)
        await listener.aclose()


def left_in(connection: socket.socket) -> int:
    """Bytes that still come out of a connection before it ends."""
    found = 0
    with connection, contextlib.suppress(ConnectionError):
        connection.settimeout(80)
        while piece := connection.recv(1 << 20):
            found += len(piece)
    return found
