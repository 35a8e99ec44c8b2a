"""Notices that clouds push by themselves: tokens signed by keys made here, shapes as the vendors'
documentation has them. Neither cloud was at hand."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from core.errors import Unavailable
from core.outbound import Outbound
from server.accounts.google_tokens import GoogleTokens, Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.clock import ManualClock
    from tests.integration.s3.api import Told

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
ACCOUNT = "push@project.iam.gserviceaccount.com"


@dataclass(slots=True)
class Google:
    """Keys by name, as served, and how often they were asked for."""

    url: str = ""
    keys: dict[str, RSAKey] = field(default_factory=dict)
    asked: int = 0
    status: int = 200
    age: int = 3600

    def token(self, kid: str = "one", header: dict[str, Any] | None = None, **claims: Any) -> str:
        """As Pub/Sub sends it, but for what is given."""
        said = {"alg": "RS256", "kid": kid, **(header or {})}
        key = self.keys.get(kid) or next(iter(self.keys.values()))
        return jwt.encode(said, {name: one for name, one in claims.items() if one is not None}, key)

    def document(self) -> bytes:
        told = [
            {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": "RS256"}
            for kid, key in self.keys.items()
        ]
        return json.dumps({"keys": told}).encode()


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048)


@pytest.fixture
def google(key: RSAKey) -> Iterator[Google]:
    made = Google(keys={"one": key})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            body = made.document()
            self.send_response(made.status)
            self.send_header("cache-control", f"public, max-age={made.age}, must-revalidate")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/certs"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(slots=True)
class Pushing:
    """The API as a cloud sees it."""

    told: Told
    google: Google

    def claims(self, **others: Any) -> dict[str, Any]:
        now = int(self.told.clock().timestamp())
        said = {
            "iss": "https://accounts.google.com",
            "aud": f"http://segue.test/api/v1/feeds/{self.feed}/notices/pubsub",
            "azp": "113774264463038321964",
            "sub": "113774264463038321964",
            "email": ACCOUNT,
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
        }
        return {**said, **others}

    @property
    def feed(self) -> str:
        return self.told.feeds["gcs"][0]

    def push(self, token: str, message: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"message": message or of_object("feeds/g/B/a.wav"), "subscription": "projects/p/s"}
        return self.told.client.post(
            f"/api/v1/feeds/{self.feed}/notices/pubsub", json=body, headers=headers
        )


def of_object(key: str, kind: str = "OBJECT_FINALIZE") -> dict[str, Any]:
    """Google: "Pub/Sub notifications for Cloud Storage", attributes of a notification."""
    return {
        "attributes": {
            "bucketId": "labels",
            "eventTime": "2026-11-21T12:00:00.000000Z",
            "eventType": kind,
            "notificationConfig": "projects/_/buckets/labels/notificationConfigs/1",
            "objectGeneration": "1795867200000000",
            "objectId": key,
            "payloadFormat": "JSON_API_V1",
        },
        "data": "e30=",
        "messageId": "1",
        "publishTime": "2026-11-21T12:00:00.1Z",
    }


@pytest.fixture
def pushing(told: Told, google: Google) -> Pushing:
    told.trust(google.url)
    return Pushing(told, google)


def test_a_signed_push_is_taken(pushing: Pushing) -> None:
    answer = pushing.push(pushing.google.token(**pushing.claims()))
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"taken": ["feeds/g/B/a.wav"], "passed_over": []}
    assert pushing.told.watcher.asked == [(pushing.feed, ["feeds/g/B/a.wav"])]
    assert pushing.push(pushing.google.token(**pushing.claims())).status_code == 202
    assert len(pushing.told.watcher.asked) == 1  # the same generation is no new work
    assert pushing.google.asked == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"iss": "https://accounts.google.com.evil.example"},
        {"email": "other@project.iam.gserviceaccount.com"},
        {"email": ["other@x.example", ACCOUNT]},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": 99_999_999_999},
    ],
)
def test_a_token_about_something_else_opens_nothing(
    pushing: Pushing, wrong: dict[str, object]
) -> None:
    answer = pushing.push(pushing.google.token(**pushing.claims(**wrong)))
    assert answer.status_code == 401
    assert "watch.push_account" in answer.json()["error"]["remedy"]
    assert pushing.told.watcher.asked == []


def test_clocks_may_differ_a_little(pushing: Pushing) -> None:
    now = int(pushing.told.clock().timestamp())
    said = pushing.claims(exp=now - 50, iat=now + 50)
    assert pushing.push(pushing.google.token(**said)).status_code == 202


def test_only_keys_of_google_in_its_own_algorithm(pushing: Pushing) -> None:
    claims, google = pushing.claims(), pushing.google
    public = google.document()
    forged = [
        "",
        "x",
        "a.b.c",
        "x" * 9000,
        google.token(**claims)[:-4] + "AAAA",
        jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(public)),
        jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048)),
        jwt.encode({"alg": "RS256"}, claims, google.keys["one"]),
        google.token(header={"kid": "unknown"}, **claims),
        ".".join(["eyJhbGciOiJub25lIiwia2lkIjoib25lIn0", google.token(**claims).split(".")[1], ""]),
    ]
    assert [pushing.push(token).status_code for token in forged] == [401] * len(forged)
    assert pushing.told.watcher.asked == []
    assert google.asked == 1  # unknown names make nobody ask again and again


def test_keys_turn(pushing: Pushing) -> None:
    google, clock = pushing.google, pushing.told.clock
    assert pushing.push(google.token(**pushing.claims())).status_code == 202
    old = google.keys.pop("one")
    google.keys["two"] = RSAKey.generate_key(2048)
    clock.advance(timedelta(seconds=31))
    assert pushing.push(google.token("two", **pushing.claims())).status_code == 202
    stale = jwt.encode({"alg": "RS256", "kid": "one"}, pushing.claims(), old)
    assert pushing.push(stale).status_code == 401
    assert google.asked == 2


def test_keys_that_can_not_be_had(google: Google, told: Told) -> None:
    """Kept ones count for a day beyond their time; a new process has none and says so."""
    clock: ManualClock = told.clock
    keys = Keys(Outbound(allow_private=True), clock, google.url)
    google.status = 503
    with pytest.raises(Unavailable):
        keys.find("one")
    google.status = 200
    clock.advance(timedelta(seconds=31))
    assert keys.find("one") is not None
    google.status = 503
    clock.advance(timedelta(hours=2))
    assert keys.find("one") is not None
    clock.advance(timedelta(days=1))
    with pytest.raises(Unavailable):
        keys.find("one")
    guarded = Keys(Outbound(), clock, google.url)
    with pytest.raises(Unavailable):
        guarded.find("one")
    assert not GoogleTokens(keys, clock).proves("x" * 9000, audience="", account="")


@pytest.mark.parametrize("kind", ["OBJECT_DELETE", "OBJECT_METADATA_UPDATE", "OBJECT_ARCHIVE"])
def test_other_news_are_acknowledged(pushing: Pushing, kind: str) -> None:
    token = pushing.google.token(**pushing.claims())
    answer = pushing.push(token, of_object("feeds/g/a", kind))
    assert (answer.status_code, answer.json()["taken"]) == (202, [])


@pytest.mark.parametrize(
    "message",
    [{"data": "e30="}, {"attributes": {}}, {"attributes": {"eventType": "OBJECT_FINALIZE"}}, []],
)
def test_what_is_no_notification_is_told(pushing: Pushing, message: Any) -> None:  # noqa: ANN401
    token = pushing.google.token(**pushing.claims())
    headers = {"authorization": f"Bearer {token}"}
    address = f"/api/v1/feeds/{pushing.feed}/notices/pubsub"
    answer = pushing.told.client.post(address, json={"message": message}, headers=headers)
    assert answer.status_code == 422
    assert "Cloud Storage" in answer.text
    assert pushing.told.watcher.asked == []


def test_a_feed_without_an_account_takes_no_push(pushing: Pushing) -> None:
    one = pushing.told.feeds["one"][0]
    token = pushing.google.token(**pushing.claims())
    headers = {"authorization": f"Bearer {token}"}
    address = f"/api/v1/feeds/{one}/notices/pubsub"
    assert pushing.told.client.post(address, json={}, headers=headers).status_code == 401


# ---- Event Grid


def blob(key: str, *, cloud: bool = False, **data: object) -> dict[str, Any]:
    """Microsoft: "Azure Blob Storage as an Event Grid source"; `cloud` as CloudEvents 1.0."""
    topic = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acme"
    about = {
        "api": "PutBlockList",
        "contentType": "audio/wav",
        "contentLength": 524_288,
        "blobType": "BlockBlob",
        "eTag": "0x8D4BCC2E4835CD0",
        "url": f"https://acme.blob.core.windows.net/deliveries/{key}",
        "sequencer": "00000000000004420000000000028963",
        **data,
    }
    subject = f"/blobServices/default/containers/deliveries/blobs/{key}"
    kind = "Microsoft.Storage.BlobCreated"
    if cloud:
        said = {"source": topic, "type": kind, "specversion": "1.0", "time": "2026-11-21T12:00:00Z"}
        return {**said, "subject": subject, "id": "1", "data": about}
    said = {"topic": topic, "eventType": kind, "eventTime": "2026-11-21T12:00:00Z", "id": "1"}
    return {**said, "subject": subject, "data": about, "dataVersion": "", "metadataVersion": "1"}


def grid(told: Told, events: Any, key: str | None = None) -> Any:  # noqa: ANN401
    feed, secret = told.feeds["azure"]
    address = f"/api/v1/feeds/{feed}/notices/eventgrid"
    return told.client.post(address, json=events, params={"key": secret if key is None else key})


@pytest.mark.parametrize("cloud", [False, True])
def test_new_blobs_are_taken(told: Told, cloud: bool) -> None:  # noqa: FBT001
    events = [blob("feeds/a/B/ä b.wav", cloud=cloud), blob("other/x", cloud=cloud)]
    answer = grid(told, events)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {
        "taken": ["feeds/a/B/ä b.wav"],
        "passed_over": [{"key": "other/x", "reason": "not below the feed's prefix"}],
    }
    assert told.watcher.asked == [(told.feeds["azure"][0], ["feeds/a/B/ä b.wav"])]
    assert grid(told, events[0]).status_code == 202  # one alone, as CloudEvents are posted


def test_blobs_of_others_are_passed_over(told: Told) -> None:
    other = blob("feeds/a/x")
    other["topic"] = other["topic"].replace("acme", "evil")
    begun = blob("feeds/a/y", api="CreateFile")
    deleted = {**blob("feeds/a/z"), "eventType": "Microsoft.Storage.BlobDeleted"}
    answer = grid(told, [other, begun, deleted])
    assert answer.json() == {
        "taken": [],
        "passed_over": [{"key": "feeds/a/x", "reason": "another account than the feed's"}],
    }


def test_the_handshake_of_event_grid(told: Told) -> None:
    """Microsoft: "Endpoint validation with Event Grid events", the synchronous handshake."""
    code = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"
    event = {
        "id": "1",
        "topic": "/subscriptions/s",
        "subject": "",
        "data": {"validationCode": code, "validationUrl": "https://rp.example/validate"},
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": "2026-11-21T12:00:00Z",
        "metadataVersion": "1",
        "dataVersion": "1",
    }
    answer = grid(told, [event])
    assert (answer.status_code, answer.json()) == (200, {"validationResponse": code})
    assert grid(told, [event], key="wrong").status_code == 401


def test_the_handshake_of_cloud_events(told: Told) -> None:
    """CloudEvents: "HTTP 1.1 Web Hooks for Event Delivery", 4.1 and 4.2."""
    feed, secret = told.feeds["azure"]
    address = f"/api/v1/feeds/{feed}/notices/eventgrid"
    asked = {"webhook-request-origin": "eventgrid.azure.net", "webhook-request-rate": "120"}
    answer = told.client.options(address, params={"key": secret}, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
    assert answer.headers["webhook-allowed-rate"] == "120"
    assert told.client.options(address, params={"key": "x"}, headers=asked).status_code == 401
    assert told.client.options(address, params={"key": secret}).status_code == 422


@pytest.mark.parametrize("key", ["", "nonsense", "of another"])
def test_only_the_key_of_the_feed_opens(told: Told, key: str) -> None:
    given = told.feeds["one"][1] if key == "of another" else key
    assert grid(told, [blob("feeds/a/x")], key=given).status_code == 401
    assert told.watcher.asked == []


@pytest.mark.parametrize(
    "events",
    [
        5,
        ["x"],
        [{}],
        {"eventType": 1},
        [{**blob("feeds/a/x"), "subject": "/x"}],
        [{**blob("feeds/a/x"), "data": None}],
        [blob("feeds/a/x")] * 5001,
    ],
)
def test_what_is_no_event_is_refused(told: Told, events: object) -> None:
    assert grid(told, events).status_code in {413, 422}
    assert told.watcher.asked == []
