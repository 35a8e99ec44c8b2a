"""Plays that are told afterwards: their own times, skewed clocks, repeats, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from catalog.models import Play
from core.auth import Role

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration


def scrobble(world: World, ago: timedelta = timedelta(hours=3), **changes: Any) -> dict[str, Any]:
    return {
        "id": "one",
        "release_id": "r1",
        "recording_id": "r1-1",
        "started_at": (world.clock() - ago).isoformat(),
        "heard_ms": 45_000,
        **changes,
    }


def told(client: TestClient, *plays: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/v1/scrobbles", json={"plays": list(plays), **more})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["plays"]
    return found


def rows(world: World) -> list[Play]:
    world.loader.run_once()
    with world.database.read() as session:
        return list(session.scalars(select(Play).order_by(Play.used_at)))


def test_an_offline_play_keeps_its_own_time_and_is_taken_once(world: World) -> None:
    world.release()
    client = world.signed_in()
    (first,) = told(client, scrobble(world, ended=True))
    assert (first["accepted"], first["code"]) == (True, "")
    (row,) = rows(world)
    assert row.used_at == world.clock() - timedelta(hours=3)
    assert (row.heard_ms, row.ended, row.feed_id) == (45_000, True, "feed_1")
    assert row.isrc == "GBAAA2600001"
    (again,) = told(client, scrobble(world, ended=True, heard_ms=60_000))
    assert again["play_id"] == first["play_id"]
    assert len(rows(world)) == 1
    (other,) = told(client, scrobble(world, id="two"))
    assert other["play_id"] != first["play_id"]


def test_a_skewed_clock_is_set_right_within_a_day(world: World) -> None:
    world.release()
    client, wrong = world.signed_in(), timedelta(hours=5)
    theirs = (world.clock() + wrong).isoformat()
    given = scrobble(world, started_at=(world.clock() + wrong - timedelta(hours=1)).isoformat())
    (taken,) = told(client, given, client_time=theirs)
    assert taken["accepted"]
    (row,) = rows(world)
    assert row.used_at == world.clock() - timedelta(hours=1)
    far = (world.clock() + timedelta(days=2)).isoformat()
    answer = client.post("/api/v1/scrobbles", json={"plays": [given], "client_time": far})
    assert answer.status_code == 400


def test_what_can_not_be_is_told_for_each(world: World) -> None:
    world.release()
    world.release("gone", deals=[])
    client = world.signed_in()
    answers = told(
        client,
        scrobble(world, timedelta(seconds=10), id="future", heard_ms=300_000),
        scrobble(world, timedelta(days=31), id="old"),
        scrobble(world, id="nothing", recording_id="x"),
        scrobble(world, id="unlicensed", release_id="gone", recording_id="gone-1"),
        scrobble(world, id="fine"),
    )
    assert [each["accepted"] for each in answers] == [False, False, False, False, True]
    assert [each["code"] for each in answers[:3]] == ["in_the_future", "too_old", "not_found"]
    assert answers[3]["message"]
    assert len(rows(world)) == 1


def test_who_may_not(world: World) -> None:
    world.release()
    given = {"plays": [scrobble(world)]}
    assert world.client().post("/api/v1/scrobbles", json=given).status_code == 401
    client = world.signed_in()
    wrong: tuple[Any, ...] = ({}, {"plays": []}, {"plays": [scrobble(world, heard_ms=-1)]})
    for body in wrong:
        assert client.post("/api/v1/scrobbles", json=body).status_code == 422
    naive = scrobble(world, started_at="2026-01-01T00:00:00")
    assert client.post("/api/v1/scrobbles", json={"plays": [naive]}).status_code == 422
    many = [scrobble(world, id=str(number)) for number in range(101)]
    assert client.post("/api/v1/scrobbles", json={"plays": many}).status_code == 422


def test_an_operators_play_says_so_and_a_robots_too(world: World) -> None:
    world.release()
    told(world.signed_in("olga", Role.OPERATOR), scrobble(world))
    client = world.signed_in()
    client.headers["user-agent"] = "Examplebot/1.0 (+https://example.com)"
    told(client, scrobble(world, timedelta(hours=1)))
    first, second = rows(world)
    assert (first.operator, first.client) == (True, "app")
    assert (second.operator, second.client) == (False, "bot")
    assert second.address == ""  # the test client has none


def test_usage_is_for_operators(world: World) -> None:
    world.release()
    client = world.signed_in()
    told(client, scrobble(world), scrobble(world, timedelta(hours=2), id="two", heard_ms=20_000))
    world.loader.run_once()
    assert client.get("/api/v1/usage").status_code == 403
    operator = world.signed_in("olga", Role.OPERATOR)
    found = operator.get("/api/v1/usage").json()
    assert (found["totals"]["plays"], found["totals"]["listeners"]) == (1, 1)
    assert (found["totals"]["excluded"], found["totals"]["open"]) == (1, 1)
    assert found["reasons"][0]["reason"] == "too_short"
    assert found["recordings"][0]["title"]
    assert len(found["days"]) == 30
    assert operator.get("/api/v1/usage?first=2026-02-01&last=2026-01-01").status_code == 400
    assert operator.get("/api/v1/usage?first=soon").status_code == 422
