"""Audit entries and bans in a real database: batches, crashes, retention, filters, lifting."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select

from catalog.models import AuditEntry
from core.database import Base, Database
from core.errors import Misuse, NotFound
from ingest.audit_log import AuditLog, Filters, to_json
from ingest.bans import DatabaseBans
from ingest.doors.common.audit import Entry
from ingest.doors.common.bans import BanPolicy
from ingest.doors.common.guard import Guard, GuardPolicy
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    lite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'segue.db'}" if lite else request.getfixturevalue("postgres")
    made = Database(str(url))
    Base.metadata.create_all(made.engine)
    yield made
    if not lite:
        Base.metadata.drop_all(made.engine)
    made.close()


def entry(number: int = 0, *, at: datetime = NOW, **more: str) -> Entry:
    facts = {"what": "upload", "feed_id": "feed_a", "path": f"a/{number}.wav", **more}
    return Entry(at=at, door="sftp", bytes=number, **facts)


def found(database: Database, filters: Filters | None = None) -> list[str]:
    with database.read() as session:
        return [row.path for row in session.scalars((filters or Filters()).query())]


def test_five_thousand_files_cost_few_transactions(database: Database, tmp_path: Path) -> None:
    log = AuditLog(database, tmp_path / "audit")
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    for number in range(5000):
        log.record(entry(number))
    assert log.flush() == 5000
    assert len(commits) <= 10
    assert found(database)[:2] == ["a/4999.wav", "a/4998.wav"]
    assert log.flush() == 0


def test_what_a_killed_process_wrote_is_brought_in_once(database: Database, tmp_path: Path) -> None:
    AuditLog(database, tmp_path / "audit").record(entry(1))
    [left] = (tmp_path / "audit").iterdir()
    killed = left.read_bytes() + b'{"id": "cut'
    left.unlink()
    for name in ("1.jsonl", "2.jsonl"):  # the second as if it had died before it removed the first
        (tmp_path / "audit" / name).write_bytes(killed)
    assert AuditLog(database, tmp_path / "audit").flush() == 2
    assert found(database) == ["a/1.wav"]
    assert list((tmp_path / "audit").iterdir()) == []


def test_a_file_that_another_process_writes_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    living, other = AuditLog(database, tmp_path / "audit"), AuditLog(database, tmp_path / "audit")
    living.record(entry(1))
    assert other.flush() == 0
    living.record(entry(2))
    living.close()
    assert found(database) == ["a/2.wav", "a/1.wav"]


def test_threads_lose_nothing_while_it_is_flushed(database: Database, tmp_path: Path) -> None:
    log = AuditLog(database, tmp_path / "audit")

    def write() -> None:
        for number in range(300):
            log.record(entry(number))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        log.flush()
    log.flush()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 1200


def test_entries_are_kept_for_a_time_and_up_to_a_number(database: Database, tmp_path: Path) -> None:
    log = AuditLog(database, tmp_path / "audit")
    for number in range(10):
        log.record(entry(number, at=NOW - number * HOUR))
    log.flush()
    assert log.trim(NOW, 5 * HOUR + HOUR / 2, 1000) == 4
    assert log.trim(NOW, 100 * HOUR, 3) == 3
    assert found(database) == ["a/5.wav", "a/4.wav", "a/3.wav"]


def test_entries_are_found_by_what_is_asked(database: Database, tmp_path: Path) -> None:
    log = AuditLog(database, tmp_path / "audit")
    log.record(entry(1, at=NOW - HOUR))
    log.record(entry(2, feed_id="feed_b", peer="192.0.2.7"))
    log.record(entry(3, what="login", outcome="denied", username="al%ha"))
    log.flush()
    assert found(database, Filters(feed_id="feed_b")) == ["a/2.wav"]
    assert found(database, Filters(what="login")) == ["a/3.wav"]
    assert found(database, Filters(outcome="failed")) == ["a/3.wav"]
    assert found(database, Filters(outcome="ok")) == ["a/2.wav", "a/1.wav"]
    assert found(database, Filters(text="192.0.2")) == ["a/2.wav"]
    assert found(database, Filters(text="l%h")) == ["a/3.wav"]
    assert found(database, Filters(text="a%wav")) == []
    assert found(database, Filters(since=NOW - HOUR / 2)) == ["a/3.wav", "a/2.wav"]
    with database.read() as session:
        newest = session.scalars(Filters().query()).first()
        assert newest is not None
        assert to_json(newest)["at"] == NOW.isoformat()
        assert found(database, Filters(before=newest.id)) == ["a/2.wav", "a/1.wav"]
        assert found(database, Filters(after=newest.id)) == []


def test_bans_are_kept_listed_and_lifted(database: Database) -> None:
    policy = GuardPolicy(bans=BanPolicy(failures=1, account_failures=1, allow=()))
    bans = DatabaseBans(database)
    guard = Guard(policy, store=bans, clock=lambda: NOW)
    guard.failed("2001:db8::7", "alpha", "sftp")
    again = Guard(policy, store=bans, clock=lambda: NOW)
    again.refresh()
    assert again.admit("2001:db8::8", "ftp") is not None
    assert again.barred("192.0.2.1", "alpha", "ftp") is not None
    assert [ban.subject for ban in bans.lift("2001:db8::9")] == ["2001:db8::/64"]
    again.refresh()
    assert again.admit("2001:db8::8", "ftp") is None
    bans.lift("alpha")
    again.refresh()
    assert again.barred("192.0.2.1", "alpha", "ftp") is None
    with pytest.raises(NotFound):
        bans.lift("alpha")


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        ("198.51.100.9", ["198.51.100.8 web:ada"]),
        ("web:ada", ["198.51.100.9 web:bob"]),
        ("198.51.100.9 web:ada", ["198.51.100.8 web:ada", "198.51.100.9 web:bob"]),
    ],
)
def test_accounts_that_are_banned_from_an_address_are_lifted_by_either(
    database: Database, subject: str, left: list[str]
) -> None:
    bans = DatabaseBans(database)
    policy = GuardPolicy(bans=BanPolicy(failures=1, account_failures=0, allow=()))
    guard = Guard(policy, store=bans, clock=lambda: NOW)
    for number, name in ((9, "ada"), (9, "bob"), (8, "ada")):
        guard.failed(f"198.51.100.{number}", f"web:{name}", "web", shared=True)
    bans.lift(subject)
    assert sorted(ban.subject for ban in bans.load()) == left


def test_an_operator_bans_by_hand(database: Database) -> None:
    bans = DatabaseBans(database)
    ban = bans.add("address", "::ffff:203.0.113.5", NOW, NOW + HOUR)
    assert ban.subject == "203.0.113.5"
    guard = Guard(store=bans, clock=lambda: NOW)
    guard.refresh()
    assert guard.admit("203.0.113.5", "sftp") is not None
    for kind, subject in (("planet", "x"), ("address", "example.com"), ("pair", "x")):
        with pytest.raises(Misuse):
            bans.add(kind, subject, NOW, NOW + HOUR)


def test_old_bans_are_forgotten(database: Database) -> None:
    bans = DatabaseBans(database)
    bans.add("address", "203.0.113.5", NOW, NOW + HOUR)
    bans.forget(NOW + HOUR)
    assert len(bans.load()) == 1
    bans.forget(NOW + timedelta(days=3))
    assert bans.load() == []


def test_who_was_let_in_is_known(database: Database, tmp_path: Path) -> None:
    """By name, or by the feed of the key; not who was refused, nor long ago, nor who fetched."""
    log = AuditLog(database, tmp_path / "audit")
    inside = entry(what="login", username="alpha", session="s", peer="192.0.2.7")
    log.record(replace(inside, at=NOW - 9 * HOUR, peer="192.0.2.1"))
    log.record(inside)
    log.record(inside)
    log.record(replace(inside, outcome="denied", peer="192.0.2.2"))
    log.record(replace(inside, session="", peer="192.0.2.3"))
    log.record(replace(inside, what="upload", door="http", peer="192.0.2.8"))
    log.flush()
    assert log.logins(NOW - HOUR) == [("alpha", "192.0.2.7"), ("feed_a", "192.0.2.8")]
