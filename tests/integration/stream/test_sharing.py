"""Other origins, and how many players play at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from catalog.models import Account
from core.auth import Role
from core.clock import ManualClock
from server.playback.keyring import KeyFile
from tests.integration.server.world import NOW, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
OPEN = {"release_id": "r1", "recording_id": "r1-1"}
PAGE = "https://music.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = ManualClock(NOW)
    keys = KeyFile(tmp_path / "keys", clock)
    made = make_world(
        tmp_path, clock=clock, origins=(PAGE,), streams={"premium": 1}, media_keys=keys.load
    )
    made = replace(made, clock=clock)
    made.release()
    yield made
    made.database.close()


def opened(client: TestClient, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/plays", json={**OPEN, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_page_of_a_named_origin_may_read_media_and_nothing_else(world: World) -> None:
    client = world.signed_in()
    hls = opened(client)["hls"]
    asked = {"origin": PAGE, "access-control-request-headers": "range"}
    before = client.options(hls, headers=asked)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == PAGE
    assert "Range" in before.headers["access-control-allow-headers"]
    answer = client.get(hls, headers={"origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert "Content-Range" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "origin"
    other = client.get(hls, headers={"origin": "https://other.example"})
    assert other.status_code == 200
    assert "access-control-allow-origin" not in other.headers
    for path in ("/api/v1/session", "/"):
        assert "access-control-allow-origin" not in client.get(path, headers=asked).headers


def test_one_more_player_is_told_why_and_how_to_go_on(world: World) -> None:
    client = world.signed_in()
    first = opened(client, player="kitchen")
    assert opened(client, player="kitchen")
    refused = client.post("/api/v1/plays", json={**OPEN, "player": "car"})
    assert refused.status_code == 409
    error = refused.json()["error"]
    assert (error["code"], error["limit"]) == ("too_many_streams", 1)
    assert "plays" in error["message"] or "play now" in error["message"]
    assert "take over" in error["remedy"]
    second = opened(client, player="car", take_over=True)
    stopped = client.get(first["hls"])
    assert stopped.status_code == 403
    assert stopped.json()["error"]["code"] == "stream_taken"
    assert client.get(second["hls"]).status_code == 200


def test_a_paused_player_gives_its_place_away(world: World) -> None:
    client = world.signed_in()
    play = opened(client, player="kitchen")
    body = {"heard_ms": 1000, "position_ms": 1000, "event": "pause", "seq": 1}
    assert client.post(f"/api/v1/plays/{play['play_id']}/progress", json=body).status_code == 204
    assert opened(client, player="car")


def test_a_change_of_plan_stops_the_next_segment_within_a_minute(world: World) -> None:
    with world.signed_in() as client:
        play = opened(client)
        assert client.get(play["hls"]).status_code == 200
        with world.database.write() as session:
            session.execute(update(Account).values(tier="free"))
        world.clock.advance(timedelta(seconds=15))
        stopped = client.get(play["hls"])
        assert (stopped.status_code, stopped.json()["error"]["code"]) == (403, "plan_changed")
        assert client.post(play["renew"]).json()["error"]["code"] == "plan_changed"


def test_a_token_is_renewed_while_it_plays_and_after_it_expired(world: World) -> None:
    with world.signed_in() as client:
        play = opened(client)
        world.clock.advance(timedelta(minutes=50))
        fresh = client.post(play["renew"]).json()
        assert fresh["expires_at"] > play["expires_at"]
        swapped = play["hls"].replace(play["token"], fresh["token"])
        assert client.get(swapped).status_code == 200
        world.clock.advance(timedelta(hours=5))
        assert client.get(swapped).status_code == 410
        again = client.post(fresh["renew"]).json()
        assert client.get(play["hls"].replace(play["token"], again["token"])).status_code == 200


def test_a_token_is_renewed_for_whom_it_was_made(world: World) -> None:
    play = opened(world.signed_in())
    other = world.signed_in("bob")
    assert other.post(play["renew"]).status_code == 401
    assert world.client().post(play["renew"]).status_code == 401
    assert world.signed_in("eve", Role.LISTENER).post(play["renew"] + "x").status_code == 404


def test_a_native_player_gets_a_token_for_its_queue(world: World) -> None:
    with world.signed_in() as client:
        hls = opened(client, lasts_s=6 * 3600)["hls"]
        world.clock.advance(timedelta(hours=5, minutes=59))
        assert client.get(hls).status_code == 200
        world.clock.advance(timedelta(minutes=2))
        assert client.get(hls).status_code == 410


def test_rotated_keys_interrupt_nobody_and_revoked_ones_everybody(
    world: World, tmp_path: Path
) -> None:
    with world.signed_in() as client:
        play = opened(client)
        KeyFile(tmp_path / "keys", world.clock).rotate()
        world.clock.advance(timedelta(seconds=61))
        assert client.get(play["hls"]).status_code == 200
        newer = opened(client)
        assert newer["token"].split(".")[0] != play["token"].split(".")[0]
        assert client.get(newer["hls"]).status_code == 200
        KeyFile(tmp_path / "keys", world.clock).revoke()
        world.clock.advance(timedelta(seconds=15))
        assert [client.get(one["hls"]).status_code for one in (play, newer)] == [404, 404]
        assert client.get(opened(client)["hls"]).status_code == 200
