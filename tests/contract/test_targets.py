"""Every target passes these, each against its real door."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.errors import NotAllowed, Unavailable
from distro.targets import ftp, ftp_session, http, sftp, store
from tests.integration.doors import ftp_harness, harness
from tests.integration.doors.ftp_harness import running_ftp
from tests.integration.doors.harness import running_door
from tests.integration.doors.http_harness import running_http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from distro.targets.base import Connect, Target
    from tests.fixtures.ceph import Rados

# ruff: noqa: ASYNC240 - small files of the test's own
pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]

MEBIBYTE = 1 << 20
KINDS = ("sftp", "ftp", "explicit", "implicit", "http", "s3")


@dataclass(frozen=True, slots=True)
class Place:
    """A door with a sender's way in, a stranger's, and a look at what was finished behind it."""

    kind: str
    connect: Connect
    stranger: Connect
    finished: Callable[[str], bytes | None]


@pytest.fixture(scope="module")
def places(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Place]]:
    """Each door is opened when it is first asked for, and stays for the module."""
    made: dict[str, Place] = {}
    with ExitStack() as stack:

        def place(kind: str) -> Place:
            if kind == "s3" and kind not in made:
                made[kind] = _s3(request.getfixturevalue("rados"))
            if kind not in made:
                made.update(OPEN[kind](stack, tmp_path_factory.mktemp(f"{kind}-target")))
            return made[kind]

        yield place


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, places: Callable[[str], Place]) -> Place:
    return places(request.param)


def _bytes(of: Callable[[str], Path], path: str) -> bytes | None:
    """What was finished there, None when nothing was."""
    found = of(path)
    return found.read_bytes() if found.is_file() else None


def _sftp(stack: ExitStack, folder: Path) -> dict[str, Place]:
    door = stack.enter_context(running_door(folder))
    to = sftp.address(f"sftp://alpha@{door.host}:{door.port}/")
    trust = sftp.Trust(loopback=lambda _fingerprint: None)

    def way(password: str) -> Connect:
        return partial(sftp.connect, to, sftp.Login(password=password), trust)

    finished = partial(_bytes, partial(door.finished, "feed_alpha"))
    return {"sftp": Place("sftp", way(harness.PASSWORD), way("wrong"), finished)}


def _ftp(stack: ExitStack, folder: Path) -> dict[str, Place]:
    door = stack.enter_context(running_ftp(folder))
    plain = f"ftp://alpha@{door.host}:{door.port}/"
    trust = ftp_session.Trust(certificate=door.certificate)
    addresses = {
        "ftp": ftp.address(plain, plain=True),
        "explicit": ftp.address(plain),
        "implicit": ftp.address(f"ftps://alpha@{door.host}:{door.implicit}/"),
    }

    def way(kind: str, password: str) -> Connect:
        return partial(ftp.connect, addresses[kind], password, trust)

    finished = partial(_bytes, door.finished)
    return {
        kind: Place(kind, way(kind, ftp_harness.PASSWORD), way(kind, "wrong"), finished)
        for kind in addresses
    }


def _http(stack: ExitStack, folder: Path) -> dict[str, Place]:
    door = stack.enter_context(running_http(folder))
    url, key = door.alpha.uploads.removesuffix("/uploads"), door.alpha.key
    begun: dict[str, str] = {}
    right = partial(http.connect, http.address(url, key), begun)
    wrong = partial(http.connect, http.address(url, f"{key}x"), {})
    return {"http": Place("http", right, wrong, partial(_bytes, door.finished))}


def _s3(rados: Rados) -> Place:
    bucket = f"targets-{secrets.token_hex(4)}"
    rados.client.create_bucket(Bucket=bucket)

    def way(secret: str) -> Connect:
        access = store.Access(key_id=rados.access_key, secret=secret, endpoint=rados.endpoint)
        return partial(store.connect, store.address(f"s3://{bucket}/in box", access))

    def finished(path: str) -> bytes | None:
        try:
            return rados.client.get_object(Bucket=bucket, Key=f"in box/{path}")["Body"].read()
        except rados.client.exceptions.NoSuchKey:
            return None

    return Place("s3", way(rados.secret_key), way("wrong"), finished)


OPEN: dict[str, Callable[[ExitStack, Path], dict[str, Place]]] = {
    "sftp": _sftp,
    "ftp": _ftp,
    "explicit": _ftp,
    "implicit": _ftp,
    "http": _http,
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.xml"
    path.write_bytes(b"<a>\r\n\xff</a>\n")
    return path


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file of 24 MiB whose every part differs."""
    path = tmp_path / "big.wav"
    path.write_bytes(b"".join(number.to_bytes(8, "big") for number in range(3 << 20)))
    return path


async def test_what_was_sent_is_there(place: Place, small: Path) -> None:
    heard: list[int] = []
    folder = f"{place.kind}/söme folder"
    async with place.connect() as target:
        await target.make_folders(folder)
        await target.make_folders(folder)
        await target.upload(small, f"{folder}/ä small.xml", heard.append)
        assert await target.names(folder) == {"ä small.xml"}
        assert await target.size(f"{folder}/ä small.xml") == small.stat().st_size
        assert await target.read(f"{folder}/ä small.xml", 1000) == small.read_bytes()
        assert await target.read(f"{folder}/ä small.xml", 3) == b"<a>"
        assert await target.names(folder) == {"ä small.xml"}, "a read that was cut short ends"
    assert sum(heard) == small.stat().st_size
    assert place.finished(f"{folder}/ä small.xml") == small.read_bytes()


