"""The harmless twin: a list that is looked through. For tests and small catalogues."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from search import scores
from search.index import Capabilities, Document, Hit, Hits, Kind
from search.query import Question, Word, edits, understand
from search.results import cut
from search.text import tokens, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


@dataclass(frozen=True, slots=True)
class _Entry:
    document: Document
    fields: tuple[tuple[float, tuple[str, ...]], ...]
    whole_title: str
    whole_artist: str


class MemoryIndex:
    """Keeps documents in memory; forgets them when closed."""

    capabilities = Capabilities(durable=False, many_readers=False)

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._position: int | None = None
        self._lock = Lock()

    @property
    def position(self) -> int | None:
        """See SearchIndex."""
        return self._position

    def search(
        self,
        query: str,
        *,
        kinds: Collection[Kind] = (),
        limit: int = 20,
        keep: Callable[[Hit], bool] | None = None,
    ) -> Hits:
        """See SearchIndex."""
        question = understand(query)
        entries = list(self._entries.values())
        scored = [
            (score, entry.document)
            for entry in entries
            if (not kinds or entry.document.kind in kinds) and (score := _score(entry, question))
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1].id))
        return cut((_hit(score, document) for score, document in scored), limit, keep)

    def replace(
        self,
        release_ids: Collection[str],
        documents: Iterable[Document],
        *,
        position: int | None = None,
    ) -> None:
        """See SearchIndex."""
        new = {document.id: _entry(document) for document in documents}
        gone = set(release_ids)
        with self._lock:
            kept = {
                key: entry
                for key, entry in self._entries.items()
                if entry.document.release_id not in gone
            }
            self._entries = kept | new
            self._position = (self._position or 0) if position is None else position

    def rebuild(self, documents: Iterable[Document], *, position: int = 0) -> None:
        """See SearchIndex."""
        new = {document.id: _entry(document) for document in documents}
        with self._lock:
            self._entries, self._position = new, position

    def close(self) -> None:
        """See SearchIndex."""
        self._entries = {}


def _entry(document: Document) -> _Entry:
    return _Entry(
        document=document,
        fields=(
            (scores.TITLE, tuple(tokens(document.title))),
            (scores.ARTIST, tuple(tokens(document.artist))),
            (scores.CONTEXT, tuple(tokens(document.context))),
        ),
        whole_title=whole(document.title),
        whole_artist=whole(document.artist),
    )


def _score(entry: _Entry, question: Question) -> float:
    """0 when the document does not match."""
    if question.code and question.code in entry.document.codes:
        return scores.CODE
    found = [_word(entry, word) for word in question.words]
    if not found or not all(found):
        return 0.0
    total = sum(found)
    total += scores.WHOLE_TITLE * (entry.whole_title == question.whole)
    total += scores.WHOLE_ARTIST * (entry.whole_artist == question.whole)
    return total * scores.weight(entry.document.popularity)


def _word(entry: _Entry, word: Word) -> float:
    best = 0.0
    for weight, texts in entry.fields:
        for text in texts:
            best = max(best, weight * _closeness(word, text))
    return best


def _closeness(word: Word, text: str) -> float:
    if word.text == text:
        return scores.EXACT
    distance = edits(word.text, text, word.distance, prefix=word.prefix)
    return 0.0 if distance is None else scores.of_edits(distance, prefix=word.prefix)


def _hit(score: float, document: Document) -> Hit:
    return Hit(
        id=document.id,
        kind=document.kind,
        key=document.key,
        release_id=document.release_id,
        score=score,
        exact=score >= scores.CODE,
    )
