"""Keeps the index in step with the catalogue: by events of the outbox, in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from search.index import Document, SearchIndex

Load: TypeAlias = Callable[[Sequence[str]], Iterable["Document"]]
"""Documents of these releases as the catalogue says now; none of a release that is gone."""
Events: TypeAlias = Callable[[int, int], Sequence[tuple[int, str]]]
"""(after, limit) -> `[(event id, release id)]` in the order of ids."""

BATCH = 500


class Indexer:
    """The one that writes to the index. Thread safe; each call ends when its work is findable."""

    def __init__(self, index: SearchIndex, load: Load) -> None:
        self._index = index
        self._load = load
        self._lock = Lock()

    def refresh(self, release_ids: Sequence[str]) -> None:
        """Read these releases again and put them into the index; gone ones leave it."""
        with self._lock:
            for batch in _batches(list(dict.fromkeys(release_ids))):
                self._index.replace(batch, self._load(batch))

    def catch_up(self, events: Events) -> int:
        """Apply the events that the index has not seen; returns how many there were.

        Applying an event twice does no harm, so a crash in between costs nothing.
        """
        count = 0
        with self._lock:
            while found := events(self._index.position or 0, BATCH):
                ids = list(dict.fromkeys(release_id for _, release_id in found))
                self._index.replace(ids, self._load(ids), position=found[-1][0])
                count += len(found)
        return count

    def rebuild(self, release_ids: Iterable[str], *, position: int) -> None:
        """Build the index anew from all releases; `position` is the last event known before."""
        with self._lock:
            batches = _batches(release_ids)
            documents = (document for batch in batches for document in self._load(batch))
            self._index.rebuild(documents, position=position)

    @property
    def must_rebuild(self) -> bool:
        """Whether there is no usable index."""
        return self._index.position is None


def _batches(release_ids: Iterable[str]) -> Iterable[list[str]]:
    batch: list[str] = []
    for release_id in release_ids:
        batch.append(release_id)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
