"""One release from its announcement to its return, as listeners in three places meet it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from core.auth import Role
from core.sealed import Sealer
from ingest import housekeeping
from search.backends.memory import MemoryIndex
from server.accounts.store import NewAccount, create_account
from server.app import create_app
from server.services.feed_keeper import FeedKeeper
from server.services.parts import Parts
from tests.integration.ingest.batches import SHORT, batch, retitled, without_media
from tests.integration.ingest.test_lifecycle import purge
from tests.integration.ingest.world import WANTED

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette

    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
PASSWORD = "correct horse"
PLACES = ("JP", "FR", "US")
DAY = replace(SHORT, start=date(2026, 12, 1), territories=PLACES)
MIDNIGHTS = {
    "JP": datetime(2026, 11, 30, 15, tzinfo=UTC),
    "FR": datetime(2026, 11, 30, 23, tzinfo=UTC),
    "US": datetime(2026, 12, 1, 5, tzinfo=UTC),
}


def application(world: World, folder: Path) -> Starlette:
    """The web application over the catalogue of the world."""
    return create_app(
        Parts(
            database=world.database,
            objects=world.parts.store,
            clock=world.clock,
            secret=b"k" * 32,
            spool_folder=folder / "spool",
            search=MemoryIndex(),
            retry=lambda _: None,
            tiers={"premium": WANTED},
            feeds=FeedKeeper(world.database, world.clock, Sealer(folder / "keys")),
            territory="GB",
            tier="premium",
            static_folder=folder / "static",
            manifest={},
        )
    )


class Listeners:
    """One in each place, with the tier that may stream."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        app = application(world, folder)
        self._clients = {place: self._client(app, place) for place in PLACES}

    def _client(self, app: Starlette, place: str) -> TestClient:
        new = NewAccount(
            name=place,
            role=Role.LISTENER,
            territory=place,
            tier="premium",
            password="correct horse",
        )
        with self._world.database.write() as session:
            create_account(session, new, self._world.clock())
        client = TestClient(app, base_url="http://segue.test")
        answer = client.post("/api/v1/session", json={"name": place, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    def hear(self, release_id: str) -> set[str]:
        """Where the release can be played now; each says so on its page and when a play opens."""
        housekeeping.turn_of_the_clock(self._world.parts)
        found = set()
        for place, client in self._clients.items():
            answer = client.get(f"/api/v1/releases/{release_id}")
            if answer.status_code == 404:
                continue
            page = answer.json()
            track = page["discs"][0]["tracks"][0]["recording_id"]
            asked = {"release_id": release_id, "recording_id": track}
            opened = client.post("/api/v1/plays", json=asked).is_success
            assert opened == page["playable"], (place, page["reason"])
            found |= {place} if opened else set()
        return found


def test_from_the_announcement_to_the_return(world: World, tmp_path: Path) -> None:
    listeners = Listeners(world, tmp_path)
    first = world.send_one(batch(tmp_path / "1", shapes=(DAY,)).folder)
    assert first.state == "scheduled", first.findings
    release = world.release().id
    assert (world.events(), listeners.hear(release)) == (["announced"], set())
    heard: set[str] = set()
    for place, midnight in MIDNIGHTS.items():
        world.clock.advance(midnight - timedelta(seconds=1) - world.clock())
        assert listeners.hear(release) == heard
        world.clock.advance(timedelta(seconds=1))
        heard |= {place}
        assert listeners.hear(release) == heard
    assert world.delivery(first.id).state == "live"
    minute = round((MIDNIGHTS["US"] - datetime(2026, 11, 21, 12, tzinfo=UTC)).total_seconds() / 60)
    update = batch(tmp_path / "2", without_media, retitled("B"), minute=minute, shapes=(DAY,))
    assert world.send_one(update.folder).state == "live"
    assert (world.release().title, listeners.hear(release)) == ("B", set(PLACES))
    two = replace(DAY, territories=("JP", "US"))
    left = batch(tmp_path / "3", without_media, minute=minute + 1, shapes=(two,))
    assert world.send_one(left.folder).state == "live"
    assert listeners.hear(release) == {"JP", "US"}
    gone = world.send_one(batch(tmp_path / "4", purge, minute=minute + 2, shapes=(DAY,)).folder)
    assert (gone.state, listeners.hear(release)) == ("purged", set())
    back = world.send_one(batch(tmp_path / "5", minute=minute + 3, shapes=(DAY,)).folder)
    assert (back.state, listeners.hear(release)) == ("live", set(PLACES))
    assert world.release().id == release
    assert world.events()[0] == "announced"
    assert world.events()[-2:] == ["purged", "made_available"]