async def test_what_is_not_there_is_nothing(place: Place) -> None:
    async with place.connect() as target:
        assert await target.names("nowhere") == frozenset()
        assert await target.size("nowhere.xml") is None
        await target.remove("nowhere.xml")
        await target.remove_folder("nowhere")


async def test_empty_files_arrive(place: Place, tmp_path: Path) -> None:
    (tmp_path / "empty.xml").write_bytes(b"")
    path = f"{place.kind}-empty.xml"
    async with place.connect() as target:
        await target.upload(tmp_path / "empty.xml", path, lambda _count: None)
        assert await target.size(path) == 0
    assert place.finished(path) == b""


async def test_a_cut_upload_goes_on_where_it_ended(place: Place, big: Path) -> None:
    path, heard = f"{place.kind}-cut.wav", list[int]()
    await cut(place, big, path)
    assert place.finished(path) is None, "what was cut is not finished"
    async with place.connect() as target:
        there = await target.size(path)
        if target.offers.resume:
            assert there is not None
            assert 0 < there < big.stat().st_size
        else:
            assert there is None
        await patiently(target, big, path, heard)
    assert max(heard) >= MEBIBYTE, "it went on, and did not begin again"
    assert sum(heard) == big.stat().st_size
    assert place.finished(path) == big.read_bytes()


@pytest.mark.parametrize("place", [k for k in KINDS if k != "http"], indirect=True)
async def test_other_bytes_are_sent_anew(place: Place, big: Path, tmp_path: Path) -> None:
    """Over HTTP an upload that goes on is known by its address, not by its path."""
    path = f"{place.kind}-other.wav"
    await cut(place, big, path)
    other = tmp_path / "other.wav"
    other.write_bytes(big.read_bytes()[::-1])
    async with place.connect() as target:
        await patiently(target, other, path, [])
    assert place.finished(path) == other.read_bytes()


async def test_a_file_is_replaced(place: Place, small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xml"
    other.write_bytes(b"<b/>")
    path = f"{place.kind}-twice.xml"
    async with place.connect() as target:
        await target.upload(small, path, lambda _count: None)
        await target.upload(other, path, lambda _count: None)
        assert await target.size(path) == 4
    assert place.finished(path) == b"<b/>"


async def test_files_are_renamed_and_removed(place: Place, small: Path) -> None:
    folder = f"{place.kind}-moved"
    async with place.connect() as target:
        await target.make_folders(folder)
        await target.upload(small, f"{folder}/a.xml", lambda _count: None)
        last = "a.xml"
        if target.offers.rename:
            last = "b.xml"
            await target.rename(f"{folder}/a.xml", f"{folder}/b.xml")
            assert await target.names(folder) == {"b.xml"}
        await target.remove(f"{folder}/{last}")
        await target.remove_folder(folder)
        assert await target.size(f"{folder}/{last}") is None


async def test_strangers_are_refused(place: Place) -> None:
    with pytest.raises(NotAllowed) as told:
        async with place.stranger() as target:
            await target.names("")
    assert "wrong" not in told.value.message


async def test_several_uploads_at_once(place: Place, small: Path) -> None:
    paths = [f"{place.kind}-many-{number}.xml" for number in range(8)]
    async with place.connect() as target, asyncio.TaskGroup() as tasks:
        for path in paths:
            tasks.create_task(target.upload(small, path, lambda _count: None))
    assert {place.finished(path) for path in paths} == {small.read_bytes()}


async def test_a_lost_session_is_worth_another_try(place: Place) -> None:
    """Nobody listens where this one connects."""
    with pytest.raises(Unavailable) as told:
        async with nowhere(place.kind)() as target:
            await target.names("")
    assert told.value.retryable


def nowhere(kind: str) -> Connect:
    if kind == "sftp":
        to = sftp.address("sftp://a@127.0.0.1:9/")
        return partial(
            sftp.connect, to, sftp.Login(password="x"), sftp.Trust(fingerprint="SHA256:x")
        )
    if kind == "s3":
        access = store.Access(key_id="k", secret="s", endpoint="http://127.0.0.1:9")
        return partial(store.connect, store.address("s3://bucket", access))
    if kind == "http":
        return partial(http.connect, http.address("http://127.0.0.1:9/api/v1/feeds/f", "k"), {})
    url = "ftps://a@127.0.0.1:9/" if kind == "implicit" else "ftp://a@127.0.0.1:9/"
    return partial(ftp.connect, ftp.address(url, plain=kind == "ftp"), "x", ftp_session.Trust())


async def patiently(target: Target, source: Path, path: str, heard: list[int]) -> None:
    """Send while the other side still thinks that the session before is there."""
    while True:
        heard.clear()
        try:
            await target.upload(source, path, heard.append)
        except Unavailable:
            await asyncio.sleep(0.2)
        else:
            return


async def cut(place: Place, source: Path, path: str) -> None:
    """Begin an upload, and be gone after some of it."""
    sent = 0

    async def send() -> None:
        async with place.connect() as target:
            await target.upload(source, path, stop)

    def stop(count: int) -> None:
        nonlocal sent
        sent += count
        if sent >= 6 * MEBIBYTE:
            sending.cancel()

    if place.kind == "s3":
        return  # nothing of an object is there before all of it is

    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send())
    assert sending.cancelled()
