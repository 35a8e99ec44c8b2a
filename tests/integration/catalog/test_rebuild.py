"""A rebuild gives the same catalogue again, on both databases; what was damaged is mended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from catalog import census
from catalog.lifecycle import DecisionKind
from catalog.models import Event, Recording, Release, Track
from catalog.rebuild import Rebuilder, Rebuilt
from catalog.scratch import scratch
from core.clock import ManualClock
from core.database import Base, Database
from core.errors import Conflict
from tests.integration.catalog.world import (
    NOW,
    Crash,
    Said,
    catalogue,
    decide,
    feeds_of,
    no_books,
    tell,
)
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
FIRST = Said(tracks=((0, 0), (1, 0), (2, 1)))
MESSAGES = [
    FIRST,
    replace(FIRST, stamp=2, title="Renamed ünïcode ♫", tracks=((1, None), (0, 5)), cover=None),
    replace(FIRST, stamp=1, title="Late"),
    Said(release=1, owner=1, feed=1),
    Said(release=2, deals=(), tracks=((0, None),)),
    Said(release=3, stamp=1),
    Said(release=3, stamp=2, purge=True),
    Said(release=4, stamp=1, title="Moved"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    file = tmp_path_factory.mktemp("database") / "segue.db"
    is_sqlite = request.param == "sqlite"
    opened = Database(
        f"sqlite:///{file}" if is_sqlite else str(request.getfixturevalue("postgres"))
    )
    Base.metadata.create_all(opened.engine)
    feeds_of(opened)
    for said in MESSAGES:
        with opened.write() as session:
            tell(session, said)
    with opened.write() as session:
        decide(session, DecisionKind.TRANSFER, Said(release=4), stamp=3, feed=1)
    with opened.write() as session:
        tell(session, Said(release=4, stamp=4, owner=1, feed=1, title="By the other"))
    yield opened
    if request.param == "postgresql":
        Base.metadata.drop_all(opened.engine)
    opened.close()


def rebuilt(database: Database, folder: Path) -> Rebuilt:
    with scratch(folder / "rebuild.db") as made:
        return Rebuilder(database, no_books, ManualClock(NOW)).run(made)


def test_the_same_catalogue_again(database: Database, tmp_path: Path) -> None:
    found = rebuilt(database, tmp_path)
    assert found.before == found.digest == found.after
    assert (found.entries, found.changed) == (10, ())
    assert list(tmp_path.iterdir()) == []
    with database.read() as session:
        titles = set(session.scalars(select(Release.title)))
    assert titles == {"Renamed ünïcode ♫", "Title", "By the other"}


def test_both_databases_have_one_digest(request: pytest.FixtureRequest) -> None:
    digests = []
    for address in ("", str(request.getfixturevalue("postgres"))):
        opened = Database(address) if address else catalogue()
        if address:
            Base.metadata.create_all(opened.engine)
            feeds_of(opened)
        for said in MESSAGES:
            with opened.write() as session:
                tell(session, said)
        with opened.read() as session:
            digests.append(census.of(session).text)
        if address:
            Base.metadata.drop_all(opened.engine)
        opened.close()
    assert digests[0] == digests[1]


def test_what_was_damaged_is_mended(database: Database, tmp_path: Path) -> None:
    sound = rebuilt(database, tmp_path).after
    with database.write() as session:
        session.execute(update(Release).where(Release.title == "Title").values(title="Forged"))
        session.execute(delete(Track))
        session.execute(update(Recording).values(title="Forged", master=None))
        known = session.scalars(select(Event.id)).all()
    found = rebuilt(database, tmp_path)
    assert found.before != sound
    assert found.digest == found.after == sound
    assert len(found.changed) == 4
    with database.read() as session:
        told = session.scalars(select(Event.release_id).where(Event.id.not_in(known))).all()
    assert sorted(told) == sorted(found.changed), "search and gate hear of it"


def test_what_arrives_meanwhile_is_in_it(database: Database, tmp_path: Path) -> None:
    said = [replace(FIRST, stamp=9, title="Meanwhile"), Said(release=7, title="New meanwhile")]

    def meanwhile(phase: str, done: int, total: int) -> None:
        if phase == "walk" and done == total and said:
            with database.write() as session:
                tell(session, said.pop())

    with scratch(tmp_path / "rebuild.db") as made:
        found = Rebuilder(database, no_books, ManualClock(NOW), meanwhile).run(made)
    assert found.digest == found.after
    with database.read() as session:
        assert "New meanwhile" in set(session.scalars(select(Release.title)))


def test_a_rebuild_that_dies_changes_nothing(database: Database, tmp_path: Path) -> None:
    sound = rebuilt(database, tmp_path).after
    with database.write() as session:
        session.execute(update(Release).values(title="Forged"))
    with database.read() as session:
        forged = census.of(session).text

    def dies(phase: str, _done: int, _total: int) -> None:
        if phase == "swap":
            raise Crash

    with pytest.raises(Crash), scratch(tmp_path / "rebuild.db") as made:
        Rebuilder(database, no_books, ManualClock(NOW), dies).run(made)
    with database.read() as session:
        assert census.of(session).text == forged
    assert rebuilt(database, tmp_path).after == sound


def test_one_rebuild_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "rebuild.db"
    with scratch(path), pytest.raises(Conflict, match="already"), scratch(path):
        pass
