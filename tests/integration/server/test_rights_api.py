"""What listeners see of what may be shown, and what operators see of why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from catalog.deal_terms import ShowTerms
from catalog.models import Event, Release
from catalog.rights_terms import ReleaseTerms, Subject
from core.auth import Role
from tests.unit.catalog.rights_cases import terms as deal

if TYPE_CHECKING:
    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
TRACK = Subject(reference="R1", kind="TrackRelease", recording="r1-1", deals=(1,))


def tell(world: World, *deals: str, shows: ShowTerms | None = None, name: str = "r1") -> None:
    """As the fold does: the terms of a newer message, and an event."""
    said = [deal(text, number) for number, text in enumerate(deals, 1)]
    said[0] = replace(said[0], shows=shows or ShowTerms(), reference="/x/Deal[1]")
    tracks = (TRACK,) if len(said) > 1 else ()
    terms = ReleaseTerms((Subject(reference="R0", title="Album", deals=(0,)), *tracks), tuple(said))
    with world.database.write() as session:
        row = session.get_one(Release, name)
        row.rights, row.rights_digest = terms.to_json(), terms.digest
        session.add(Event(kind="changed", release_id=name, at=world.clock()))


def listed(world: World) -> list[str]:
    cards = world.client().get("/api/v1/releases").json()["releases"]
    return [card["id"] for card in cards]


def test_what_may_not_be_shown_yet_is_nowhere(world: World) -> None:
    world.release("r1")
    tell(world, "Worldwide : Sub / OD : 2026-12-12..", shows=ShowTerms(release="2026-12-01"))
    client = world.client()
    assert listed(world) == []
    assert client.get("/api/v1/search?q=album").json()["hits"] == []
    assert client.get("/api/v1/releases/r1").status_code == 404
    assert client.get("/").status_code == 200
    world.clock.advance(timedelta(days=11))  # 2 December
    assert listed(world) == ["r1"]
    page = client.get("/api/v1/releases/r1").json()
    assert (page["code"], page["until"]) == ("not_yet", "2026-12-12T00:00:00+00:00")
    assert page["reason"] == "Not available in GB until 12 December 2026."


def test_tracks_and_cover_wait_for_their_own_dates(world: World) -> None:
    world.release("r1", tracks=2)
    shows = ShowTerms(release="2026-11-01", tracks="2026-12-01", cover="2026-12-05")
    tell(world, "Worldwide : Sub / OD : 2026-12-12..", "GB : Sub / OD : 2026-11-20..", shows=shows)
    client = world.client()
    page = client.get("/api/v1/releases/r1").json()
    assert page["artwork"] is None
    tracks = [track for disc in page["discs"] for track in disc["tracks"]]
    assert [(track["recording_id"], track["playable"]) for track in tracks] == [("r1-1", True)]
    hits = client.get("/api/v1/search?q=track").json()["hits"]
    assert {hit["id"] for hit in hits if hit["kind"] == "recording"} == {"r1-1"}
    world.clock.advance(timedelta(days=15))  # 6 December
    page = client.get("/api/v1/releases/r1").json()
    assert page["artwork"]
    assert [len(disc["tracks"]) for disc in page["discs"]] == [2]


def test_a_new_message_counts_at_once(world: World) -> None:
    world.release("r1")
    tell(world, "Worldwide : Sub / OD : 2026-01-01..")
    client = world.client()
    assert client.get("/api/v1/releases/r1").json()["playable"] is True
    tell(world, "FR : Sub / OD : 2026-01-01..")
    assert client.get("/api/v1/releases/r1").json()["code"] == "no_deal_here"


def test_a_release_that_an_operator_keeps_down(world: World) -> None:
    world.release("r1")
    tell(world, "Worldwide : Sub / OD : 2026-01-01..")
    with world.database.write() as session:
        row = session.get_one(Release, "r1")
        row.locked, row.state = "take_down", "taken_down"
    client = world.client()
    assert listed(world) == []
    page = client.get("/api/v1/releases/r1").json()
    assert (page["playable"], page["code"]) == (False, "taken_down")


def test_operators_see_message_deal_and_clause(world: World) -> None:
    world.release("r1")
    tell(world, "FR : Sub / OD : 2026-01-01..", "GB : Sub / OD : 2026-01-01..")
    path = "/api/v1/releases/r1/rights"
    assert world.client().get(path).status_code == 401
    operator = world.signed_in("op", Role.OPERATOR)
    told = operator.get(path).json()
    assert [row["code"] for row in told["verdicts"]] == ["no_deal_here", "allowed"]
    french = operator.get(path, params={"territory": "FR", "at": "2026-07-01"}).json()
    first = french["verdicts"][0]
    assert (first["allowed"], first["deal"]) == (True, "/x/Deal[1]")
    assert first["terms"]["territories"] == ["FR"]
    assert first["clause"].startswith("DDEX ERN")
    assert operator.get(path, params={"territory": "UK"}).status_code == 400
    assert operator.get("/api/v1/releases/none/rights").status_code == 404
