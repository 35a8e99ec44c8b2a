"""Sessions: readers and writers do not wait for each other, errors leave nothing behind."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from catalog.models import Event, Release, Track
from core.database import Base, Database, insert_new
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
NOW = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'segue.db'}"
    else:
        url = str(request.getfixturevalue("postgres"))
    opened = Database(url)
    Base.metadata.drop_all(opened.engine)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def _event(at: datetime = NOW) -> Event:
    return Event(kind="changed", release_id="r", at=at)


def _count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Event)) or 0


def test_a_write_is_kept(database: Database) -> None:
    with database.write() as session:
        session.add(_event())
    assert _count(database) == 1


def _write_and_stumble(database: Database) -> None:
    with database.write() as session:
        session.add(_event())
        session.flush()
        raise ZeroDivisionError


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_stumble(database)
    assert _count(database) == 0
    with database.write() as session:
        session.add(_event())
    assert _count(database) == 1, "the next writer finds no lock left"


def test_a_read_session_keeps_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(_event())
        session.flush()
    assert _count(database) == 0


def test_rows_live_on_after_their_session(database: Database) -> None:
    with database.write() as session:
        session.add(_event())
    with database.read() as session:
        row = session.scalars(select(Event)).one()
    assert row.kind == "changed"


def test_readers_go_on_while_a_writer_writes(database: Database) -> None:
    with database.write() as writer:
        writer.add(_event())
        writer.flush()
        assert _count(database) == 0, "and see what was committed"
    assert _count(database) == 1


def test_a_writer_goes_on_while_a_reader_reads(database: Database) -> None:
    with database.read() as reader:
        assert reader.scalar(select(func.count()).select_from(Event)) == 0
        with database.write() as writer:
            writer.add(_event())
        assert _count(database) == 1


def test_a_second_writer_waits_and_then_writes(tmp_path: Path) -> None:
    """SQLite knows one writer; the lock is taken at the beginning, so nobody fails half-way."""
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(database.engine)
    begun = threading.Event()

    def write() -> None:
        begun.set()
        with database.write() as session:
            session.add(_event())

    thread = threading.Thread(target=write)
    with database.write() as first:
        thread.start()
        assert begun.wait(60)
        first.add(_event())
        first.flush()
    thread.join(timeout=80)
    assert not thread.is_alive()
    assert _count(database) == 2
    database.close()


def test_two_that_insert_the_same_row_make_one(database: Database) -> None:
    """The later one waits for the first, and leaves its row as it is."""
    begun, faults = threading.Event(), []

    def row(title: str) -> list[dict[str, object]]:
        return [{"id": 7, "kind": title, "release_id": "r", "at": NOW}]

    def write() -> None:
        begun.set()
        try:
            with database.write() as session:
                insert_new(session, Event, row("second"))
        except Exception as fault:  # noqa: BLE001 - it is the test's answer
            faults.append(fault)

    thread = threading.Thread(target=write)
    with database.write() as first:
        insert_new(first, Event, row("first"))
        insert_new(first, Event, [])
        thread.start()
        assert begun.wait(60)
        thread.join(timeout=0.2)  # it waits, or has not begun yet
    thread.join(timeout=80)
    assert not faults
    with database.read() as session:
        assert list(session.scalars(select(Event.kind))) == ["first"]


@pytest.mark.parametrize("hours", [0, 2, -11])
def test_an_instant_comes_back_in_utc(database: Database, hours: int) -> None:
    with database.write() as session:
        session.add(_event(NOW.astimezone(timezone(timedelta(hours=hours)))))
    with database.read() as session:
        found = session.scalars(select(Event.at)).one()
    assert found == NOW
    assert found.utcoffset() == timedelta(0)


def test_instants_are_compared_as_instants(database: Database) -> None:
    with database.write() as session:
        session.add_all([_event(), _event(NOW + timedelta(hours=1))])
    east = (NOW + timedelta(minutes=1)).astimezone(timezone(timedelta(hours=9)))
    with database.read() as session:
        assert session.scalars(select(Event.at).where(Event.at > east)).all() == [
            NOW + timedelta(hours=1)
        ]


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="needs a time zone"), database.write() as session:
        session.add(_event(NOW.replace(tzinfo=None)))


def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Track(release_id="nobody", position=1, recording_id="nothing", title=""))


def test_relationships_are_never_loaded_by_accident() -> None:
    lazy = {relation.lazy for relation in (Release.tracks.property, Track.recording.property)}
    assert lazy == {"raise"}


def test_sqlite_writes_ahead_and_waits(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    with database.read() as session:
        found = [
            session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    database.close()
    assert found == ["wal", 1, 15_000, 1]
