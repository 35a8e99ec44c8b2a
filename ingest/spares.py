"""How far the encodings are, and the end of those that nothing begins to play any more.

A track is played as the newest encoding between its neighbours, or while there is none, as the
latest of its master. All others are spare: of an earlier recipe, or between neighbours that stand
together on no release. A play that has begun keeps its own, so spare ones stay for longer than any
token lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import and_, func, select, update

from catalog.models import Media
from catalog.models.media import Encoding, EncodingFailure
from catalog.queries.sounds import places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime, timedelta

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from ingest.encodings import Kitchen

_log = structlog.get_logger("segue.encodings")
_AT_A_TIME = 100
"""Encodings removed in one round."""
_ROWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A release that could not be completed: when last (ISO 8601), how often in a row, and why."""

    release: str
    at: str
    tries: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Tracks on releases, by what they are played as; each track counts on every release.

    `ready`: by the present recipe, between its neighbours. `older`: between its neighbours by an
    earlier recipe. `apart`: as it was encoded between others. `silent`: not at all. `releases` are
    those with a track that isn't ready. `spare` encodings are played by nothing new.
    """

    tracks: int
    ready: int
    older: int
    apart: int
    silent: int
    releases: tuple[str, ...]
    spare: int
    failures: tuple[Failure, ...]

    @property
    def left(self) -> int:
        """Tracks that are not ready."""
        return self.tracks - self.ready


def progress(session: Session, kitchen: Kitchen) -> Progress:
    """Counted now, over the whole catalogue, in one pass and little memory."""
    counts = dict.fromkeys(("ready", "older", "apart", "silent"), 0)
    releases: dict[str, None] = {}
    rows = session.execute(_standing().execution_options(yield_per=_ROWS))
    for place, found in groupby(rows, key=lambda row: tuple(row[:5])):
        release, digest, previous, following, media = place
        made = {row.asset for row in found if row.asset}
        ready = kitchen.transcode.asset(digest, previous, following) in made
        kind = "ready" if ready else "older" if made else "apart" if media else "silent"
        counts[kind] += 1
        if not ready:
            releases[release] = None
    failures = session.scalars(select(EncodingFailure).order_by(EncodingFailure.failed_at))
    return Progress(
        tracks=sum(counts.values()),
        **counts,
        releases=tuple(releases),
        spare=session.scalar(
            select(func.count()).where(Encoding.spare_since.is_not(None)).select_from(Encoding)
        )
        or 0,
        failures=tuple(
            Failure(
                release=one.release_id, at=one.failed_at.isoformat(), tries=one.tries, text=one.text
            )
            for one in failures
        ),
    )


def _standing(masters: Collection[str] | None = None) -> Select[Any]:
    """Each track's place, the latest of its master, and every encoding made for the place."""
    place = places(masters)
    here = and_(
        Encoding.digest == place.c.digest,
        Encoding.previous == place.c.previous,
        Encoding.next == place.c.next,
        Encoding.going.is_(False),
    )
    columns = (place.c.release_id, place.c.digest, place.c.previous, place.c.next)
    return (
        select(*columns, Media.asset.label("media"), Encoding.asset)
        .select_from(place)
        .join(Media, Media.digest == place.c.digest)
        .outerjoin(Encoding, here)
        .where(Media.kind == "audio")
        .order_by(*columns)
    )


def sweep(kitchen: Kitchen, keep: timedelta) -> int:
    """Tell which encodings are spare since now, and remove those that were for as long as `keep`;
    returns how many went."""
    now = kitchen.clock()
    with kitchen.database.read() as session:
        spare = set(_spare(session, kitchen))
        marked = set(
            session.scalars(select(Encoding.asset).where(Encoding.spare_since.is_not(None)))
        )
    with kitchen.database.write() as session:
        _mark(session, spare - marked, spare_since=now)
        _mark(session, marked - spare, spare_since=None)
        gone = _sent_away(session, kitchen, now - keep)
    for asset in gone:
        kitchen.transcode.remove(asset)
    with kitchen.database.write() as session:
        for asset in gone:
            session.delete(session.get_one(Encoding, asset))
    if gone:
        _log.info("encodings_removed", count=len(gone))
    return len(gone)


def _sent_away(session: Session, kitchen: Kitchen, before: datetime) -> list[str]:
    """Encodings to remove: spare since then and still, or left by a sweep that didn't end."""
    due = session.scalars(
        select(Encoding)
        .where((Encoding.spare_since <= before) | Encoding.going.is_(True))
        .order_by(Encoding.spare_since)
        .limit(_AT_A_TIME)
    ).all()
    still = set(_spare(session, kitchen, {one.digest for one in due}))
    leaving = [one for one in due if one.going or one.asset in still]
    for one in leaving:
        one.going = True
        session.flush()
        _let_go(session, one)
    return [one.asset for one in leaving]


def _mark(session: Session, assets: set[str], **values: object) -> None:
    for asset in sorted(assets):
        session.execute(update(Encoding).where(Encoding.asset == asset).values(**values))


def _let_go(session: Session, going: Encoding) -> None:
    """A master whose latest encoding goes has the one before as its latest, or none."""
    media = session.get(Media, going.digest)
    if media is None or media.asset != going.asset:
        return
    other = session.scalars(
        select(Encoding)
        .where(Encoding.digest == going.digest, Encoding.going.is_(False))
        .order_by(Encoding.made_at.desc())
        .limit(1)
    ).one_or_none()
    media.asset, media.manifest = (other.asset, other.manifest) if other else (None, None)


def _spare(
    session: Session, kitchen: Kitchen, masters: Collection[str] | None = None
) -> Iterator[str]:
    """Assets (of these masters) that no new play would take, nor the present recipe wants."""
    lacking = set(session.scalars(_lacking(masters)))
    place = places(masters)
    spots = select(place.c.digest, place.c.previous, place.c.next).distinct().subquery()
    here = and_(
        spots.c.digest == Encoding.digest,
        spots.c.previous == Encoding.previous,
        spots.c.next == Encoding.next,
    )
    query = (
        select(
            Encoding.digest,
            Encoding.previous,
            Encoding.next,
            Encoding.asset,
            spots.c.digest.label("placed"),
            Media.asset.label("latest"),
        )
        .outerjoin(spots, here)
        .outerjoin(Media, Media.digest == Encoding.digest)
        .where(Encoding.going.is_(False))
        .order_by(Encoding.digest, Encoding.previous, Encoding.next, Encoding.made_at.desc())
    )
    if masters is not None:
        query = query.where(Encoding.digest.in_(masters))
    rows = session.execute(query.execution_options(yield_per=_ROWS))
    for context, found in groupby(rows, key=lambda row: tuple(row[:3])):
        wanted = kitchen.transcode.asset(*context)
        for index, row in enumerate(found):
            played = row.placed and (index == 0 or row.asset == wanted)
            if not played and not (row.asset == row.latest and row.digest in lacking):
                yield row.asset


def _lacking(masters: Collection[str] | None) -> Select[Any]:
    """Masters that stand somewhere without an encoding of that place: their latest is played."""
    standing = _standing(masters).subquery()
    return select(standing.c.digest).where(standing.c.asset.is_(None)).distinct()
