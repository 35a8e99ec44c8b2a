"""Take-downs by deals: all at once, by territory, at a later day; and deals of very many places.

Every test runs with each phase done once, and with each done twice, as after a crash.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import Release
from catalog.queries.audience import Audience, judge_of
from catalog.rights_anywhere import tables_of
from ddex.data.territories import territories
from ingest import housekeeping
from tests.integration.ingest.batches import (
    SHORT,
    batch,
    retitled,
    rewrite,
    without_deals,
    without_media,
)
from tests.integration.ingest.test_lifecycle import chronicle
from tests.integration.ingest.world import WANTED

if TYPE_CHECKING:
    from pathlib import Path

    from distro.package import Packed
    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("times")]


def marked_down(release: Packed) -> None:
    """Deals that ended last month."""
    rewrite(release, r"<StartDate>[^<]*</StartDate>", "<StartDate>2020-01-01</StartDate>"
            "<EndDate>2026-10-31</EndDate>")  # fmt: skip


@pytest.mark.parametrize("change", [without_deals, marked_down])
def test_take_downs_and_the_return(world: World, tmp_path: Path, change: object) -> None:
    world.send(batch(tmp_path / "1").folder)
    down = batch(tmp_path / "2", without_media, change, minute=1)  # type: ignore[arg-type]
    delivery = world.send_one(down.folder)
    assert delivery.state == "hidden", delivery.findings
    assert world.release().state == "taken_down"
    back = world.send_one(batch(tmp_path / "3", without_media, retitled("B"), minute=2).folder)
    assert back.state == "live"
    assert world.events() == ["made_available", "taken_down", "made_available"]


def test_a_territory_that_is_omitted(world: World, tmp_path: Path) -> None:
    both = replace(SHORT, territories=("GB", "FR"))
    world.send(batch(tmp_path / "1", shapes=(both,)).folder)
    one = replace(SHORT, territories=("GB",))
    update = world.send_one(batch(tmp_path / "2", without_media, minute=1, shapes=(one,)).folder)
    assert update.state == "live"
    found = chronicle(world).diff(update.id)
    assert [(d["territory"], bool(d["after"])) for d in found["deals"]] == [("FR", False)]


def test_a_take_down_in_the_future(world: World, tmp_path: Path) -> None:
    ending = replace(SHORT, end=date(2026, 11, 30))
    delivery = world.send_one(batch(tmp_path / "1", shapes=(ending,)).folder)
    assert (delivery.state, world.release().state) == ("live", "available")
    world.clock.advance(timedelta(days=9))
    housekeeping.turn_of_the_clock(world.parts)
    assert world.release().state == "available", "the day lasts in the west"
    world.clock.advance(timedelta(days=2))
    assert housekeeping.turn_of_the_clock(world.parts) == 1
    assert world.release().state == "taken_down"
    assert world.delivery(delivery.id).state == "hidden"
    assert world.events()[-1] == "taken_down"
    assert housekeeping.turn_of_the_clock(world.parts) == 0


def test_fifty_thousand_territories_in_one_deal(world: World, tmp_path: Path) -> None:
    """Through checks, catalogue, states and verdicts: the work is that of the places there are."""
    known = [place.code for place in territories().values() if len(place.code) == 2]
    many = [known[n % len(known)] for n in range(50_000)]
    listed = "".join(f"<TerritoryCode>{code}</TerritoryCode>" for code in many)

    def everywhere(release: Packed) -> None:
        rewrite(release, "<TerritoryCode>Worldwide</TerritoryCode>", listed)

    before = tables_of.cache_info().misses
    sent = batch(tmp_path / "1", everywhere)
    delivery = world.send_one(sent.folder)
    assert delivery.state == "live", delivery.findings
    assert tables_of.cache_info().misses - before <= 8
    with world.database.read() as session:
        release = session.scalars(select(Release)).one()
        assert len(release.rights["deals"][0]["territories"]) == 50_000
        audience = Audience(territory="FR", tier="", wanted=WANTED)
        assert judge_of(release, None).verdict("", audience, world.clock()).allowed
    assert len(release.rights["deals"]) <= 2
