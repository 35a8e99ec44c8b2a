"""What Segue needs of a search engine. Backends are in `search/backends/`, one contract suite.

The index is derived: it can always be built anew from the catalogue, so no backend repairs
anything. It knows nothing of rights; whoever asks passes `keep`, or judges the hits afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


class Kind(StrEnum):
    """What a document, and so a hit, stands for."""

    RELEASE = "release"
    RECORDING = "recording"
    PARTY = "party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One thing that can be found, as it stands on one release.

    Attributes:
        id: unique in the index.
        kind: what it stands for.
        key: the thing's public id; hits with equal kind and key are shown once.
        release_id: the release it belongs to and disappears with.
        title: what it is called: the words that weigh most.
        artist: display artist.
        context: further words: the release of a track, label, genre.
        codes: ISRC without hyphens, GTIN-14: exact matches go to the top.
        popularity: counted plays, weighs gently.
    """

    id: str
    kind: Kind
    key: str
    release_id: str
    title: str
    artist: str = ""
    context: str = ""
    codes: tuple[str, ...] = ()
    popularity: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document found, best first; scores compare only within one answer."""

    id: str
    kind: Kind
    key: str
    release_id: str
    score: float
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """An answer: the hits, best first, and whether there are more."""

    hits: tuple[Hit, ...] = ()
    more: bool = False

    def of(self, kind: Kind) -> tuple[Hit, ...]:
        """The hits of one kind, in their order."""
        return tuple(hit for hit in self.hits if hit.kind is kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do beyond the contract."""

    durable: bool
    many_readers: bool


class SearchIndex(Protocol):
    """Finds documents. One process writes, any number of threads read."""

    capabilities: Capabilities

    @property
    def position(self) -> int | None:
        """The last outbox event that is in the index; None when it must be built anew."""
        ...

    def search(
        self,
        query: str,
        *,
        kinds: Collection[Kind] = (),
        limit: int = 20,
        keep: Callable[[Hit], bool] | None = None,
    ) -> Hits:
        """The best documents for a question as typed; `kinds` empty means all.

        `keep` is asked for each candidate, best first, until `limit` hits are kept.
        """
        ...

    def replace(
        self,
        release_ids: Collection[str],
        documents: Iterable[Document],
        *,
        position: int | None = None,
    ) -> None:
        """In one step: all documents of these releases go, these documents come."""
        ...

    def rebuild(self, documents: Iterable[Document], *, position: int = 0) -> None:
        """Build all anew beside the running index, then swap."""
        ...

    def close(self) -> None:
        """Let go of files and locks."""
        ...
