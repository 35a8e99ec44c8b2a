"""The shipped configurations in the real nginx."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.stream.ways import Accel
from tests.integration.server.world import SEGMENT, asset
from tests.integration.stream.serving import behind, opened, segment_of, served

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

pytestmark = [
    pytest.mark.integration,
    pytest.mark.enable_socket,
    pytest.mark.usefixtures("real_nginx"),
]
SHORTLY = {"proxy_cache_valid 204 10s;": "proxy_cache_valid 204 1s;"}


@pytest.mark.parametrize("config", ["segue.conf", "segue-edge.conf", "segue-accel.conf"])
async def test_listeners_get_through_nginx_what_we_give(config: str, tmp_path: Path) -> None:
    way = Accel() if "accel" in config else None
    async with served(tmp_path / "app", way=way) as found:
        with behind(config, found, tmp_path / "nginx") as address:
            listener = await found.listener("ada", address)
            play = await opened(listener)
            path = segment_of(play)
            for file, kind in (
                ("aac64/1.m4s", "video/iso.segment"),
                ("aac64/init.mp4", "audio/mp4"),
                ("master.m3u8", "application/vnd.apple.mpegurl"),
            ):
                answer = await listener.get(play["hls"].replace("master.m3u8", file))
                assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
                assert answer.content == SEGMENT
                assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
                assert answer.headers["x-content-type-options"] == "nosniff"
            etag = (await listener.get(play["hls"])).headers["etag"]
            part = await listener.get(path, headers={"range": "bytes=10-19"})
            assert (part.status_code, part.content) == (206, SEGMENT[10:20])
            same = await listener.get(play["hls"], headers={"if-none-match": etag})
            assert same.status_code == 304
            head = await listener.head(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(SEGMENT))
            beyond = await listener.get(path, headers={"range": f"bytes={len(SEGMENT)}-"})
            assert beyond.status_code == 416
            for wrong in (
                path.replace(asset("r1", 1), asset("r1", 2)),
                path.replace("1.m4s", "999.m4s"),
                path.replace("/m/", "/m/x"),
            ):
                refused = await listener.get(wrong)
                assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
            await listener.aclose()


async def test_segments_are_sent_without_asking_each_time(tmp_path: Path) -> None:
    async with served(tmp_path / "app") as found:
        with behind("segue.conf", found, tmp_path / "nginx") as address:
            listener = await found.listener("ada", address)
            path = segment_of(await opened(listener))
            for _ in range(10):
                assert (await listener.get(path)).status_code == 200
            assert found.asked == ["allowed"]
            await listener.aclose()


async def test_two_listeners_are_one_fetch_from_the_origin(tmp_path: Path) -> None:
    """The token is no part of the key of the cache, and each listener is judged."""
    async with served(tmp_path / "app") as found:
        with behind("segue-edge.conf", found, tmp_path / "nginx") as address:
            listeners = [await found.listener(name, address) for name in ("ada", "bob")]
            paths = [segment_of(await opened(one)) for one in listeners]
            assert paths[0] != paths[1]
            for one, path in zip(listeners, paths, strict=True):
                for _ in range(2):
                    assert (await one.get(path)).content == SEGMENT
            assert sorted(found.asked) == ["aac64/1.m4s", "allowed", "allowed"]
            forged = await listeners[0].get(paths[0].replace("/m/fixed.", "/m/fixed.x"))
            assert forged.status_code == 404
            for one in listeners:
                await one.aclose()


async def test_who_signs_out_is_stopped_there_too(tmp_path: Path) -> None:
    """After the ten seconds of the gate and those of nginx, here one; both nginx at one origin."""
    async with served(tmp_path / "app") as found:
        with (
            behind("segue.conf", found, tmp_path / "nginx", **SHORTLY) as near,
            behind("segue-edge.conf", found, tmp_path / "edge", **SHORTLY) as edge,
        ):
            ada, bob = [await found.listener(name) for name in ("ada", "bob")]
            hers, his = segment_of(await opened(ada)), segment_of(await opened(bob))
            for path in (hers, his):
                assert [(await bob.get(f"{at}{path}")).status_code for at in (near, edge)] == [
                    200,
                    200,
                ]
            await ada.delete("/api/v1/session")
            found.world.clock.advance(timedelta(seconds=15))
            for at in (near, edge):
                stopped = await refused(bob, f"{at}{hers}")
                assert stopped.status_code == 401
                assert stopped.json()["error"]["code"] == "sign_in_required"
                assert (await bob.get(f"{at}{his}")).status_code == 200
            await asyncio.to_thread(found.world.set_deals, "r1", [])
            found.world.clock.advance(timedelta(seconds=15))
            for at in (near, edge):
                stopped = await refused(bob, f"{at}{his}")
                assert stopped.json()["error"]["reason"] == "no_deals"
            for one in (ada, bob):
                await one.aclose()


async def refused(client: httpx2.AsyncClient, address: str) -> httpx2.Response:
    """The first answer that is none of what nginx remembers, which it may for a second or two."""
    answer = await client.get(address)
    for _ in range(100):
        if answer.status_code != 200:
            break
        await asyncio.sleep(0.1)
        answer = await client.get(address)
    return answer
