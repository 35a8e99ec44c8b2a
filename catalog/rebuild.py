"""Build the catalogue anew from the log, beside the one that is served, then put it in its place.

    1 read     messages whose reading is not of today's reader are read from their bytes
    2 walk     all entries of all releases, in order, into a scratch file
    3 compare  the scratch with the catalogue that is there
    4 swap     what differs, and what arrived meanwhile, in one transaction with its events

A rebuild that dies before the end of 4 has changed nothing that anybody sees; the readings of 1
stay, so the next one is quicker. Memory is that of the greatest release, not of the log.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from catalog import census, events, reading as readings
from catalog.log import FOLDED, PAGE, Log, decided, decisions, keep_all, messages
from catalog.models import Decision, LoggedMessage, Reading as KeptReading, Release
from catalog.swap import swap
from catalog.walk import rows, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from catalog.census import Line
    from catalog.log import Books
    from catalog.scratch import Scratch
    from catalog.walk import Decided, Entry
    from core.clock import Clock
    from core.database import Database

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild did: with how many entries of the log, of which `read` were read from their
    bytes. `before` and `after` are digests of the catalogue that is served,
    `digest` that of what was built from the log."""

    entries: int
    releases: int
    read: int
    changed: tuple[str, ...]
    before: str
    digest: str
    after: str


class Rebuilder:
    """One rebuild. `told` hears (phase, done, total)."""

    def __init__(
        self,
        database: Database,
        books: Books,
        clock: Clock,
        told: Callable[[str, int, int], None] = lambda _phase, _done, _total: None,
    ) -> None:
        self._database = database
        self._books = books
        self._clock = clock
        self._told = told

    def run(self, scratch: Scratch, *, fresh: bool = False) -> Rebuilt:
        """All four phases. `fresh` reads every message anew.

        Raises:
            KeyError: the bytes of a message are gone.
        """
        read = self._read(fresh=fresh)
        count = self._walk(scratch)
        before, built = census.Digest(), census.Digest()
        with self._database.read() as session:
            differing = [
                _keys(before.over(census.releases(session)), built.over(scratch.releases())),
                _keys(before.over(census.recordings(session)), built.over(scratch.recordings())),
            ]
        changed, late = self._swap(scratch, *differing)
        if changed or late:
            built = census.digest(chain(scratch.releases(), scratch.recordings()))
        with self._database.read() as session:
            after = census.of(session) if changed else before
            total = session.scalar(select(func.count()).select_from(Release)) or 0
        return Rebuilt(
            entries=count,
            releases=total,
            read=read,
            changed=tuple(changed),
            before=before.text,
            digest=built.text,
            after=after.text,
        )

    def _read(self, *, fresh: bool) -> int:
        """Read what is not read by today's reader; in batches, so that nothing waits for long."""
        with self._database.read() as session:
            query = (
                select(LoggedMessage.digest)
                .outerjoin(KeptReading, KeptReading.digest == LoggedMessage.digest)
                .where(LoggedMessage.outcome == "accept", LoggedMessage.type.in_(FOLDED))
            )
            if not fresh:
                stale = (KeptReading.version != readings.VERSION) | KeptReading.version.is_(None)
                query = query.where(stale)
            wanted = list(session.scalars(query.distinct().order_by(LoggedMessage.digest)))
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            made = [(digest, readings.read(self._books(digest))) for digest in batch]
            with self._database.write() as session:
                keep_all(session, made)
            self._told("read", start + len(batch), len(wanted))
        return len(wanted)

    def _walk(self, scratch: Scratch) -> int:
        """All releases into the scratch; returns how many entries the log has."""
        now, done = self._clock(), 0
        with self._database.read() as session:
            log = Log(session, self._books, keep=False)
            total = sum(count for _, count in counts(session))
            for release_id, entries in _groups(session, log):
                done += put(scratch, log, release_id, entries, now)
                if done % BATCH < PAGE:
                    self._told("walk", done, total)
            for release_id in sorted(log.routes.touched):
                done += put(scratch, log, release_id, log.entries(release_id), now)
        self._told("walk", total, total)
        return total

    def _swap(
        self, scratch: Scratch, releases: list[str], recordings: list[str]
    ) -> tuple[list[str], set[str]]:
        """Write what differs; entries that came since the walk are walked now. Returns the releases
        that changed, and those that were walked again."""
        now = self._clock()
        with self._database.write() as session:
            events.alone(session)
            log = Log(session, self._books)
            known = dict(scratch.entries())
            counted = dict(counts(session))
            late = {key for key, count in counted.items() if known.get(key) != count}
            late |= log.routes.touched
            for release_id in sorted(late):
                put(scratch, log, release_id, log.entries(release_id), now, counted)
            wanted = sorted({*releases, *late, *(known.keys() - counted.keys())})
            changed = swap(session, scratch, wanted, recordings, now)
            self._told("swap", len(wanted), len(wanted))
        return changed, late


