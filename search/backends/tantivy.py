"""The embedded engine: tantivy in a folder of ours.

    <root>/current       name of the generation in use, replaced atomically
    <root>/<generation>/ a tantivy index, and `position`, the last outbox event that is in it

One process writes (tantivy's own lock says so), any number of processes read and follow the
writer by the times of two small files. Whatever is wrong with the files, `position` is None then,
and the owner of the catalogue rebuilds into a new generation.
"""

from __future__ import annotations

import re
import secrets
import shutil
from threading import Lock
from typing import TYPE_CHECKING

import tantivy

from core.errors import Conflict, Unavailable
from search import scores
from search.index import Capabilities, Document, Hit, Hits, Kind
from search.query import Question, Word, understand
from search.results import cut
from search.text import tokens, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

VERSION = "1"
"""Goes up with each change of the schema or of how texts are cut: older generations are rebuilt."""

_GENERATION = re.compile(r"v(\w+)-[0-9a-f]{16}")
_HEAP = 20_000_000
_PAGE = 64
_DEEPEST = 4096
_FIELDS = (("title", scores.TITLE), ("artist", scores.ARTIST), ("context", scores.CONTEXT))


class TantivyIndex:
    """See SearchIndex. `writable=False` opens a reader that never takes the lock."""

    capabilities = Capabilities(durable=True, many_readers=True)

    def __init__(self, root: Path, *, writable: bool = True) -> None:
        self._root = root
        self._writable = writable
        self._lock = Lock()
        self._writer: tantivy.IndexWriter | None = None
        self._index: tantivy.Index | None = None
        self._folder: Path | None = None
        self._seen: tuple[int, int] = (0, 0)
        if writable:
            root.mkdir(parents=True, exist_ok=True)
        self._open()

    @property
    def position(self) -> int | None:
        """See SearchIndex."""
        if self._folder is None:
            return None
        try:
            return int((self._folder / "position").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def search(
        self,
        query: str,
        *,
        kinds: Collection[Kind] = (),
        limit: int = 20,
        keep: Callable[[Hit], bool] | None = None,
    ) -> Hits:
        """See SearchIndex.

        Raises:
            Unavailable: the files can't be read; a rebuild mends it.
        """
        question = understand(query)
        self._follow()
        if self._index is None or not (question.words or question.code):
            return Hits()
        try:
            searcher = self._index.searcher()
            built = _query(self._index.schema, question, kinds)
            return cut(_candidates(searcher, built), limit, keep)
        except (ValueError, OSError) as wrong:
            raise Unavailable(f"search failed: {wrong}", remedy="Rebuild the index.") from wrong

    def replace(
        self,
        release_ids: Collection[str],
        documents: Iterable[Document],
        *,
        position: int | None = None,
    ) -> None:
        """See SearchIndex.

        Raises:
            Conflict: another process writes.
            Unavailable: the index must be rebuilt first.
        """
        with self._lock:
            if self._index is None or self._folder is None:
                raise Unavailable("there is no search index yet", remedy="Rebuild the index.")
            writer = self._own_writer(self._index)
            for release_id in release_ids:
                writer.delete_documents_by_term("release_id", release_id)
            for document in documents:
                writer.delete_documents_by_term("id", document.id)
                writer.add_document(_stored(document))
            writer.commit()
            if position is not None:
                _write(self._folder / "position", str(position))
            self._index.reload()

    def rebuild(self, documents: Iterable[Document], *, position: int = 0) -> None:
        """See SearchIndex.

        Raises:
            Conflict: this is a reader.
        """
        if not self._writable:
            raise Conflict("a reader can't rebuild the search index")
        with self._lock:
            name = f"v{VERSION}-{secrets.token_hex(8)}"
            _build(self._root / name, documents, position)
            self._release()
            _write(self._root / "current", name)
            self._remove_others(name)
        self._open()

    def close(self) -> None:
        """See SearchIndex."""
        with self._lock:
            self._release()

    def _release(self) -> None:
        writer, self._writer, self._index, self._folder = self._writer, None, None, None
        if writer is not None:
            writer.wait_merging_threads()

    def _open(self) -> None:
        """Open what `current` names; on any fault there is no index and `position` is None."""
        self._index, self._folder = None, None
        try:
            name = (self._root / "current").read_text(encoding="ascii").strip()
            found = _GENERATION.fullmatch(name)
            if found is None or found[1] != VERSION:
                return
            index = _register(tantivy.Index.open(str(self._root / name)))
            index.searcher()
        except (OSError, ValueError):
            return
        self._index, self._folder = index, self._root / name
        self._seen = self._times()

    def _follow(self) -> None:
        """Readers see what the writer has committed, or another generation."""
        seen = self._times()
        if seen == self._seen:
            return
        if self._index is None or seen[0] != self._seen[0]:
            if self._writer is None:
                self._open()
        else:
            self._index.reload()
        self._seen = seen

    def _times(self) -> tuple[int, int]:
        folder = self._folder or self._root
        return _time(self._root / "current"), _time(folder / "meta.json")

    def _own_writer(self, index: tantivy.Index) -> tantivy.IndexWriter:
        if not self._writable:
            raise Conflict("a reader can't write to the search index")
        if self._writer is None:
            try:
                self._writer = index.writer(heap_size=_HEAP, num_threads=1)
            except ValueError as busy:
                raise Conflict(
                    "another process writes to the search index",
                    remedy="Stop the other one; one process owns the index.",
                ) from busy
        return self._writer

    def _remove_others(self, name: str) -> None:
        for path in self._root.iterdir():
            if path.name != name and _GENERATION.fullmatch(path.name):
                shutil.rmtree(path, ignore_errors=True)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "kind", "key", "release_id"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("codes", "whole_title", "whole_artist"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name, _ in _FIELDS:
        builder.add_text_field(name, tokenizer_name="blanks", index_option="basic")
    builder.add_float_field("weight", fast=True)
    return builder.build()


def _register(index: tantivy.Index) -> tantivy.Index:
    """Texts come cut into words by `search.text`; tantivy splits them at blanks only."""
    blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("blanks", blanks)
    index.config_reader(reload_policy="manual")
    return index


def _build(folder: Path, documents: Iterable[Document], position: int) -> None:
    folder.mkdir(parents=True)
    index = _register(tantivy.Index(_schema(), path=str(folder)))
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    for document in documents:
        writer.add_document(_stored(document))
    writer.commit()
    writer.wait_merging_threads()
    _write(folder / "position", str(position))


def _stored(document: Document) -> tantivy.Document:
    made = tantivy.Document()
    for name in ("id", "kind", "key", "release_id"):
        made.add_text(name, str(getattr(document, name)))
    for code in document.codes:
        made.add_text("codes", code)
    made.add_text("whole_title", whole(document.title))
    made.add_text("whole_artist", whole(document.artist))
    for name, _ in _FIELDS:
        made.add_text(name, " ".join(tokens(getattr(document, name))))
    made.add_float("weight", scores.weight(document.popularity))
    return made


def _query(schema: tantivy.Schema, question: Question, kinds: Collection[Kind]) -> tantivy.Query:
    query = tantivy.Query
    parts = []
    if question.words:
        clauses = [(tantivy.Occur.Must, _word(schema, word)) for word in question.words]
        for name, bonus in (
            ("whole_title", scores.WHOLE_TITLE),
            ("whole_artist", scores.WHOLE_ARTIST),
        ):
            exact = query.term_query(schema, name, question.whole)
            clauses.append((tantivy.Occur.Should, query.const_score_query(exact, bonus)))
        parts.append(query.boolean_query(clauses))
    if question.code:
        code = query.term_query(schema, "codes", question.code)
        parts.append(query.const_score_query(code, scores.CODE))
    either = query.disjunction_max_query(parts)
    if not kinds:
        return either
    of_kind = query.term_set_query(schema, "kind", [str(kind) for kind in kinds])
    silent = query.const_score_query(of_kind, 0.0)
    return query.boolean_query([(tantivy.Occur.Must, either), (tantivy.Occur.Must, silent)])


def _word(schema: tantivy.Schema, word: Word) -> tantivy.Query:
    """The best of the fields, each by how close the word is."""
    query = tantivy.Query
    ways = []
    for name, weight in _FIELDS:
        exact = query.term_query(schema, name, word.text)
        ways.append(query.const_score_query(exact, weight * scores.EXACT))
        for distance in range(word.distance + 1):
            if distance or word.prefix:
                near = query.fuzzy_term_query(
                    schema, name, word.text, distance=distance, prefix=word.prefix
                )
                score = weight * scores.of_edits(distance, prefix=word.prefix)
                ways.append(query.const_score_query(near, score))
    return query.disjunction_max_query(ways)


def _candidates(searcher: tantivy.Searcher, query: tantivy.Query) -> Iterator[Hit]:
    """All hits, best first, fetched page by page."""
    for offset in range(0, _DEEPEST, _PAGE):
        found = searcher.search(
            query, limit=_PAGE, offset=offset, count=False, weight_by_field="weight"
        ).hits
        for score, address in found:
            yield _hit(float(score), searcher.doc(address))
        if len(found) < _PAGE:
            return


def _hit(score: float, document: tantivy.Document) -> Hit:
    return Hit(
        id=str(document.get_first("id")),
        kind=Kind(str(document.get_first("kind"))),
        key=str(document.get_first("key")),
        release_id=str(document.get_first("release_id")),
        score=score,
        exact=score >= scores.CODE,
    )


def _write(path: Path, text: str) -> None:
    """Replace a small file in one step."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.write_text(text, encoding="ascii")
    draft.replace(path)


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
