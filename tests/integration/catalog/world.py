"""Messages as values, an empty catalogue in memory, and its rows to compare."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, select

from catalog import decisions, fold
from catalog.lifecycle import DecisionKind
from catalog.log import Log
from catalog.models import Delivery, Feed, LoggedMessage, Recording, Release, Track
from core.database import Base, Database
from core.ids import gtin14, public_id
from ddex.ern.model import (
    ContentItem,
    Deal,
    Header,
    Identifier,
    Localized,
    Message,
    Period,
    Release as ErnRelease,
    Resource,
    ResourceGroup,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session

    from catalog.models import Event

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FEEDS = ("feed_aaaaaaaaaaaa", "feed_bbbbbbbbbbbb")
OWNERS = ("PADPIDA2026000001A", "PADPIDA2026000002B")
STREAM = Deal(
    release_references=("R0",),
    commercial_models=("SubscriptionModel",),
    use_types=("OnDemandStream",),
    territories=("Worldwide",),
    periods=(Period(start="2026-01-01"),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one message says. A track is (number of its ISRC, number of its new audio or None)."""

    release: int = 0
    feed: int = 0
    owner: int = 0
    stamp: int = 0
    created: int | None = 0
    title: str = "Title"
    tracks: tuple[tuple[int, int | None], ...] = ((0, 0),)
    cover: int | None = 0
    deals: tuple[Deal, ...] = (STREAM,)
    purge: bool = False

    @property
    def digest(self) -> str:
        """Of the content: the same bytes may come through two feeds in two batches."""
        content = (self.release, self.owner, self.created, self.title, self.tracks, self.deals)
        return hashlib.sha256(repr((*content, self.cover, self.purge)).encode()).hexdigest()


def message(said: Said, group: ResourceGroup | None = None) -> Message:
    """The message, in the domain model."""
    if said.purge:
        return _purge(said)
    sounds = tuple(
        Resource(
            reference=f"A{place}",
            kind="SoundRecording",
            identifiers=(Identifier(kind="ISRC", value=f"GB-AYE-26-{number:05d}"),),
            titles=(Localized(text=f"{said.title} {number}"),),
            display_artist_names=(Localized(text="The Lanterns"),),
            duration=timedelta(seconds=100 + len(said.title)),
        )
        for place, (number, _) in enumerate(said.tracks, 1)
    )
    image = Resource(reference="A90", kind="Image", type="FrontCoverImage")
    main = ErnRelease(
        reference="R0",
        is_main=True,
        types=("Album",),
        identifiers=(Identifier(kind="ICPN", value=f"400638133393{said.release}"),),
        titles=(Localized(text=said.title),),
        display_artist_names=(Localized(text="The Lanterns"),),
        resource_group=group or group_of(*(s.reference for s in sounds)),
    )
    return Message(
        type="NewReleaseMessage",
        version="43",
        header=Header(message_id=said.digest, sender_dpid=OWNERS[said.owner]),
        resources=(*sounds, image),
        releases=(main,),
        deals=said.deals,
    )


def _purge(said: Said) -> Message:
    """The release goes."""
    gone = ErnRelease(
        reference="",
        kind="PurgedRelease",
        is_main=True,
        identifiers=(Identifier(kind="ICPN", value=f"400638133393{said.release}"),),
    )
    return Message(
        type="PurgeReleaseMessage",
        version="43",
        header=Header(message_id=said.digest, sender_dpid=OWNERS[said.owner]),
        releases=(gone,),
    )


def group_of(*references: str) -> ResourceGroup:
    """One group with these resources in order."""
    return ResourceGroup(
        items=tuple(
            ContentItem(resource_reference=name, sequence=number)
            for number, name in enumerate(references, 1)
        )
    )


def catalogue() -> Database:
    """An empty one, in memory, with two feeds."""
    database = Database("sqlite://")
    Base.metadata.create_all(database.engine)
    feeds_of(database)
    return database


def feeds_of(database: Database) -> None:
    """The two feeds."""
    with database.write() as session:
        for name in FEEDS:
            session.add(
                Feed(
                    id=name,
                    name=name,
                    username=name,
                    dpid=OWNERS[FEEDS.index(name)],
                    protocol="sftp",
                    created_at=NOW,
                )
            )


