"""OAuth 2.0 client credentials: a key for a token, and what a token may not do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest

from catalog.models import Feed
from ingest import feed_credentials
from ingest.feed_credentials import Kind
from tests.integration.doors.http_harness import Running, running_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Running]:
    with running_http(tmp_path / "door") as running:
        yield running


def ask(door: Running, **form: str) -> httpx2.Response:
    grant = {"grant_type": "client_credentials"}
    return httpx2.post(f"{door.alpha.base}/api/v1/oauth/token", data=grant | form, timeout=60)


def token(door: Running) -> str:
    answer = ask(door, client_id=door.alpha.feed, client_secret=door.alpha.key)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 900)
    return str(answer.json()["access_token"])


def status(door: Running, given: str) -> int:
    headers = {"authorization": f"Bearer {given}"}
    return httpx2.get(door.alpha.files, headers=headers, timeout=60).status_code


def test_a_token_opens_its_feed_for_a_while(door: Running) -> None:
    given = token(door)
    assert status(door, given) == 200
    bearer = {"authorization": f"Bearer {given}"}
    assert httpx2.get(door.beta.files, headers=bearer, timeout=60).status_code == 404
    assert status(door, given[:-2]) == 401
    door.clock.advance(timedelta(seconds=901))
    assert status(door, given) == 401


def test_the_client_may_prove_itself_by_basic(door: Running) -> None:
    answer = httpx2.post(
        f"{door.alpha.base}/api/v1/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(door.alpha.feed, door.alpha.key),
        timeout=240,
    )
    assert status(door, answer.json()["access_token"]) == 200


def test_wrong_clients_are_refused_as_the_standard_says(door: Running) -> None:
    alpha, beta = door.alpha, door.beta
    for client, secret in (
        (alpha.feed, beta.key),
        (beta.feed, alpha.key),
        (alpha.feed, token(door)),
        ("", ""),
    ):
        answer = ask(door, client_id=client, client_secret=secret)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    other = ask(door, grant_type="password")
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")


def test_a_client_secret_opens_the_token_endpoint_alone(door: Running) -> None:
    with door.database.write() as session:
        feed = session.get_one(Feed, door.alpha.feed)
        made = feed_credentials.issue(session, door.clock, feed, Kind.CLIENT_SECRET)
    secret = made.secret or ""
    assert status(door, secret) == 401
    given = ask(door, client_id=door.alpha.feed, client_secret=secret).json()["access_token"]
    assert status(door, given) == 200
    with door.database.write() as session:
        feed = session.get_one(Feed, door.alpha.feed)
        feed_credentials.revoke(session, door.clock, feed, made.credential.id)
    assert status(door, given) == 401


@pytest.mark.parametrize("change", ["disabled", "another key"])
def test_a_token_ends_with_its_key_and_its_feed(door: Running, change: str) -> None:
    given = token(door)
    with door.database.write() as session:
        feed = session.get_one(Feed, door.alpha.feed)
        if change == "disabled":
            feed.disabled = True
        else:
            feed_credentials.rotate(session, door.clock, feed, Kind.API_KEY, overlap=timedelta(0))
    assert status(door, given) == 401
