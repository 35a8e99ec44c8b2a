"""The watchers of the service: joined from settings, the feeds' terms and the doors' own views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sealed import Sealer
from ingest.watchers.connect import Stores
from ingest.watchers.loop import Watchers
from ingest.watchers.queues import Queues
from ingest.watchers.s3_client import S3Access
from ingest.watchers.watch import Watcher

if TYPE_CHECKING:
    from ingest.doors.common.views import FeedViews
    from server.wiring import Engine


@dataclass(frozen=True, slots=True)
class Watching:
    """`watchers` runs the rounds, `watcher` fetches what notifications name, `stores` gives clients
    for feeds' buckets."""

    watchers: Watchers
    watcher: Watcher
    stores: Stores


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
    return Watching(watchers, watcher, stores)