def tell(session: Session, said: Said, sent: Message | None = None) -> Event | None:
    """Log one message and let it speak."""
    one = sent or message(said)
    number = f"{said.feed}-{said.digest[:50]}"
    session.add(
        Delivery(
            id=number,
            feed_id=FEEDS[said.feed],
            batch="b",
            release_folder="f",
            protocol="sftp",
            state="live",
            receipt=1,
            received_at=NOW,
            updated_at=NOW,
        )
    )
    session.flush()
    logged = LoggedMessage(
        id=f"{number}:1",
        delivery_id=number,
        feed_id=FEEDS[said.feed],
        digest=said.digest,
        message_id=said.digest,
        claimed_id=said.digest,
        owner=fold.owner_of(one),
        sender=one.header.sender_dpid,
        type=one.type,
        batch="b",
        order_stamp=f"{20260101000000000 + said.stamp}",
        created_at=None if said.created is None else NOW + timedelta(seconds=said.created),
        arrived_at=NOW,
        outcome="accept",
        media=_media(said),
        release_id=fold.release_id_of(one),
    )
    session.add(logged)
    session.flush()
    return fold.apply(session, logged, one, NOW)


def no_books(digest: str) -> Message:
    """Every reading is kept."""
    raise KeyError(digest)


def decide(
    session: Session, kind: DecisionKind, about: Said, *, stamp: int, feed: int | None = None
) -> Event | None:
    """An operator's decision on the release, with its stamp."""
    release_id = fold.release_id_of(message(replace(about, purge=False))) or ""
    alias = None
    if feed is not None:
        alias = public_id("release", OWNERS[feed], gtin14(f"400638133393{about.release}"))
    row = decisions.write(
        session,
        kind,
        by="test",
        reason="because",
        at=NOW,
        release_id=release_id,
        feed_id=None if feed is None else FEEDS[feed],
        alias_id=alias or release_id,
        details={"owner": OWNERS[about.owner]},
    )
    row.id = f"{release_id[:18]} {kind} {stamp} {feed}"[:40]
    row.order_key = f"{20260101000000000 + stamp}|{'9' * 20}|{row.id}"
    session.flush()
    log = Log(session)
    for name in sorted(log.routes.names(release_id) - {release_id}):
        fold.refold(session, name, NOW, log)
    return fold.refold(session, release_id, NOW, log).event


def _media(said: Said) -> dict[str, str]:
    brought = {
        f"A{place}": f"audio {number} {audio}"
        for place, (number, audio) in enumerate(said.tracks, 1)
        if audio is not None
    }
    return brought | ({} if said.cover is None else {"A90": f"cover {said.cover}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What one decision says: about the release of OWNERS[owner] with this number."""

    kind: DecisionKind
    release: int = 0
    owner: int = 0
    stamp: int = 0
    feed: int = 0


class Crash(Exception):
    """The process dies before it commits."""


def hear(database: Database, entry: Said | Ruled, *, crash: bool = False) -> None:
    """One entry in one transaction; `crash`: it dies in the first try."""
    for dies in (True, False) if crash else (False,):
        with suppress(Crash), database.write() as session:
            if isinstance(entry, Said):
                tell(session, entry)
            else:
                about = Said(release=entry.release, owner=entry.owner)
                moves = entry.kind is DecisionKind.TRANSFER
                feed = entry.feed if moves else None
                decide(session, entry.kind, about, stamp=entry.stamp, feed=feed)
            if dies:
                raise Crash


def told(
    entries: Iterable[Said | Ruled], crashes: Collection[int] = ()
) -> dict[str, list[dict[str, Any]]]:
    """The catalogue after these entries in this order of arrival."""
    database = catalogue()
    try:
        for number, entry in enumerate(entries):
            hear(database, entry, crash=number in crashes)
        with database.read() as session:
            return rows(session)
    finally:
        database.close()


def rows(session: Session) -> dict[str, list[dict[str, Any]]]:
    """All rows of the catalogue but the time of first publication, which is an arrival's."""
    return {
        table.__tablename__: [
            _row(one)
            for one in session.scalars(select(table).order_by(*table.__table__.primary_key))
        ]
        for table in (Release, Recording, Track)
    }


def _row(one: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of any table
    names = [column.key for column in inspect(type(one)).column_attrs]
    return {name: getattr(one, name) for name in names if name != "published_at"}
