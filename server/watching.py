"""The watchers of the service: joined from settings, the feeds' terms and the doors' own views."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.errors import Misuse
from core.sealed import Sealer
from ingest.watchers import notices, presigned
from ingest.watchers.atom import AtomPoller
from ingest.watchers.atom_loop import AtomRounds
from ingest.watchers.connect import Stores
from ingest.watchers.loop import Watchers
from ingest.watchers.queues import Queues
from ingest.watchers.s3_client import S3Access
from ingest.watchers.watch import Watcher
from ingest.watchers.watched import watched
from server.accounts.feed_tokens import FeedCredentials, FeedTokens
from server.accounts.google_tokens import GoogleTokens, Keys
from server.accounts.keys import load_secret
from server.accounts.push_logins import PushLogins
from server.services import stores as api
from server.wiring import feed_accounts, store_credentials

if TYPE_CHECKING:
    from ingest.doors.common.views import FeedViews
    from server.local import Local
    from server.wiring import Engine

SENDERS = ("http", "s3", "gcs", "azure")
"""Feeds that may tell of new objects, and ask for signed uploads."""


@dataclass(frozen=True, slots=True)
class Watching:
    """`watchers` runs the rounds over stores, `atom` those over Atom feeds; `watcher` fetches what
    notifications name, `stores` gives clients for feeds' buckets."""

    watchers: Watchers
    watcher: Watcher
    stores: Stores
    atom: AtomRounds

    async def run(self) -> None:
        """All rounds, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.watchers.run())
            group.create_task(self.atom.run())


def make_watching(engine: Engine, views: FeedViews) -> Watching:
    """For one process: it has to be the one that holds the data folder."""
    local = engine.local
    chosen = local.settings.watchers
    access = S3Access(
        outbound=engine.outbound,
        own_identity=chosen.own_identity,
        trusted=chosen.endpoints,
        sts_endpoint=chosen.sts_endpoint,
    )
    stores = Stores(
        database=local.database, sealer=Sealer(local.data.keys), clock=local.clock, access=access
    )
    watcher = Watcher(
        database=local.database, views=views, clock=local.clock, connect=stores.source
    )
    watchers = Watchers(
        watcher=watcher,
        queues=Queues(connect=stores.sqs),
        database=local.database,
        interval_s=chosen.interval_s,
    )
    return Watching(watchers, watcher, stores, _atom_rounds(engine, views))


def _atom_rounds(engine: Engine, views: FeedViews) -> AtomRounds:
    """Atom feeds of senders, asked over and over."""
    local = engine.local
    poller = AtomPoller(
        database=local.database,
        views=views,
        clock=local.clock,
        outbound=engine.outbound,
        credential=store_credentials(local),
    )
    chosen = local.settings.watchers
    return AtomRounds(poller=poller, database=local.database, interval_s=chosen.interval_s)


def store_api(engine: Engine, watching: Watching) -> api.Stores:
    """What feeds of stores ask over the API; before work starts, because notices are work."""
    local = engine.local
    told = notices.Notices(local.database, watching.watcher)
    told.register(engine.work)
    tokens = FeedTokens(load_secret(local.data.keys), local.clock)
    return api.Stores(
        keys=FeedCredentials(feed_accounts(local, *SENDERS), tokens),
        take=partial(told.take, engine.work),
        signer=partial(_signer, local, watching.stores),
        pushed=PushLogins(
            database=local.database,
            tokens=GoogleTokens(
                Keys(engine.outbound, local.clock, local.settings.watchers.google_keys), local.clock
            ),
            address=lambda feed_id: f"{local.api_address()}/feeds/{feed_id}/notices/pubsub",
        ),
    )


def _signer(local: Local, stores: Stores, feed_id: str, seconds: int) -> presigned.Presigner:
    """A signer for the feed's own prefix, with the credentials that we read it with.

    Raises:
        Misuse: the feed has no bucket of S3.
    """
    with local.database.read() as session:
        place = watched(session, feed_id)
    if place is None or place.place.scheme != "s3":
        raise Misuse("this feed has no bucket of S3", remedy="upload by another of your doors")
    return presigned.Presigner(
        stores.s3(place),
        place.place.bucket,
        place.place.prefix,
        clock=local.clock,
        seconds=seconds,
        part=presigned.LARGEST_PUT,
    )
