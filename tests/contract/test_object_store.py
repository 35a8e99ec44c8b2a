"""Every object store passes these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.backends.obstore import local_store, memory_store
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from pathlib import Path

    from storage.store import ObjectStore


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return local_store(tmp_path / "objects") if request.param == "local" else memory_store()


def test_what_was_put_is_got(store: ObjectStore) -> None:
    store.put("a/b/c", b"0123456789")
    assert store.get("a/b/c") == b"0123456789"
    assert store.get("a/b/c", 2, 5) == b"234"
    assert store.get("a/b/c", 7) == b"789"
    assert store.get("a/b/c", 10) == b""
    stat = store.stat("a/b/c")
    assert stat is not None
    assert stat.size == 10


def test_put_replaces(store: ObjectStore) -> None:
    store.put("k", b"old")
    store.put("k", b"new")
    assert store.get("k") == b"new"


def test_a_file_is_taken_over(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 100_000)
    store.put("m/1", source)
    store.put("m/1", source)
    source.unlink()
    assert store.get("m/1") == b"x" * 100_000
    assert [stat.key for stat in store.list("m")] == ["m/1"]


def test_an_absent_object(store: ObjectStore) -> None:
    assert store.stat("no") is None
    store.delete("no")
    with pytest.raises(ObjectAbsent):
        store.get("no")
    with pytest.raises(ObjectAbsent):
        store.get("no", 3)
    assert list(store.list("no")) == []


def test_list_is_by_folder(store: ObjectStore) -> None:
    for key in ("p/1", "p/q/2", "pq/3"):
        store.put(key, b"")
    assert sorted(stat.key for stat in store.list("p")) == ["p/1", "p/q/2"]
    store.delete("p/1")
    assert [stat.key for stat in store.list("p")] == ["p/q/2"]


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", "ä", "a b", "a\n"]
)
def test_a_key_that_we_would_not_make_is_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="not an object key"):
        store.put(key, b"")


def test_local_path_as_declared(store: ObjectStore) -> None:
    store.put("a", b"1")
    path = store.local_path("a")
    assert (path is not None) == store.capabilities.local_path
    if path is not None:
        assert path.read_bytes() == b"1"
        assert store.local_path("absent") is None
