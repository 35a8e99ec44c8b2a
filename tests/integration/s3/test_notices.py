"""Notices over the API: who may tell, what is taken, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.services.stores import MOST

if TYPE_CHECKING:
    from tests.integration.s3.api import Told

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


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
