"""Everything that may happen to a release, one after the other, on both databases.

In the end the catalogue is built anew from the log: there, and from the same log on the other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from catalog import census, decisions as log_decisions
from catalog.lifecycle import DecisionKind
from catalog.models import Decision, Feed, Recording, Release
from catalog.rebuild import Rebuilder
from catalog.scratch import scratch
from core.database import Base, Database
from ingest import pipeline, redrive
from ingest.kept import StoredBooks
from tests.fixtures import packages
from tests.fixtures.packages import SIDES
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture
from tests.integration.ingest.batches import SHORT, batch, retitled, without_media
from tests.integration.ingest.test_lifecycle import OTHER, decide, no_isrc, purge
from tests.integration.ingest.world import START, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.models import Delivery
    from tests.fixtures.packages import Shape
    from tests.integration.ingest.batches import Change

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]
THEIRS = replace(SHORT, sides=replace(SIDES, sender_dpid=OTHER))
BUILT = {"releases", "tracks", "recordings", "sources", "events"}
"""Tables that are made from the log."""


class Life:
    """A sender with two names, and what came of what it sent."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.mine = world.feed
        self.theirs = world.make_feed("other")
        with world.database.write() as session:
            session.get_one(Feed, self.theirs).dpid = OTHER

    def send(self, minute: int, *changes: Change, shape: Shape = SHORT) -> Delivery:
        """A message of that minute, by whichever feed its shape names."""
        self.world.feed = self.theirs if shape is THEIRS else self.mine
        made = batch(self.folder / f"{minute}", *changes, minute=minute, shapes=(shape,))
        return self.world.send_one(made.folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    lite = request.param == "sqlite"
    made = World(tmp_path / "data", "" if lite else str(request.getfixturevalue("postgres")))
    yield made
    if not lite:
        Base.metadata.drop_all(made.database.engine)
    made.database.close()


def test_all_that_may_happen(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    life = Life(world, tmp_path)
    ids = _repeats_and_late_ones(life)
    _strangers_and_transfers(life)
    _purged_and_returned(life)
    _decided(life)
    assert _ids(world) >= ids
    told = _rebuilt(world, world.database, tmp_path)
    address = str(request.getfixturevalue("postgres"))
    other = Database(f"sqlite:///{tmp_path / 'other.db'}" if world.url else address)
    try:
        assert _rebuilt(world, _log_of(world, other), tmp_path) == told
    finally:
        Base.metadata.drop_all(other.engine)
        other.close()


def _repeats_and_late_ones(life: Life) -> set[str]:
    world = life.world
    first = batch(life.folder / "first", retitled("Tones first"), minute=10)
    assert world.send_one(first.folder).state == "live"
    ids, masters = _ids(world), world.masters()
    assert life.send(0, retitled("Late")).state == "superseded"
    same = packages.again(first, life.folder / "same", START + timedelta(minutes=11))
    repeated = world.send_one(same.folder)
    assert [one.status for one in world.answer(repeated).statuses] == ["FileOK"]
    other = packages.other_bytes(first, life.folder / "bytes", START + timedelta(minutes=12))
    clash = world.send_one(other.folder)
    assert clash.state == "refused"
    assert [one.status for one in world.answer(clash).statuses] == ["IdentifierInvalid"]
    albums = world.transcode.albums[:]
    assert life.send(13, retitled("Second"), without_media).state == "live"
    assert (world.transcode.albums, world.masters()) == (albums, masters)
    assert life.send(14, retitled("Louder"), shape=replace(SHORT, seconds=0.3)).state == "live"
    assert set(world.masters().values()).isdisjoint(masters.values())
    assert (world.release().title, _ids(world)) == ("Louder", ids)
    return ids


def _strangers_and_transfers(life: Life) -> None:
    world = life.world
    stranger = life.send(20, purge, shape=THEIRS)
    assert stranger.state == "held"
    decide(world, DecisionKind.REJECT, stranger.id)
    assert world.delivery(stranger.id).state == "refused"
    assert world.release().title == "Louder"
    before = _ids(world)
    world.clock.advance(timedelta(minutes=30) + START - world.clock())
    with world.database.write() as session:
        log_decisions.transfer(
            session, world.release().id, life.theirs, by="ada", reason="sold",
            at=world.clock(), books=StoredBooks(world.parts.store),
        )  # fmt: skip
    old = life.send(31, retitled("Not theirs any more"), without_media)
    assert old.state in {"refused", "superseded"}, old.findings
    assert world.release().title == "Louder"
    assert life.send(32, retitled("Sold"), without_media, shape=THEIRS).state == "live"
    assert (world.release().title, _ids(world)) == ("Sold", before)


def _purged_and_returned(life: Life) -> None:
    world = life.world
    before = _ids(world)
    assert life.send(40, purge, shape=THEIRS).state == "purged"
    assert _ids(world) == set()
    assert life.send(35, retitled("Before the purge"), shape=THEIRS).state == "purged"
    assert _ids(world) == set(), "an older message does not undo a purge"
    assert life.send(41, retitled("Back"), shape=THEIRS).state == "live"
    assert (world.release().title, _ids(world)) == ("Back", before)


def _decided(life: Life) -> None:
    world, asked = life.world, []
    kinds = (DecisionKind.RELEASE, DecisionKind.REJECT, DecisionKind.RESEND)
    for number, kind in enumerate(kinds):
        held = life.send(50 + number, no_isrc, shape=replace(SHORT, seed=5 + number))
        assert held.state == "held", held.findings
        decide(world, kind, held.id)
        asked.append(held.id)
    ends = [world.delivery(each).state for each in asked]
    assert ends == ["live", "refused", "refused"]
    with world.database.write() as session:
        redrive.again(session, world.clock, asked[-1])
    assert pipeline.enqueue_received(world.work, world.database) == 1
    assert world.delivery(asked[-1]).state == "held", "under today's rules it is as it was"
    with world.database.read() as session:
        rows = session.scalars(select(Decision)).all()
    assert {row.decided_by for row in rows} == {"ada"}
    assert all(row.reason for row in rows)


def _ids(world: World) -> set[str]:
    with world.database.read() as session:
        return {*session.scalars(select(Release.id)), *session.scalars(select(Recording.id))}


def _log_of(world: World, other: Database) -> Database:
    """The same log, and nothing that is made from it, in another database."""
    Base.metadata.create_all(other.engine)
    for table in Base.metadata.sorted_tables:
        if table.name in BUILT:
            continue
        with world.database.read() as session:
            rows = [dict(row._mapping) for row in session.execute(select(table))]
        if rows:
            with other.write() as session:
                session.execute(insert(table), rows)
    return other


def _rebuilt(world: World, database: Database, folder: Path) -> str:
    """The digest of the catalogue that the log makes."""
    books = StoredBooks(world.parts.store)
    with scratch(folder / "rebuild.db") as made:
        found = Rebuilder(database, books, world.clock).run(made, fresh=True)
    assert found.digest == found.after
    if database is world.database:
        assert (found.before, found.changed) == (found.after, ())
    with database.read() as session:
        assert census.of(session).text == found.after
    return found.after
