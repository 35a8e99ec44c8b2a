"""The indexer follows the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.backends.memory import MemoryIndex
from search.index import Document, Kind
from search.indexer import BATCH, Indexer

if TYPE_CHECKING:
    from collections.abc import Sequence


class Shop:
    """A catalogue of titles by release id, and its events."""

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}
        self.log: list[tuple[int, str]] = []
        self.loads: list[int] = []

    def put(self, release_id: str, title: str | None) -> None:
        if title is None:
            self.titles.pop(release_id, None)
        else:
            self.titles[release_id] = title
        self.log.append((len(self.log) + 1, release_id))

    def load(self, release_ids: Sequence[str]) -> list[Document]:
        self.loads.append(len(release_ids))
        return [
            Document(id=name, kind=Kind.RELEASE, key=name, release_id=name, title=self.titles[name])
            for name in release_ids
            if name in self.titles
        ]

    def events(self, after: int, limit: int) -> list[tuple[int, str]]:
        return [event for event in self.log if event[0] > after][:limit]


def test_it_catches_up_and_only_once() -> None:
    shop, index = Shop(), MemoryIndex()
    indexer = Indexer(index, shop.load)
    assert indexer.must_rebuild
    indexer.rebuild([], position=0)
    shop.put("a", "First")
    shop.put("b", "Second")
    shop.put("a", "Third")
    assert indexer.catch_up(shop.events) == 3
    assert (index.position, indexer.must_rebuild) == (3, False)
    assert [hit.key for hit in index.search("third").hits] == ["a"]
    assert index.search("first").hits == ()
    assert indexer.catch_up(shop.events) == 0
    shop.put("a", None)
    indexer.catch_up(shop.events)
    assert index.search("third").hits == ()


def test_batches_are_bounded() -> None:
    shop, index = Shop(), MemoryIndex()
    indexer = Indexer(index, shop.load)
    for number in range(BATCH + 1):
        shop.titles[f"r{number}"] = f"Title {number}"
    indexer.rebuild(shop.titles, position=9)
    assert shop.loads == [BATCH, 1]
    assert index.position == 9
    indexer.refresh([*shop.titles, "r0"])
    assert shop.loads == [BATCH, 1, BATCH, 1]
    assert index.position == 9
