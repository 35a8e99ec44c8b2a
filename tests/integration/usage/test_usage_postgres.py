"""Spool, ledger and view over PostgreSQL, where the database alone keeps writers apart."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from catalog.models import Play
from core.clock import ManualClock
from core.database import Base, Database
from core.sealed import Sealer
from server.usage import proofs
from server.usage.corrections import Correction, correct
from server.usage.events import encode
from server.usage.ledger import Ledger
from server.usage.listeners import Listeners
from server.usage.loader import Loader
from server.usage.signing import Signer
from server.usage.store import UsageStore
from tests.integration.core.postgres import postgres
from tests.integration.server.test_spool import NOW, opened, progressed
from tests.integration.usage.test_ledger import FIRST, Books, two_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["postgres"]
pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]


@pytest.fixture
def books(tmp_path: Path, postgres: str) -> Iterator[Books]:
    database = Database(postgres)
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    Base.metadata.create_all(database.engine)
    clock = ManualClock(FIRST + timedelta(days=1, hours=17))
    listeners = Listeners(database, Sealer(tmp_path / "keys"), clock)
    store = UsageStore(database, tmp_path / "usage", keys=listeners)
    ledger = Ledger(database, store, Signer(tmp_path / "keys"), listeners, clock)
    yield Books(tmp_path, database, clock, store, listeners, ledger)
    database.close()


def test_days_close_are_proved_and_corrected(books: Books) -> None:
    two_days(books)
    assert [row.day for row in books.ledger.close_due()] == ["2026-11-20", "2026-11-21"]
    closed = books.totals()
    assert [row[:3] for row in closed] == [
        ("2026-11-20", "counted", 5),
        ("2026-11-20", "excluded", 1),
        ("2026-11-21", "counted", 1),
    ]
    books.play("late", FIRST + timedelta(hours=3))
    wanted = Correction(play_id="p1", verdict="excluded", note="ours", by="olga")
    correct(books.database, books.store, books.clock, wanted)
    books.clock.advance(timedelta(days=1))
    books.ledger.close_due()
    assert ("2026-11-22", "counted", 0, 2) in books.totals()
    for play in ("p1", "late", "next"):
        said = proofs.prove(books.store, books.ledger, play)
        assert books.verify(books.file(said))["problems"] == []


def test_two_loaders_at_once_take_each_line_once(books: Books) -> None:
    folder = books.folder / "spool"
    folder.mkdir()
    for number in range(12):
        lines = [encode(opened(f"p{number}-{play}")) for play in range(20)]
        lines += [encode(progressed(f"p{number}-{play}", 31)) for play in range(20)]
        (folder / f"{number:02}.jsonl").write_bytes(b"".join(lines))
    taken: list[int] = []

    def load() -> None:
        clock = ManualClock(NOW)
        taken.append(Loader(books.database, folder, clock).run_once())

    threads = [Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 480
    assert len(taken) == 3
    with books.database.read() as session:
        heard = list(session.scalars(select(Play.heard_ms)))
    assert heard == [31_000] * 240
    assert list(folder.iterdir()) == []
