"""The catalogue as lines of canonical JSON, and its digest: the same lines, the same catalogue.

A line holds all columns of a release with its tracks and sources, or of a recording; only `state`
and `next_change` are left out, because the clock moves them.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from catalog.models import Recording, Release, Source, Track

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

CLOCKED = frozenset({"state", "next_change"})
Shape = dict[str, Any]
Line = tuple[str, str]
"""Id and canonical JSON."""
_CHUNK = 500


class Digest:
    """SHA-256 over lines that pass through."""

    def __init__(self) -> None:
        self._total = hashlib.sha256()

    def over(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The same lines, counted in."""
        for key, line in lines:
            self._total.update(f"{key}\x1f{line}\n".encode())
            yield key, line

    @property
    def text(self) -> str:
        """Of all lines so far, 64 hexadecimal digits."""
        return self._total.hexdigest()


def digest(lines: Iterable[Line]) -> Digest:
    """Of all these lines."""
    found = Digest()
    for _ in found.over(lines):
        pass
    return found


def of(session: Session) -> Digest:
    """Of the catalogue that is there: its releases, then its recordings."""
    return digest(chain(releases(session), recordings(session)))


def releases(session: Session) -> Iterator[Line]:
    """A line for each release, in the order of ids; read in chunks."""
    after = ""
    while True:
        ids = list(
            session.scalars(
                select(Release.id).where(Release.id > after).order_by(Release.id).limit(_CHUNK)
            )
        )
        if not ids:
            return
        yield from some(session, ids)
        after = ids[-1]


def some(session: Session, ids: list[str]) -> Iterator[Line]:
    """Lines of these releases."""
    tracks = _by(session, Track, ids, Track.position)
    sources = _by(session, Source, ids, Source.recording_id)
    query = select(Release.__table__).where(Release.id.in_(ids)).order_by(Release.id)
    for row in session.execute(query).mappings():
        key = row["id"]
        yield key, body(dict(row), tracks.get(key, []), sources.get(key, []))


def body(
    release: Mapping[str, Any], tracks: Iterable[Mapping[str, Any]], sources: Iterable[Any]
) -> str:
    """The canonical JSON of a release."""
    plain = {name: value for name, value in release.items() if name not in CLOCKED}
    ordered = sorted((dict(one) for one in sources), key=lambda one: str(one["recording_id"]))
    return canonical(
        {"release": plain, "tracks": [dict(one) for one in tracks], "sources": ordered}
    )


def recordings(session: Session) -> Iterator[Line]:
    """A line for each recording, in the order of ids."""
    query = select(Recording.__table__).order_by(Recording.id)
    for row in session.execute(query.execution_options(yield_per=_CHUNK)).mappings():
        yield row["id"], canonical(dict(row))


def canonical(value: object) -> str:
    """One form for equal values; instants in UTC."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(type(value).__name__)


def _by(session: Session, table: Any, ids: list[str], order: Any) -> dict[str, list[Shape]]:  # noqa: ANN401 - any table
    found: dict[str, list[Shape]] = {}
    query = select(table.__table__).where(table.release_id.in_(ids)).order_by(order)
    for row in session.execute(query).mappings():
        found.setdefault(row["release_id"], []).append(dict(row))
    return found
