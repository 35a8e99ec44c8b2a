"""The API as senders and clouds see it, with a watcher that only remembers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from core.outbound import Outbound
from ingest import feeds
from ingest.doors.common.upload import Intake
from ingest.doors.common.views import FeedViews
from ingest.doors.http import HttpDoor
from ingest.feed_accounts import FeedAccounts
from ingest.feed_terms import FeedTerms
from ingest.receiving import DatabaseInbox
from ingest.testing import DirectWork
from ingest.watchers.notices import Notices
from ingest.watchers.presigned import Presigner
from ingest.watchers.watch import Round
from server.accounts.feed_tokens import FeedCredentials, FeedTokens
from server.accounts.google_tokens import GoogleTokens, Keys
from server.accounts.push_logins import PushLogins
from server.app import create_app
from server.services.stores import Stores
from tests.fixtures.packages import SENDER
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.clock import ManualClock
    from core.database import Database
    from ingest.doors.common.ports import FeedLogin
    from tests.integration.s3.conftest import Moto


@dataclass(slots=True)
class Remembering:
    """A watcher that only remembers; `fault` is what its looks end by."""

    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    fault: str = ""
    lasting: bool = False

    def fetch(self, feed_id: str, keys: Sequence[str]) -> Round:
        self.asked.append((feed_id, list(keys)))
        return Round(fetched=len(keys), fault=self.fault, lasting=self.lasting)


@dataclass(slots=True)
class Told:
    """The API, and the keys of three feeds: two of one bucket, one of the HTTP door alone."""

    client: TestClient
    watcher: Remembering
    works: list[DirectWork]
    feeds: dict[str, tuple[str, str]]
    clock: ManualClock
    notices_of: Notices
    pushes: list[PushLogins]
    database: Database

    def trust(self, url: str) -> None:
        """Google's keys lie at this address."""
        keys = Keys(Outbound(allow_private=True), self.clock, url)
        self.pushes.append(
            PushLogins(
                database=self.database,
                tokens=GoogleTokens(keys, self.clock),
                address=lambda feed: f"http://segue.test/api/v1/feeds/{feed}/notices/pubsub",
            )
        )

    def post(self, name: str, what: str, body: Any, key: str | None = None) -> Any:  # noqa: ANN401
        feed, secret = self.feeds[name]
        headers = {"authorization": f"Bearer {key or secret}"}
        return self.client.post(f"/api/v1/feeds/{feed}/{what}", json=body, headers=headers)

    def notices(self, name: str, *keys: str, bucket: str = "labels", **more: str) -> Any:  # noqa: ANN401
        told = [{"bucket": bucket, "key": key, **more} for key in keys]
        return self.post(name, "notices", {"notices": told})


@pytest.fixture
def told(api: Told) -> Told:
    """The API with nothing told yet."""
    api.watcher.asked.clear()
    api.works[:] = [DirectWork()]
    api.notices_of.register(api.works[0])
    return api


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, moto: Moto) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("notices")
    world = make_world(folder)
    data = folder / "data"
    clock = world.clock
    inbox = DatabaseInbox(world.database, data / "inbox", clock, lambda _ids: None)
    intake = Intake(durable=False, watermark=0)
    views = FeedViews(data=data, inbox=inbox, clock=clock, intake=intake)
    tokens = FeedTokens(world.parts.secret, clock)

    def credentials(*protocols: str) -> FeedCredentials:
        return FeedCredentials(FeedAccounts(world.database, *protocols, clock=clock), tokens)

    door = HttpDoor(data, keys=credentials("http"), views=views, clock=clock)
    watcher, works = Remembering(), [DirectWork()]
    notices = Notices(world.database, watcher)

    def signer(feed_id: str, seconds: int) -> Presigner:
        prefix = {made["one"][0]: "feeds/one/"}[feed_id]
        return Presigner(moto.client("s3"), "labels", prefix, clock=clock, seconds=seconds)

    pushes: list[PushLogins] = []
    stores = Stores(
        keys=credentials("http", "s3", "gcs", "azure"),
        take=lambda feed, told: notices.take(works[0], feed, told),
        signer=signer,
        pushed=partial(_latest, pushes),
    )
    made = {
        "one": _feed(world.database, clock, "one", "s3", "s3://labels/feeds/one"),
        "two": _feed(world.database, clock, "two", "s3", "s3://labels/feeds/two"),
        "web": _feed(world.database, clock, "web", "http", ""),
        "gcs": _feed(world.database, clock, "gcs", "gcs", "gs://labels/feeds/g"),
        "azure": _feed(world.database, clock, "azure", "azure", "az://acme/deliveries/feeds/a"),
    }
    app = create_app(replace(world.parts, door=door, stores=stores))
    with TestClient(app, base_url="http://segue.test") as client:
        yield Told(client, watcher, works, made, clock, notices, pushes, world.database)
    door.close()
    world.database.close()


def _feed(
    database: Database, clock: ManualClock, name: str, protocol: str, url: str
) -> tuple[str, str]:
    watch = {"url": url, "processed": "/done/one"}
    if protocol == "gcs":
        watch["push_account"] = "push@project.iam.gserviceaccount.com"
    terms = FeedTerms.read({"watch": watch} if url else {})
    with database.write() as session:
        feed, key = feeds.create(
            session, clock, name=name, dpid=SENDER, protocol=protocol, terms=terms
        )
        assert key
        return feed.id, key


def _latest(pushes: list[PushLogins], feed: str, token: str) -> FeedLogin | None:
    return pushes[-1](feed, token)
