"""Notices over the API: who may tell, what is taken, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

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
from server.app import create_app
from server.services.stores import MOST, Stores
from tests.fixtures.packages import SENDER
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.clock import ManualClock
    from core.database import Database
    from tests.integration.s3.conftest import Moto

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


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

    stores = Stores(
        keys=credentials("http", "s3"),
        take=lambda feed, told: notices.take(works[0], feed, told),
        signer=signer,
    )
    made = {
        "one": _feed(world.database, clock, "one", "s3", "s3://labels/feeds/one"),
        "two": _feed(world.database, clock, "two", "s3", "s3://labels/feeds/two"),
        "web": _feed(world.database, clock, "web", "http", ""),
    }
    app = create_app(replace(world.parts, door=door, stores=stores))
    with TestClient(app, base_url="http://segue.test") as client:
        yield Told(client, watcher, works, made, clock, notices)
    door.close()
    world.database.close()


def _feed(
    database: Database, clock: ManualClock, name: str, protocol: str, url: str
) -> tuple[str, str]:
    terms = FeedTerms.read({"watch": {"url": url, "processed": "/done/one"}} if url else {})
    with database.write() as session:
        feed, key = feeds.create(
            session, clock, name=name, dpid=SENDER, protocol=protocol, terms=terms
        )
        assert key
        return feed.id, key


def test_what_is_the_feeds_own_is_fetched(told: Told) -> None:
    answer = told.notices("one", "feeds/one/B/B.xml", "feeds/one/B/a.wav")
    assert answer.status_code == 202
    assert answer.json() == {
        "taken": ["feeds/one/B/B.xml", "feeds/one/B/a.wav"],
        "passed_over": [],
    }
    assert told.watcher.asked == [
        (told.feeds["one"][0], ["feeds/one/B/B.xml", "feeds/one/B/a.wav"])
    ]


def test_the_same_notices_are_one_piece_of_work(told: Told) -> None:
    for _ in range(3):
        assert told.notices("one", "feeds/one/a", "feeds/one/b", sequencer="1").status_code == 202
    told.notices("one", "feeds/one/b", "feeds/one/a", sequencer="1")
    assert len(told.watcher.asked) == 1
    told.notices("one", "feeds/one/a", "feeds/one/b", sequencer="2")
    assert len(told.watcher.asked) == 2


@pytest.mark.parametrize(
    ("key", "bucket", "reason"),
    [
        ("feeds/two/a", "labels", "not below the feed's prefix"),
        ("feeds/one", "labels", "not below the feed's prefix"),
        ("feeds/one/", "labels", "not below the feed's prefix"),
        ("feeds/one/a", "others", "another bucket than the feed's"),
        ("feeds/one/acknowledgements/A.xml", "labels", "written by Segue"),
        ("feeds/one/" + "ü" * 600, "labels", "longer than keys can be"),
    ],
)
def test_what_is_not_the_feeds_own_is_passed_over(
    told: Told, key: str, bucket: str, reason: str
) -> None:
    answer = told.notices("one", key, bucket=bucket)
    assert answer.json() == {"taken": [], "passed_over": [{"key": key, "reason": reason}]}
    assert told.watcher.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"notices": []},
        {"notices": [{"key": "feeds/one/a"}]},
        {"notices": [{"bucket": "labels", "key": ""}]},
        {"notices": [{"bucket": "labels", "key": 5}]},
        {"notices": [{"bucket": "labels", "key": "a", "url": "http://x"}]},
        {"notices": [{"bucket": "labels", "key": "a"}] * (MOST + 1)},
        [],
    ],
)
def test_bodies_are_judged(told: Told, body: object) -> None:
    assert told.post("one", "notices", body).status_code == 422
    assert told.watcher.asked == []


def test_bodies_are_bounded(told: Told) -> None:
    told_much = [{"bucket": "labels", "key": "feeds/one/" + "x" * 1000}] * 80
    assert told.post("one", "notices", {"notices": told_much}).status_code == 413


def test_only_the_feed_itself_may_tell(told: Told) -> None:
    stranger = told.feeds["two"][1]
    body = {"notices": [{"bucket": "labels", "key": "feeds/one/a"}]}
    assert told.post("one", "notices", body, key=stranger).status_code == 404
    assert told.post("one", "notices", body, key="segue_" + "a" * 12).status_code == 401
    assert told.client.post("/api/v1/feeds/x/notices", json=body).status_code == 401
    assert told.watcher.asked == []


def test_a_token_may_tell_too(told: Told) -> None:
    feed, key = told.feeds["one"]
    form = {"grant_type": "client_credentials", "client_id": feed, "client_secret": key}
    token = told.client.post("/api/v1/oauth/token", data=form).json()["access_token"]
    body = {"notices": [{"bucket": "labels", "key": "feeds/one/a"}]}
    assert told.post("one", "notices", body, key=token).status_code == 202


def test_the_key_of_a_store_opens_no_files(told: Told) -> None:
    feed, key = told.feeds["one"]
    headers = {"authorization": f"Bearer {key}"}
    answer = told.client.put(f"/api/v1/feeds/{feed}/files/a.xml", content=b"x", headers=headers)
    assert answer.status_code == 401


def test_a_feed_without_a_store_has_no_notices(told: Told) -> None:
    assert told.notices("web", "feeds/one/a").status_code == 409


def test_addresses_to_upload_by(told: Told) -> None:
    files = [
        {"path": "B/B.xml", "size": 4, "md5": "rL0Y20zC+Fzt72VPzMSk2A=="},
        {"path": "B/resources/a.wav", "size": 5},
    ]
    answer = told.post("one", "presigned", {"files": files, "expires_s": 600})
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert [one["key"] for one in said["uploads"]] == [
        "feeds/one/B/B.xml",
        "feeds/one/B/resources/a.wav",
    ]
    (piece,) = said["uploads"][0]["pieces"]
    assert piece["headers"] == {"Content-Length": "4", "Content-MD5": "rL0Y20zC+Fzt72VPzMSk2A=="}
    assert "X-Amz-Expires=600&" in piece["url"]
    assert said["expires_at"] > told.clock().isoformat()


@pytest.mark.parametrize(
    "path", ["../two/a", "/a", "a//b", "acknowledgements/a", "a\nb", "a\u202eb", "a\\b"]
)
def test_hostile_names_get_no_address(told: Told, path: str) -> None:
    answer = told.post("one", "presigned", {"files": [{"path": path, "size": 1}]})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"files": []},
        {"files": [{"path": "a", "size": -1}]},
        {"files": [{"path": "a", "size": 1}], "expires_s": 86_401},
        {"files": [{"path": "a", "size": "1"}]},
    ],
)
def test_wishes_are_judged(told: Told, body: object) -> None:
    assert told.post("one", "presigned", body).status_code == 422
