"""Feeds in the API: for operators alone, secrets once, refusals with rule and remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import AuditEntry, Delivery, Feed, Release
from core.auth import Role
from ingest.feed_accounts import FeedAccounts
from tests.integration.server.feeds import DPID, KEY, NEW, made

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration


@pytest.fixture
def operator(world: World) -> TestClient:
    return world.signed_in("olga", Role.OPERATOR)


def test_only_operators_keep_feeds(world: World) -> None:
    listener = world.signed_in()
    assert world.client().get("/api/v1/feeds").status_code == 401
    assert listener.get("/api/v1/feeds").status_code == 403
    assert listener.post("/api/v1/feeds", json=NEW).status_code == 403
    assert listener.delete("/api/v1/feeds/feed_1").status_code == 403
    cross = {"origin": "https://elsewhere.example"}
    operator = world.signed_in("olga", Role.OPERATOR)
    assert operator.post("/api/v1/feeds", json=NEW, headers=cross).status_code == 403


def test_a_secret_is_told_once_and_opens_its_doors(world: World, operator: TestClient) -> None:
    feed = made(operator, protocols=["sftp", "http"])
    password, key = feed["secrets"]["password"], feed["secrets"]["api_key"]
    assert password not in operator.get(f"/api/v1/feeds/{feed['id']}").text
    assert key not in operator.get("/api/v1/feeds").text
    sftp = FeedAccounts(world.database, "sftp", clock=world.clock)
    http = FeedAccounts(world.database, "http", clock=world.clock)
    assert sftp.authenticate_password(feed["username"], password, "peer")
    assert http.authenticate_api_key(key, "peer")
    assert not FeedAccounts(world.database, "ftps").authenticate_password("x", password, "peer")


def test_a_rotated_secret_overlaps_its_successor(world: World, operator: TestClient) -> None:
    feed = made(operator)
    turned = operator.post(f"/api/v1/feeds/{feed['id']}/rotate", json={"overlap_hours": 2}).json()
    accounts = FeedAccounts(world.database, "sftp", clock=world.clock)
    for secret in (feed["secrets"]["password"], turned["secret"]):
        assert accounts.authenticate_password(feed["username"], secret, "peer")
    world.clock.advance(timedelta(hours=2, seconds=1))
    old = feed["secrets"]["password"]
    assert not accounts.authenticate_password(feed["username"], old, "peer")
    assert accounts.authenticate_password(feed["username"], turned["secret"], "peer")


def test_a_disabled_feed_is_shut_out_and_let_in_again(world: World, operator: TestClient) -> None:
    feed = made(operator)
    accounts = FeedAccounts(world.database, "sftp", clock=world.clock)
    one, password = f"/api/v1/feeds/{feed['id']}", feed["secrets"]["password"]
    before = operator.get(one).json()["revision"]
    shut = operator.post(f"{one}/disable", json={"reason": "unpaid"}).json()
    assert (shut["disabled"], shut["revision"]) == (True, before + 1)
    assert not accounts.authenticate_password(feed["username"], password, "peer")
    operator.post(f"{one}/enable", json={})
    assert accounts.authenticate_password(feed["username"], password, "peer")


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({**NEW, "dpids": ["12345"]}, 400, "no DDEX party id"),
        ({**NEW, "terms": {"quota": 1}}, 400, "no term 'quota'"),
        ({**NEW, "terms": {"networks": ["x"]}}, 400, "no network"),
        ({**NEW, "terms": {"schedule": "mon 8-18"}}, 400, "no window"),
        ({**NEW, "protocols": ["gopher"]}, 422, "protocols"),
        ({**NEW, "public_keys": ["nonsense"]}, 400, "no OpenSSH public key"),
        ({**NEW, "choreography": "2.0"}, 400, "no choreography"),
        ({"name": "x"}, 422, "dpids"),
    ],
)
def test_what_cant_be_is_refused_by_name(
    operator: TestClient, given: dict[str, object], status: int, said: str
) -> None:
    answer = operator.post("/api/v1/feeds", json=given)
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert [feed["id"] for feed in operator.get("/api/v1/feeds").json()["feeds"]] == ["feed_1"]


def test_terms_change_one_by_one(operator: TestClient) -> None:
    feed = made(operator, terms={"quota_bytes": "50GB", "types": "wav,flac"})
    one = f"/api/v1/feeds/{feed['id']}"
    changed = operator.patch(one, json={"terms": {"quota_bytes": None, "sla_minutes": 15}}).json()
    assert changed["terms"]["quota_bytes"] is None
    assert (changed["terms"]["types"], changed["terms"]["sla_minutes"]) == (["wav", "flac"], 15)
    assert changed["changed"] == ["quota_bytes: 50000000000 -> None", "sla_minutes: None -> 15"]
    assert operator.patch(one, json={}).json()["changed"] == []
    assert operator.patch(one, json={"name": "Test Distribution"}).status_code == 409


def test_a_feed_with_live_releases_stays(world: World, operator: TestClient) -> None:
    world.release()
    refused = operator.delete("/api/v1/feeds/feed_1")
    assert refused.status_code == 409
    error = refused.json()["error"]
    assert "1 live release" in error["message"]
    assert "segue catalog transfer" in error["remedy"]
    with world.database.write() as session:
        for release in session.scalars(select(Release)):
            release.state = "taken_down"
    assert operator.delete("/api/v1/feeds/feed_1").json()["id"] == "feed_1"
    assert operator.get("/api/v1/feeds/feed_1").status_code == 404
    with world.database.read() as session:
        row = session.get_one(Feed, "feed_1")
        assert row.disabled
        assert session.scalars(select(Release.feed_id)).all() == ["feed_1"], "nothing is orphaned"
    assert made(operator, name="Test Distribution")["name"] == "Test Distribution"


def test_each_change_is_in_the_audit_log(world: World, operator: TestClient) -> None:
    feed = made(operator)
    one = f"/api/v1/feeds/{feed['id']}"
    turned = operator.post(f"{one}/rotate", json={}).json()
    operator.patch(one, json={"dpids": [DPID, "PADPIDA2026000003O"]})
    added = operator.post(f"{one}/credentials", json={"kind": "public_key", "public": KEY}).json()
    operator.delete(f"{one}/credentials/{added['credential']['id']}")
    operator.post(f"{one}/disable", json={"reason": "moved"})
    operator.delete(one)
    with world.database.read() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.feed_id == feed["id"]).order_by(AuditEntry.id)
        ).all()
    assert [row.what for row in rows] == [
        *("feed created", "credential rotated", "feed changed", "credential added"),
        *("credential ended", "feed disabled", "feed deleted"),
    ]
    assert {(row.door, row.username) for row in rows} == {("api", "operator: olga")}
    told = " ".join(row.detail for row in rows)
    assert "PADPIDA2026000003O" in told
    assert turned["secret"] not in told


def test_figures_count_what_was_answered_and_leave_tests_out(
    world: World, operator: TestClient
) -> None:
    operator.patch("/api/v1/feeds/feed_1", json={"terms": {"sla_minutes": 1}})
    for number in range(20):
        world.delivery(f"d{number}", "refused" if number == 0 else "live")
    world.delivery("test", "tested")
    world.delivery("late", "checking")
    with world.database.write() as session:
        for row in session.scalars(select(Delivery)):
            row.received_at = world.clock() - timedelta(hours=1)
            row.acknowledgement = None
            if row.id not in {"late", "test"}:
                row.answer_ms = (int(row.id[1:]) + 1) * 10_000
    shown = operator.get("/api/v1/feeds/feed_1").json()
    figures = shown["statistics"]
    assert (figures["deliveries"], figures["failures"], figures["in_work"]) == (21, 1, 1)
    assert (figures["mean_s"], figures["p95_s"]) == (105.0, 190.0)
    assert figures["sla"] == {
        "minutes": 1,
        "met": 6,
        "breached": 14,
        "running": 1,
        "overdue": 1,
    }
    assert sum(day["deliveries"] for day in shown["daily"]) == 21
    assert len(shown["daily"]) == 30
