"""Hot objects stay in memory, within their bound."""

from __future__ import annotations

import pytest

from server.playback.hot import HotObjects
from storage.backends.obstore import memory_store
from storage.store import ObjectAbsent


async def test_it_answers_from_memory_and_forgets_the_coldest() -> None:
    store = memory_store()
    for name in "abc":
        store.put(name, name.encode() * 100)
    hot = HotObjects(store, 250)
    first = await hot.get("a")
    await hot.get("b")
    store.delete("a")
    store.delete("b")
    assert await hot.get("a") == first
    await hot.get("c")
    assert hot.held == 200
    assert (await hot.get("a")).body == b"a" * 100
    with pytest.raises(ObjectAbsent):
        await hot.get("b")


async def test_what_is_too_large_passes_through() -> None:
    store = memory_store()
    store.put("a", b"x" * 100)
    hot = HotObjects(store, 99)
    assert len((await hot.get("a")).body) == 100
    assert hot.held == 0


async def test_the_etag_is_of_the_bytes() -> None:
    store = memory_store()
    for name, data in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        store.put(name, data)
    hot = HotObjects(store, 99)
    tags = [(await hot.get(name)).etag for name in "abc"]
    assert tags[0] == tags[1] != tags[2]
    assert tags[0].startswith('"')
