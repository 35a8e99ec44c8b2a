"""Plays that are told afterwards: their own times, skewed clocks, repeats, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from catalog.models import Decision, LoggedMessage, Play
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


@pytest.mark.parametrize("hours", [-5, 0, 5])
@pytest.mark.parametrize(
    ("at", "code"),
    [("0001-01-01T00:00:00+14:00", "too_old"), ("9999-12-31T23:59:59-12:00", "in_the_future")],
)
def test_the_ends_of_the_calendar_are_refused_and_stop_no_other_play(
    world: World, at: str, code: str, hours: int
) -> None:
    world.release()
    theirs = (world.clock() + timedelta(hours=hours)).isoformat()
    given = (scrobble(world, started_at=at), scrobble(world, timedelta(hours=9), id="fine"))
    first, second = told(world.signed_in(), *given, client_time=theirs)
    assert (first["code"], second["accepted"]) == (code, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "\x00"}, {"release_id": "r1\x00"}, {"recording_id": "\n"}, {"id": "a" * 65},
        {"id": 1}, {"heard_ms": True}, {"heard_ms": 1.5}, {"heard_ms": 10**30}, {"ended": "yes"},
        {"started_at": 1_700_000_000}, {"started_at": "2026-11-21"}, {"account": "bob"},
    ],
)  # fmt: skip
def test_what_is_no_play_is_refused_whole(world: World, changes: dict[str, Any]) -> None:
    world.release()
    plays = [scrobble(world), scrobble(world, **changes)]
    answer = world.signed_in().post("/api/v1/scrobbles", json={"plays": plays})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["place"].startswith("plays.1.")
    assert rows(world) == []


def test_one_name_twice_is_one_play_and_a_name_of_another_account_is_another(world: World) -> None:
    world.release()
    ada, bob = world.signed_in(), world.signed_in("bob")
    first, same = told(ada, scrobble(world), scrobble(world, heard_ms=900_000))
    (theirs,) = told(bob, scrobble(world))
    assert first["play_id"] == same["play_id"] != theirs["play_id"]
    assert len(rows(world)) == 2
    # what a client calls a play is never taken for a play id of ours
    (again,) = told(bob, scrobble(world, id=first["play_id"]))
    assert again["play_id"] not in {first["play_id"], theirs["play_id"]}


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
    assert len(second.address) == 32  # a digest


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


def test_an_account_tells_no_more_plays_than_anybody_hears(world: World) -> None:
    world.release()
    ada, bob = world.signed_in(), world.signed_in("bob")
    old = timedelta(days=31)
    for batch in range(30):
        told(ada, *(scrobble(world, old, id=f"{batch}-{number}") for number in range(100)))
    refused = ada.post("/api/v1/scrobbles", json={"plays": [scrobble(world)]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_plays")
    assert int(refused.headers["retry-after"]) == 2
    assert told(bob, scrobble(world))[0]["accepted"]
    world.clock.advance(timedelta(seconds=2))
    assert told(ada, scrobble(world))[0]["accepted"]


def test_a_play_whose_messages_are_gone_stops_no_other(world: World) -> None:
    world.release()
    world.release("other")
    world.delivery("d1")
    with world.database.write() as session:
        session.add(
            LoggedMessage(
                id="d1:1",
                delivery_id="d1",
                feed_id="feed_1",
                digest="0" * 64,
                owner="",
                sender="",
                message_id="m",
                batch="b",
                order_stamp="2",
                release_id="r1",
                order_key="2",
                arrived_at=world.clock() - timedelta(hours=5),
                outcome="accept",
            )
        )
        session.add(
            Decision(
                id="d", kind="take_down", decided_by="olga", reason="", decided_at=world.clock(),
                release_id="r1", order_key="3", details={},
            )
        )  # fmt: skip
    other: dict[str, Any] = {"release_id": "other", "recording_id": "other-1"}
    first, second = told(world.signed_in(), scrobble(world), scrobble(world, id="two", **other))
    assert (first["accepted"], first["code"]) == (False, "unavailable")
    assert second["accepted"]
