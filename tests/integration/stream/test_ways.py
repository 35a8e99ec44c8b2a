"""Whoever gives the bytes, listeners get the same: one contract for all ways."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from core.clock import ManualClock
from server.stream.ways import Accel, Presigned, Redirect, SecureLink
from storage.backends.obstore import bucket_store
from tests.fixtures.nginx import nginx
from tests.fixtures.ports import free_port
from tests.integration.server.world import SEGMENT, asset
from tests.integration.stream.serving import behind, opened, segment_of, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fixtures.stores import Moto
    from tests.integration.stream.serving import Served

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
NEEDS_NGINX = {"auth", "edge", "accel", "network"}
KEY = "a key that both know"
LINKS = """
server {{
  listen 127.0.0.1:{port};
  location /objects/ {{
    secure_link $arg_md5,$arg_expires;
    secure_link_md5 "$secure_link_expires$uri {key}";
    if ($secure_link = "") {{ return 403; }}
    if ($secure_link = "0") {{ return 410; }}
    alias {objects}/;
  }}
}}
"""


def now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251 - stores that sign have clocks of their own


@asynccontextmanager
async def way_of(
    name: str, folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Served, str]]:
    """An application whose bytes go this way, and the address that listeners know."""
    with ExitStack() as stack:
        if name == "bucket":
            moto: Moto = request.getfixturevalue("moto")
            bucket = f"media-{folder.name.lower().replace('_', '-')}"[-60:].strip("-")
            await asyncio.to_thread(moto.s3.create_bucket, Bucket=bucket)
            store = bucket_store(
                f"s3://{bucket}/segue",
                endpoint=moto.endpoint,
                region="us-east-1",
                key="AKIAIOSFODNN7EXAMPLE",
                secret="secret",
            )
            redirect = Redirect(Presigned(store, now), now)
            async with served(folder / "app", objects=store, way=redirect) as found:
                yield found, found.address
            return
        if name == "network":
            port = free_port()
            body = LINKS.format(port=port, key=KEY, objects=folder / "app" / "objects")
            stack.enter_context(nginx(folder / "network", body, port))
            link = SecureLink(f"http://127.0.0.1:{port}/objects", KEY)
            async with served(folder / "app", way=Redirect(link, now)) as found:
                yield found, found.address
            return
        way = Accel() if name == "accel" else None
        async with served(folder / "app", way=way, granian=name == "granian") as found:
            if name in {"app", "granian"}:
                yield found, found.address
                return
            config = {"accel": "segue-accel.conf", "auth": "segue.conf", "edge": "segue-edge.conf"}
            yield found, stack.enter_context(behind(config[name], found, folder / "nginx"))


@pytest.mark.parametrize("name", ["app", "granian", "auth", "edge", "accel", "network", "bucket"])
async def test_listeners_get_the_same(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if name in NEEDS_NGINX:
        request.getfixturevalue("real_nginx")
    async with way_of(name, tmp_path, request) as (found, address):
        listener = await found.listener("ada", address)
        play = await opened(listener)
        path = segment_of(play)
        for wanted in (path, play["hls"], path.replace("1.m4s", "init.mp4")):
            for _ in range(2):
                answer = await listener.get(wanted)
                assert (answer.status_code, answer.content) == (200, SEGMENT)
        part = await listener.get(path, headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, SEGMENT[10:20])
        beyond = await listener.get(path, headers={"range": f"bytes={len(SEGMENT)}-"})
        assert beyond.status_code == 416
        strange = await listener.get(path.replace(asset("r1", 1), asset("r1", 2)))
        assert strange.status_code == 404
        forged = await listener.get(path.replace("/m/fixed.", "/m/fixed.x"))
        assert forged.json()["error"]["code"] == "not_found"
        await listener.delete("/api/v1/session")
        assert (await listener.get(path.replace("aac64/1.m4s", "flac/1.m4s"))).status_code == 401
        await listener.aclose()


@pytest.mark.usefixtures("real_nginx")
async def test_a_redirect_is_good_for_a_minute(tmp_path: Path) -> None:
    """Signed for sixty seconds; the playlist is ours, or its relative addresses would lead away."""
    clock = ManualClock(now())
    port = free_port()
    body = LINKS.format(port=port, key=KEY, objects=tmp_path / "app" / "objects")
    link = SecureLink(f"http://127.0.0.1:{port}/objects", KEY)
    with nginx(tmp_path / "network", body, port):
        async with served(tmp_path / "app", way=Redirect(link, clock)) as found:
            listener = await found.listener("ada")
            play = await opened(listener)
            listener.follow_redirects = False
            assert (await listener.get(play["hls"])).status_code == 200
            answer = await listener.get(segment_of(play))
            assert (answer.status_code, answer.headers["cache-control"]) == (
                302,
                "private, no-store",
            )
            expires = int(parse_qs(urlsplit(answer.headers["location"]).query)["expires"][0])
            assert 59 <= expires - clock().timestamp() <= 60
            address = answer.headers["location"]
            assert (await listener.get(address)).content == SEGMENT
            assert (await listener.get(address.replace("aac64/1", "aac64/2"))).status_code == 403
            clock.advance(timedelta(seconds=-120))
            late = (await listener.get(segment_of(play))).headers["location"]
            assert (await listener.get(late)).status_code == 410
            await listener.aclose()