def counts(session: Session) -> Iterator[tuple[str, int]]:
    """How many entries the log has of each release, messages and decisions."""
    said = (
        select(LoggedMessage.release_id, func.count())
        .where(
            LoggedMessage.outcome == "accept",
            LoggedMessage.type.in_(FOLDED),
        )
        .group_by(LoggedMessage.release_id)
    )
    ruled = dict(
        session.execute(
            select(Decision.release_id, func.count())
            .where(Decision.release_id.is_not(None))
            .group_by(Decision.release_id)
        ).all()
    )
    for release_id, count in session.execute(said):
        if release_id is not None:
            yield release_id, count + ruled.get(release_id, 0)


def put(
    scratch: Scratch,
    log: Log,
    release_id: str,
    entries: Iterable[Entry],
    now: datetime,
    counted: dict[str, int] | None = None,
) -> int:
    """Walk a release into the scratch; returns how many entries it had."""
    seen = 0

    def counting() -> Iterator[Entry]:
        nonlocal seen
        for entry in entries:
            seen += 1
            yield entry

    known = walk(counting())
    owner = log.routes.owner(release_id) or (known.last.reading.owner if known.last else "")
    found = rows(release_id, owner, known, now, log.policies)
    scratch.put(release_id, found, (counted or {}).get(release_id, seen))
    return seen


def _groups(session: Session, log: Log) -> Iterator[tuple[str, Iterator[Entry]]]:
    """Releases that no transfer is about, each with its entries in their order."""
    ruled: dict[str, list[Decided]] = {}
    for one, dpid in session.execute(decisions().order_by(Decision.order_key)):
        ruled.setdefault(one.release_id or "", []).append(decided(one, dpid))
    query = (
        messages()
        .where(LoggedMessage.release_id.is_not(None))
        .order_by(LoggedMessage.release_id, LoggedMessage.order_key, LoggedMessage.id)
    )
    stream = session.execute(query.execution_options(yield_per=PAGE))
    for release_id, group in groupby(stream, key=lambda row: row.release_id):
        if release_id not in log.routes.touched:
            said: Iterator[Entry] = (log.said(row) for row in group)
            yield release_id, heapq.merge(said, ruled.get(release_id, []), key=lambda e: e.key)


def _keys(old: Iterable[Line], new: Iterable[Line]) -> list[str]:
    """Ids whose lines differ, or are on one side only; both sides in the order of ids."""
    sides = (((key, side, line) for key, line in lines) for side, lines in enumerate((old, new)))
    groups = groupby(heapq.merge(*sides), key=itemgetter(0))
    return [key for key, group in groups if len({line for _, _, line in _two(group)}) > 1]


def _two(group: Iterable[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Both sides of one id; a side that has none says nothing."""
    found = list(group)
    return found if len(found) == 2 else [*found, ("", 0, "")]
