"""Every track of every release has an encoding of the present recipe, between its neighbours.

A delivery brings its own. What is missing then is made in the background: when a later message
orders tracks anew, when a release lists recordings that came with others, and for the whole
catalogue when the recipe has changed. What was made before stays in service until then.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from blake3 import blake3
from sqlalchemy import func, select

from catalog.models import Event, Media, Release
from catalog.models.media import AlbumSound, Encoding, EncodingFailure
from catalog.queries.sounds import masters
from core.database import insert_new
from core.errors import Unavailable
from ingest.parts import master_key
from ingest.ports import AudioFacts, JoinedSource, TrackSource
from storage.store import ObjectAbsent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.folders import DataFolder
    from ingest.ports import Encoded, Transcode
    from storage.store import ObjectStore

_log = structlog.get_logger("segue.encodings")
AGAIN = timedelta(minutes=10)
"""After a failure; after each further one twice as long, up to about five hours."""
_DOUBLINGS = 5
_AT_A_TIME = 20
_LATE = 100
_PIECE = 8 << 20
_TEXT = 2_000


class Kitchen(Protocol):
    """The parts that encoding takes; `ingest.parts.Parts` has them and more."""

    @property
    def database(self) -> Database: ...
    @property
    def store(self) -> ObjectStore: ...
    @property
    def data(self) -> DataFolder: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def transcode(self) -> Transcode: ...


Wanted = tuple[str, str, str]
"""Digests of a master, of the one before it and of the one after it; empty: none."""


def remember(session: Session, parts: Kitchen, encoded: Sequence[Encoded]) -> None:
    """Note what was made; made again, it is kept for longer.

    Raises:
        Unavailable: its files are just being removed as spare; another try makes them anew.
    """
    now = parts.clock()
    for one in sorted(encoded, key=lambda one: one.asset):
        insert_new(session, Encoding, [_row(one, now)])
        known = session.get_one(Encoding, one.asset, populate_existing=True, with_for_update=True)
        if known.going or not parts.transcode.stands(one.asset):
            raise Unavailable(f"encoding {one.asset} is just being removed", remedy="try again")
        known.spare_since = None
        media = session.get(Media, one.digest)
        if media is not None:
            media.asset, media.manifest = one.asset, one.manifest
    session.flush()


def _row(one: Encoded, now: datetime) -> dict[str, Any]:
    return {
        "asset": one.asset,
        "digest": one.digest,
        "previous": one.previous,
        "next": one.next,
        "manifest": one.manifest,
        "made_at": now,
        "going": False,
    }


class Encodings:
    """Walks through all releases once, then follows the events. One round looks at a few."""

    def __init__(self, parts: Kitchen) -> None:
        self._parts = parts
        self._seen: set[int] | None = None
        self._left: list[str] = []
        self._hurried: SimpleQueue[str] = SimpleQueue()
        self._doing = ""

    def hurry(self, releases: Iterable[str]) -> None:
        """Look at these before the others, from any thread; those that failed too."""
        for release_id in releases:
            self._hurried.put(release_id)

    def standing(self) -> tuple[str, int]:
        """The release that is being looked at, empty for none, and how many wait for it."""
        return self._doing, len(self._left) + self._hurried.qsize()

    def round(self) -> int:
        """Look at the next releases; returns how many tracks were encoded."""
        with self._parts.database.read() as session:
            changed = [*self._changed(session), *self._due(session)]
        first = [self._hurried.get() for _ in range(self._hurried.qsize())]
        self._left = list(dict.fromkeys([*first, *self._left, *changed]))
        made = 0
        for _ in range(min(len(self._left), _AT_A_TIME)):
            self._doing = self._left.pop(0)
            made += attempt(self._parts, self._doing)
        self._doing = ""
        return made

    def _changed(self, session: Session) -> list[str]:
        """All releases at first, then those of new events. On a server with many writers ids become
        visible out of order, so the last hundred are looked at again."""
        last = max(self._seen, default=0) if self._seen is not None else None
        newest = session.scalar(select(func.max(Event.id))) or 0
        since = (newest if last is None else last) - _LATE
        events = session.execute(select(Event.id, Event.release_id).where(Event.id > since)).all()
        known, self._seen = self._seen, {event.id for event in events}
        if known is None:
            return list(session.scalars(select(Release.id).order_by(Release.id)))
        return [event.release_id for event in events if event.id not in known]

    def _due(self, session: Session) -> list[str]:
        """Those that failed, some time ago."""
        now = self._parts.clock()
        latest = select(EncodingFailure).where(EncodingFailure.failed_at <= now - AGAIN)
        return [
            one.release_id
            for one in session.scalars(latest)
            if now >= one.failed_at + AGAIN * 2 ** min(one.tries - 1, _DOUBLINGS)
        ]


def attempt(parts: Kitchen, release_id: str) -> int:
    """`complete`, whose failure is told in the log, kept for the operator and tried again."""
    try:
        made, failure = complete(parts, release_id), ""
    except Exception as bad:  # noqa: BLE001 - whatever it is, the other releases go on
        _log.exception("encoding_failed", release=release_id)
        made, failure = 0, str(getattr(bad, "message", "")) or str(bad) or type(bad).__name__
    _note(parts, release_id, failure)
    return made


def _note(parts: Kitchen, release_id: str, failure: str) -> None:
    """What a try ended with; empty: well."""
    with parts.database.read() as session:
        if not failure and session.get(EncodingFailure, release_id) is None:
            return
    with parts.database.write() as session:
        known = session.get(EncodingFailure, release_id)
        if failure:
            tries, now = (known.tries if known else 0) + 1, parts.clock()
            row = EncodingFailure(
                release_id=release_id, failed_at=now, tries=tries, text=failure[:_TEXT]
            )
            session.merge(row)
        elif known is not None:
            session.delete(known)


def complete(parts: Kitchen, release_id: str) -> int:
    """Make what a release lacks, and sum up its loudness; returns how many tracks were encoded."""
    with parts.database.read() as session:
        digests = masters(session, release_id)
        media = {digest: session.get(Media, digest) for digest in digests if digest}
        facts = {
            digest: AudioFacts(**found.facts)
            for digest, found in media.items()
            if found is not None and found.kind == "audio" and found.facts
        }
        missing = [
            each
            for each in dict.fromkeys(wanted(digests))
            if each[0] in facts and not _there(session, parts.transcode.asset(*each))
        ]
    if missing:
        with _fetched(parts, facts, missing) as sources:
            encoded = parts.transcode.each(
                [
                    JoinedSource(
                        track=sources[digest], previous=sources.get(before), next=sources.get(after)
                    )
                    for digest, before, after in missing
                ]
            )
        with parts.database.write() as session:
            remember(session, parts, encoded)
    _sum_up(parts, release_id, digests)
    return len(missing)


def _there(session: Session, asset: str) -> bool:
    known = session.get(Encoding, asset)
    return known is not None and not known.going


def wanted(digests: Sequence[str]) -> Iterator[Wanted]:
    """Each track between its neighbours; a track without a master is a neighbour of none."""
    around = ["", *digests, ""]
    for index, digest in enumerate(digests):
        if digest:
            yield digest, around[index], around[index + 2]


@contextmanager
def _fetched(
    parts: Kitchen, facts: dict[str, AudioFacts], missing: Sequence[Wanted]
) -> Iterator[dict[str, TrackSource]]:
    """The masters that these take, as files that go afterwards."""
    needed = {digest for each in missing for digest in each if digest in facts}
    with tempfile.TemporaryDirectory(prefix="masters-", dir=parts.data.work) as name:
        sources = {}
        for digest in needed:
            path = parts.store.local_path(master_key(digest)) or _fetch(parts, digest, Path(name))
            sources[digest] = TrackSource(digest=digest, path=path, facts=facts[digest])
        yield sources


def _fetch(parts: Kitchen, digest: str, folder: Path) -> Path:
    path, key = folder / digest, master_key(digest)
    found = parts.store.stat(key)
    if found is None:
        raise ObjectAbsent(key)
    with path.open("wb") as file:
        for start in range(0, found.size, _PIECE):
            file.write(parts.store.get(key, start, min(start + _PIECE, found.size)))
    return path


def _sum_up(parts: Kitchen, release_id: str, digests: Sequence[str]) -> None:
    """The loudness of the release in one piece, when its tracks are other than before."""
    key = blake3("\x1f".join(digests).encode()).hexdigest()
    with parts.database.read() as session:
        known = session.get(AlbumSound, release_id)
        if known is not None and known.key == key:
            return
        manifests = [_manifest(session, digest) for digest in digests if digest]
    if not manifests or not all(manifests):
        return
    loudness = parts.transcode.album_loudness(manifests)
    with parts.database.write() as session:
        session.merge(AlbumSound(release_id=release_id, key=key, loudness=loudness))


def _manifest(session: Session, digest: str) -> dict[str, Any]:
    found = session.get(Media, digest)
    return (found.manifest if found else None) or {}
