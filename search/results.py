"""What all backends do with scored candidates: judge, show each thing once, cut."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from search.index import Hits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from search.index import Hit


def cut(candidates: Iterable[Hit], limit: int, keep: Callable[[Hit], bool] | None) -> Hits:
    """The first `limit` candidates that `keep` keeps, each (kind, key) once."""
    found = list(islice(_kept(candidates, keep), max(limit, 0) + 1))
    return Hits(hits=tuple(found[:limit]), more=len(found) > limit)


def _kept(candidates: Iterable[Hit], keep: Callable[[Hit], bool] | None) -> Iterator[Hit]:
    seen: set[tuple[str, str]] = set()
    for hit in candidates:
        if (hit.kind, hit.key) in seen or (keep is not None and not keep(hit)):
            continue
        seen.add((hit.kind, hit.key))
        yield hit
