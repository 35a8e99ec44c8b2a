"""Releases, search and deliveries as the API gives them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from catalog.models import Media
from core.auth import Role
from tests.integration.server.world import ART, asset, deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.database import Database
    from tests.integration.server.world import World

pytestmark = pytest.mark.integration


def queries(database: Database, action: Callable[[], Any]) -> int:
    """How many an action asks: the least of several, for now and then one looks after the gate."""
    return min(_asked(database, action) for _ in range(3))


def _asked(database: Database, action: Callable[[], Any]) -> int:
    seen: list[str] = []

    def note(*given: Any) -> None:
        if given[2].lstrip().upper().startswith("SELECT"):
            seen.append(given[2])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        action()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_card_says_what_a_list_needs(world: World) -> None:
    world.release("r1")
    found = world.client().get("/api/v1/releases").json()
    assert found == {
        "releases": [
            {
                "id": "r1",
                "title": "Album r1",
                "artist": "The Testers",
                "artwork": f"/art/{ART}",
                "hue": 210.0,
                "chroma": 0.08,
                "date": "2026-01-01",
                "tracks": 2,
                "seconds": 100.0,
            }
        ],
        "next": None,
    }


def test_pages_join_without_gap_or_repeat(world: World) -> None:
    for number in range(7):
        world.release(f"r{number}", tracks=1)
        if number != 3:  # two of them at the same instant
            world.clock.advance(timedelta(minutes=1))
    client = world.client()
    seen, cursor = [], None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/releases", params=query).json()
        seen += [card["id"] for card in page["releases"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == [f"r{n}" for n in range(7)]
    assert seen[0] == "r6"


@pytest.mark.parametrize("cursor", ["x", "////", "MjAyNi0wMS0wMXxy", "OTk5OTktMDEtMDF8cg=="])
def test_a_strange_cursor_is_refused(world: World, cursor: str) -> None:
    answer = world.client().get("/api/v1/releases", params={"cursor": cursor})
    if cursor != "MjAyNi0wMS0wMXxy":  # a plain date is an instant too
        assert answer.status_code == 400
        assert answer.json()["error"]["remedy"]


def test_lists_cost_the_same_whatever_their_length(world: World) -> None:
    client = world.client()
    world.release("r0")
    one = queries(world.database, lambda: client.get("/api/v1/releases"))
    home = queries(world.database, lambda: client.get("/"))
    found = queries(world.database, lambda: client.get("/api/v1/search?q=album"))
    for number in range(1, 9):
        world.release(f"r{number}", tracks=4)
    assert queries(world.database, lambda: client.get("/api/v1/releases")) == one == 1
    assert queries(world.database, lambda: client.get("/")) == home
    assert queries(world.database, lambda: client.get("/api/v1/search?q=album")) == found == 3


def test_a_release_page_costs_the_same_whatever_its_tracks(world: World) -> None:
    world.release("short", tracks=1)
    world.release("long", tracks=40)
    client = world.client()
    short, long = (
        queries(world.database, partial(client.get, f"/api/v1/releases/{name}"))
        for name in ("short", "long")
    )
    assert long == short == 5


def test_a_release_says_what_can_be_played_and_why_not(world: World) -> None:
    later = deal(periods=[["2026-12-12", ""]])
    world.release("r1")
    world.release("r2", deals=[later])
    client = world.client()
    open_now = client.get("/api/v1/releases/r1").json()
    assert (open_now["playable"], open_now["reason"], open_now["until"]) == (True, None, None)
    assert (open_now["type"], open_now["credits"][0]["role"]) == ("Album", "Producer")
    track = open_now["discs"][0]["tracks"][0]
    assert track["quality"] == {"lossless": True, "bits": 16, "rate": 44100}
    assert track["peaks"] == [90, 200, 80]
    assert track["gapless_next"] is True
    assert open_now["discs"][0]["tracks"][1]["gapless_next"] is False

    closed = client.get("/api/v1/releases/r2").json()
    assert closed["playable"] is False
    assert closed["code"] == "not_yet"
    assert "12 December 2026" in closed["reason"]
    assert closed["until"] == "2026-12-12T00:00:00+00:00"


def test_a_pause_between_two_tracks_is_no_seam(world: World) -> None:
    world.release("r1", tracks=3)
    with world.database.write() as session:
        media = session.get(Media, asset("r1", 2))
        assert media is not None
        media.manifest = {**(media.manifest or {}), "silence": [265, 0]}  # 6 ms
    tracks = world.client().get("/api/v1/releases/r1").json()["discs"][0]["tracks"]
    assert [track["gapless_next"] for track in tracks] == [False, True, False]


def test_no_audio_is_told_apart_from_no_rights(world: World) -> None:
    world.release("r1", tracks=1)
    with world.database.write() as session:
        media = session.get(Media, asset("r1", 1))
        assert media is not None
        media.asset = None
    page = world.client().get("/api/v1/releases/r1").json()
    assert (page["playable"], page["code"]) == (False, "no_audio")


def test_a_release_that_is_not_there(world: World) -> None:
    answer = world.client().get("/api/v1/releases/nothing")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_what_was_taken_down_leaves_the_lists_and_search(world: World) -> None:
    world.release("r1", deals=[])
    client = world.client()
    assert client.get("/api/v1/releases").json()["releases"] == []
    assert client.get("/api/v1/search?q=album").json()["hits"] == []


def test_search_finds_all_three_kinds_and_judges_them(world: World) -> None:
    world.release("r1", tracks=1, deals=[deal(territories=["DE"])])
    hits = world.client().get("/api/v1/search?q=testers").json()["hits"]
    assert {hit["kind"] for hit in hits} == {"release", "recording", "party"}
    assert all(hit["playable"] is False and hit["reason"] for hit in hits)
    party = next(hit for hit in hits if hit["kind"] == "party")
    assert party["title"] == "The Testers"


def test_an_operator_lists_shows_and_retries_deliveries(world: World) -> None:
    world.delivery("d1", "refused")
    world.delivery("d2", "live")
    client = world.signed_in("olga", Role.OPERATOR)
    listed = client.get("/api/v1/deliveries", params={"state": "refused"}).json()
    assert (listed["total"], listed["counts"]) == (1, {"live": 1, "refused": 1})
    assert listed["deliveries"][0]["feed_name"] == "Test Distribution"
    more: dict[str, Any] = {"decisions": [], "report": None}
    more |= {"answers": [], "tellings": [], "availability": None}
    assert client.get("/api/v1/deliveries/d1").json() == listed["deliveries"][0] | more
    assert listed["deliveries"][0]["files"] == 1
    assert client.get("/console/deliveries/d1").status_code == 200
    assert client.post("/api/v1/deliveries/d1/retry").status_code == 202
    assert world.retried == ["d1"]
    assert client.post("/api/v1/deliveries/none/retry").status_code == 404
