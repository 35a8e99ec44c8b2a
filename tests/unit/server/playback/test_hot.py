"""Hot objects stay open, within their bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from obstore.store import MemoryStore

from core.errors import Unavailable
from server.playback.hot import HotObject, HotObjects
from storage.backends.obstore import ObstoreBackend, local_store, memory_store
from storage.store import ObjectAbsent, Stat

if TYPE_CHECKING:
    from pathlib import Path

    from storage.store import ObjectStore


@pytest.fixture(params=["disk", "elsewhere"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    made = memory_store() if request.param == "elsewhere" else local_store(tmp_path)
    for name in "abc":
        made.put(name, name.encode() * 100)
    return made


def whole(item: HotObject) -> bytes:
    return item.read(0, item.size)


async def test_it_holds_what_was_read_and_forgets_the_coldest(store: ObjectStore) -> None:
    hot = HotObjects(store, 250)
    first = await hot.get("a")
    await hot.get("b")
    store.delete("a")
    store.delete("b")
    assert await hot.get("a") is first
    await hot.get("c")
    assert hot.held == 200
    assert whole(await hot.get("a")) == b"a" * 100
    with pytest.raises(ObjectAbsent):
        await hot.get("b")
    assert (hot.hits, hot.misses) == (2, 3)
    hot.close()


async def test_what_is_under_way_stays_open_when_it_leaves(store: ObjectStore) -> None:
    hot = HotObjects(store, 100)
    with await hot.get("a") as item:
        await hot.get("b")
        assert hot.held == 100
        assert whole(item) == b"a" * 100
    assert item.fd == -1
    hot.close()


async def test_a_rest_outlives_its_descriptor(store: ObjectStore) -> None:
    hot = HotObjects(store, 100)
    rest = (await hot.get("a")).rest(40, 100)
    hot.close()
    assert bytes(rest) == b"a" * 60


async def test_what_is_larger_than_all_is_held_alone(store: ObjectStore) -> None:
    hot = HotObjects(store, 99)
    assert whole(await hot.get("a")) == b"a" * 100
    await hot.get("b")
    assert hot.held == 100
    hot.close()


async def test_the_etag_is_of_the_bytes_or_of_the_file(store: ObjectStore) -> None:
    hot = HotObjects(store, 1000)
    store.put("d", b"longer than the others")
    tags = {(await hot.get(name)).etag for name in "ad"}
    assert len(tags) == 2
    assert all(tag[0] == tag[-1] == '"' for tag in tags)
    hot.close()


async def test_only_the_disk_is_at_hand_without_waiting(tmp_path: Path) -> None:
    disk, elsewhere = local_store(tmp_path), memory_store()
    for made in (disk, elsewhere):
        made.put("a", b"x")
    hot = HotObjects(disk, 10)
    assert hot.at_hand("a") is None
    assert hot.known("a") is hot.at_hand("a")
    assert hot.known("none") is None
    assert HotObjects(elsewhere, 10).known("a") is None
    hot.close()


class Gone(ObstoreBackend):
    """A store that answers nothing."""

    def get(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        raise OSError(key, start, end)

    def stat(self, key: str) -> Stat | None:
        raise OSError(key)


async def test_a_store_that_does_not_answer_is_said_to_be_unavailable() -> None:
    hot = HotObjects(Gone(MemoryStore()), 100)
    for ask in (hot.get("a"), hot.measure("a"), hot.slice("a", 0, 5)):
        with pytest.raises(Unavailable, match="object store"):
            await ask
