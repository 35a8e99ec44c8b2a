"""What the web application is made of: values and parts in, services out. No settings here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from core.errors import Unavailable
from ingest.doors.common.guard import Guard
from ingest.kept import StoredBooks
from server.accounts.feed_tokens import FeedTokens
from server.accounts.sessions import Sessions
from server.playback import keyring
from server.playback.gate import Gate
from server.playback.hot import HotObjects
from server.playback.passes import Passes
from server.playback.streams import Streams
from server.playback.tokens import MediaTokens
from server.services.audiences import Audiences
from server.services.chronicle import Chronicle
from server.services.desk import Desk
from server.services.finder import Finder
from server.services.plays import Plays
from server.services.previews import Previews
from server.services.royalties_desk import RoyaltiesDesk
from server.services.rulings import Rulings
from server.services.scrobbles import Scrobbles
from server.services.senders import Senders
from server.services.shelves import Shelves
from server.services.usage_desk import UsageDesk
from server.services.visitors import Visitors
from server.services.watch import DoorWatch
from server.usage.events import PlayIds
from server.usage.spool import Spool
from server.usage.store import UsageStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from catalog.lifecycle import DecisionKind
    from core.clock import Clock
    from core.database import Database
    from ingest.doors.http import HttpDoor
    from search.index import SearchIndex
    from server.playback.keyring import Ring
    from server.reporting.closing import Office
    from server.services.encodings_desk import EncodingsDesk
    from server.services.feed_keeper import FeedKeeper
    from server.services.judging import Judge
    from server.services.stores import Stores
    from server.stream.ways import Way
    from storage.store import ObjectStore

SESSION = timedelta(days=30)


def _nobody(_kind: DecisionKind, delivery_id: str, _reason: str, _by: str) -> None:
    raise Unavailable(f"nothing here can decide on delivery {delivery_id}")


def _no_judge(feed_id: str) -> Judge:
    raise Unavailable(f"nothing here can judge for {feed_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What `create_app` needs.

    Attributes:
        secret: key of cookies and play ids (`server.accounts.keys.load_secret`).
        media_keys: reads the keys of media tokens (`server.playback.keyring`); None makes one of
            the secret.
        streams: tier -> how many players of an account may play at once; 0 or none: any number.
        way: who gives the bytes of media; None: we do.
        origins: of pages and receivers that may read media, `*` for all.
        tiers: tier -> (CommercialModelType, UseType) pairs, the preferred first.
        territory, tier: of visitors who are not signed in.
        anonymous_may_play: whether those may play.
        previews: tiers that may hear previews of `preview_seconds` each.
        retry: runs a delivery again; raises core.errors.Misuse when its state forbids it.
        decide: (kind, delivery id, reason, who) decides on a held delivery; raises likewise.
        spool_folder: where play events go; a `server.usage.loader.Loader` brings them on.
        hot_bytes: how much of media is held open (on the local disk), or in memory (else).
        https: whether listeners reach us by https, so that cookies are marked Secure.
        static_folder, manifest, sftp: see `server.web.ports.PageParts`.
        feeds: keeps feeds and their credentials.
        usage: reads usage; None: what lies in `usage` beside the spool, under the usual policy.
        door: the HTTP door; without one nobody can deliver over HTTP.
        guard: counts failed sign-ins; None: the door's, that of all doors.
        judge: makes the judge of `segue validate` for a feed's id.
        stores: notices and signed addresses for feeds of object stores; None takes none.
        reports: closes periods; None: nobody gets reports.
        encodings: follows encodings; None: nobody does.
        four_eyes: revenue and agreements wait for a second operator.
        sheet: the onboarding sheet of a feed as a page; raises NotFound.
        ready: names of the parts that are not ready, empty when all are.
    """

    database: Database
    objects: ObjectStore
    clock: Clock
    secret: bytes
    spool_folder: Path
    search: SearchIndex
    retry: Callable[[str], None]
    tiers: Mapping[str, tuple[tuple[str, str], ...]]
    territory: str
    tier: str
    static_folder: Path
    manifest: Mapping[str, str]
    feeds: FeedKeeper
    usage: UsageStore | None = None
    media_keys: Callable[[], Ring] | None = None
    streams: Mapping[str, int] = field(default_factory=dict)
    way: Way | None = None
    origins: Sequence[str] = ()
    anonymous_may_play: bool = False
    previews: tuple[str, ...] = ()
    preview_seconds: int = 30
    hot_bytes: int = 256 * 1024 * 1024
    https: bool = False
    sftp: tuple[str, int] = ("localhost", 2222)
    sheet: Callable[[str], str] | None = None
    ready: Callable[[], list[str]] = list
    decide: Callable[[DecisionKind, str, str, str], None] = _nobody
    door: HttpDoor | None = None
    guard: Guard | None = None
    judge: Callable[[str], Judge] = _no_judge
    stores: Stores | None = None
    reports: Office | None = None
    encodings: EncodingsDesk | None = None
    four_eyes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the routes use."""

    parts: Parts
    visitors: Visitors
    audiences: Audiences
    shelves: Shelves
    desk: Desk
    feeds: FeedKeeper
    chronicle: Chronicle
    plays: Plays
    previews: Previews
    scrobbles: Scrobbles
    usage: UsageDesk
    royalties: RoyaltiesDesk
    gate: Gate
    passes: Passes
    hot: HotObjects
    spool: Spool
    watch: DoorWatch
    senders: Senders | None = None
    reports: Office | None = None


def assemble(parts: Parts) -> Services:
    """Join the parts; opens a spool file, which `Services.spool.close` closes."""
    clock, database = parts.clock, parts.database
    load_ring = parts.media_keys or partial(keyring.fixed, parts.secret, clock())
    tokens = MediaTokens(load_ring(), clock)
    gate = Gate(Rulings(database, parts.tiers), clock, also=lambda: tokens.use(load_ring()))
    streams = Streams(parts.streams, clock, taken=gate.touch)
    spool = Spool(parts.spool_folder, clock)
    audiences = Audiences(parts.tiers, parts.territory, parts.tier)
    visitors = Visitors(
        database,
        Sessions(parts.secret, clock, lifetime=SESSION, secure=parts.https),
        parts.guard or (parts.door.guard if parts.door else Guard(clock=clock)),
        anonymous_may_play=parts.anonymous_may_play,
        ended=gate.forget_account,
    )
    ids = PlayIds(parts.secret)
    plays = Plays(database, clock, audiences, tokens, ids, streams)
    usage = parts.usage or UsageStore(database, parts.spool_folder.parent / "usage")
    return Services(
        parts=parts,
        visitors=visitors,
        audiences=audiences,
        shelves=Shelves(database, clock, audiences, Finder(database, parts.search, clock)),
        desk=Desk(database, parts.objects, parts.retry, parts.decide, parts.clock),
        feeds=parts.feeds,
        chronicle=Chronicle(database, parts.objects, clock),
        plays=plays,
        previews=Previews(
            database,
            clock,
            audiences,
            tokens,
            tiers=parts.previews,
            seconds=parts.preview_seconds,
        ),
        scrobbles=Scrobbles(database, StoredBooks(parts.objects), clock, audiences, ids),
        usage=UsageDesk(database, usage, clock),
        royalties=RoyaltiesDesk(
            database,
            clock,
            usage,
            parts.spool_folder.parent / "royalties",
            four_eyes=parts.four_eyes,
        ),
        gate=gate,
        passes=Passes(tokens, gate, streams, clock),
        hot=HotObjects(parts.objects, parts.hot_bytes),
        spool=spool,
        senders=_senders(parts),
        reports=parts.reports,
        watch=DoorWatch(database, clock, parts.door.guard.audit if parts.door else None),
    )


def _senders(parts: Parts) -> Senders | None:
    if parts.door is None:
        return None
    tokens = FeedTokens(parts.secret, parts.clock)
    return Senders(parts.database, parts.door, parts.judge, tokens, parts.stores)
