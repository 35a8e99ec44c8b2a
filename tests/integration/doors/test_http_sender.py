"""Our sender against our door: what resumes, what is refused and how it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import Misuse, NotAllowed, Unavailable
from distro.targets import http
from tests.integration.doors.http_harness import Running, running_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_http(tmp_path_factory.mktemp("sender")) as running:
        yield running


@pytest.fixture
def music(big: Path) -> bytes:
    return big.read_bytes()


def feed(door: Running) -> http.Address:
    return http.address(door.alpha.uploads.removesuffix("/uploads"), door.alpha.key)


class Stopped(Exception):
    """The test's own."""


async def test_a_big_file_goes_on_in_another_session(
    door: Running, big: Path, music: bytes
) -> None:
    begun: dict[str, str] = {}
    heard: list[int] = []

    def stop(count: int) -> None:
        heard.append(count)
        if sum(heard):
            raise Stopped

    with pytest.raises(Stopped):
        async with http.connect(feed(door), begun) as target:
            await target.upload(big, "batch/bïg.wav", stop)
    assert door.partial("batch/bïg.wav").stat().st_size == http.CHUNK == sum(heard)
    heard.clear()
    async with http.connect(feed(door), begun) as target:
        await target.upload(big, "batch/bïg.wav", heard.append)
        assert await target.names("batch") == {"bïg.wav"}
        assert await target.names("nothing") == frozenset()
        assert await target.read("batch/bïg.wav", 16) == music[:16]
    assert heard[0] == http.CHUNK
    assert sum(heard) == len(music)
    assert door.finished("batch/bïg.wav").read_bytes() == music


async def test_a_forgotten_upload_is_begun_anew(door: Running, big: Path, music: bytes) -> None:
    gone = {"again.wav": f"{door.alpha.uploads}/{'0' * 32}"}
    async with http.connect(feed(door), gone) as target:
        await target.upload(big, "again.wav", lambda _count: None)
    assert door.received()["again.wav"] == len(music)


async def test_a_wrong_key_and_a_wrong_name_are_told(door: Running, tmp_path: Path) -> None:
    small = tmp_path / "small.wav"
    small.write_bytes(b"music")
    wrong = http.address(feed(door).url, f"{door.alpha.key}x")
    async with http.connect(wrong, {}) as target:
        with pytest.raises(NotAllowed, match="no valid API key"):
            await target.upload(small, "a.wav", lambda _count: None)
    async with http.connect(feed(door), {}) as target:
        with pytest.raises(NotAllowed, match="written by us"):
            await target.upload(small, "acknowledgements/a.wav", lambda _count: None)


async def test_nobody_there(tmp_path: Path) -> None:
    nowhere = http.address("http://127.0.0.1:9/api/v1/feeds/f", "key")
    async with http.connect(nowhere, {}) as target:
        with pytest.raises(Unavailable, match="can't be reached"):
            await target.names("x")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("ftp://host/feeds/f", "key"),
        ("https://host/", "key"),
        ("https://user:secret@host/api/v1/feeds/f", "key"),
        ("https://host/api/v1/feeds/f", ""),
        ("https://host/api/v1/feeds/f", "two\nlines"),
    ],
)
def test_addresses_that_can_not_be_used(url: str, key: str) -> None:
    with pytest.raises(Misuse) as told:
        http.address(url, key)
    assert "secret" not in str(told.value)
