"""Signing in and out, through the API as a browser does it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from catalog.events import by_the_clock
from core.auth import Role

if TYPE_CHECKING:
    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
SESSION = "/api/v1/session"


def test_a_listener_signs_in_and_out(world: World) -> None:
    client = world.signed_in("ada")
    viewer = {"name": "ada", "role": "listener", "territory": "GB", "tier": "premium"}
    assert client.get(SESSION).json() == {"viewer": viewer, "anonymous_may_play": False}
    assert client.delete(SESSION).status_code == 204
    assert client.get(SESSION).json()["viewer"] is None


def test_the_cookie_is_kept_from_scripts_and_other_sites(world: World) -> None:
    world.account("ada")
    answer = world.client().post(SESSION, json={"name": "ada", "password": "correct horse"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert answer.headers["cache-control"] == "private, no-store"


def test_signing_out_ends_the_session_on_every_device(world: World) -> None:
    phone = world.signed_in("ada")
    laptop = world.client()
    laptop.post(SESSION, json={"name": "ada", "password": "correct horse"})
    phone.delete(SESSION)
    assert laptop.get(SESSION).json()["viewer"] is None


def test_a_stolen_old_cookie_is_worth_nothing_after_thirty_days(world: World) -> None:
    client = world.signed_in("ada")
    world.clock.advance(timedelta(days=29))
    assert client.get(SESSION).json()["viewer"] is not None
    world.clock.advance(timedelta(days=2))
    assert client.get(SESSION).json()["viewer"] is None


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "WyJhY2MiLDFd.aSB.xx", "é" * 20, "x" * 5000])
def test_a_forged_cookie_is_nobody(world: World, cookie: str) -> None:
    headers = {"cookie": f"segue_session={cookie}".encode("latin-1", "replace")}
    answer = world.client().get(SESSION, headers=headers)  # type: ignore[arg-type]
    assert answer.json()["viewer"] is None


def test_wrong_name_and_wrong_password_get_the_same_answer(world: World) -> None:
    world.account("ada")
    client = world.client()
    wrong = client.post(SESSION, json={"name": "ada", "password": "battery staple"})
    unknown = client.post(SESSION, json={"name": "eve", "password": "battery staple"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_listeners_are_kept_off_the_operators_desk(world: World) -> None:
    listener, operator = world.signed_in("ada"), world.signed_in("olga", Role.OPERATOR)
    for path in ("/api/v1/deliveries", "/api/v1/deliveries/d1", "/api/v1/feeds"):
        assert world.client().get(path).status_code == 401
        assert listener.get(path).status_code == 403
    assert operator.get("/api/v1/feeds").json()["feeds"][0]["name"] == "Test Distribution"


def test_the_policy_of_a_feed_is_set(world: World) -> None:
    listener, operator = world.signed_in("ada"), world.signed_in("olga", Role.OPERATOR)
    [feed] = operator.get("/api/v1/feeds").json()["feeds"]
    path = f"/api/v1/feeds/{feed['id']}/policy"
    wanted = {"name": "lenient", "overrides": {"ERN-1201": "hold", "17": "off"}}
    assert listener.put(path, json=wanted).status_code == 403
    changed = operator.put(path, json=wanted)
    assert changed.status_code == 200
    assert changed.json()["overrides"] == {"17": "off", "ERN-1201": "hold"}
    [feed] = operator.get("/api/v1/feeds").json()["feeds"]
    assert feed["policy"]["name"] == "lenient"
    assert operator.put("/api/v1/feeds/none/policy", json={}).status_code == 404
    for bad in ({"overrides": {"ERN-1901": "off"}}, {"overrides": {"99": "off"}}):
        refused = operator.put(path, json=bad)
        assert refused.status_code == 400
        assert refused.json()["error"]["remedy"]
    assert operator.put(path, json={"name": "kind"}).status_code == 422


def test_the_terms_of_a_feed_are_agreed_on_and_stay(world: World) -> None:
    world.release()
    operator = world.signed_in("olga", Role.OPERATOR)
    [feed] = operator.get("/api/v1/feeds").json()["feeds"]
    path = f"/api/v1/feeds/{feed['id']}/policy"
    changed = operator.put(path, json={"terms": {"takes_tests": True, "tis": True}}).json()
    assert changed["terms"]["takes_tests"]
    assert changed["terms"]["tis"]
    assert changed["terms"]["album_covers_tracks"]
    assert operator.put(path, json={"name": "strict"}).json()["terms"] == changed["terms"]
    assert operator.put(path, json={"terms": {"generous": True}}).status_code == 400
    with world.database.write() as session:
        told = by_the_clock(session, world.clock())
    assert [event.release_id for event in told] == ["r1"], "its rights may be others now"
