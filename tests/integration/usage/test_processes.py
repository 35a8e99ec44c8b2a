"""Loader and ledger with real processes: two at once, and one that is killed in the middle."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest

from core import spawn
from core.errors import Conflict
from server.usage import proofs
from server.usage.events import encode
from server.usage.loader import Loader
from tests.integration.server.test_spool import clock, database, opened, plays, progressed
from tests.integration.usage.test_ledger import Books, books, two_days

if TYPE_CHECKING:
    from pathlib import Path

    from core.clock import ManualClock
    from core.database import Database

__all__ = ["books", "clock", "database"]
pytestmark = pytest.mark.integration

LOADING = """
import sys, time
from pathlib import Path
from core.clock import system_clock
from core.database import Database
from server.usage.loader import Loader
database = Database(sys.argv[1])
loader = Loader(database, Path(sys.argv[2]), system_clock)
print("ready", flush=True)
taken, stop = 0, Path(sys.argv[2] + ".stop")
while not stop.exists():
    taken += loader.run_once()
    time.sleep(0.002)
print(taken + loader.run_once(), flush=True)
"""
CLOSING = """
import signal, sys
from datetime import datetime
from pathlib import Path
from core.clock import ManualClock
from core.database import Database
from core.sealed import Sealer
from server.usage.ledger import Ledger
from server.usage.listeners import Listeners
from server.usage.signing import Signer
from server.usage.store import UsageStore
folder, point = Path(sys.argv[1]), sys.argv[2]

def wait():
    print("here", flush=True)
    signal.pause()

class Store(UsageStore):
    done = 0
    def finish(self):
        self.done += 1
        if point == "committed" and self.done == 2:
            wait()
        super().finish()

class Slow(Signer):
    def sign(self, said):
        if point == "written":
            wait()
        return super().sign(said)

clock = ManualClock(datetime.fromisoformat(sys.argv[3]))
database = Database(f"sqlite:///{folder / 'segue.db'}")
listeners = Listeners(database, Sealer(folder / "keys"), clock)
store = Store(database, folder / "usage", keys=listeners)
Ledger(database, store, Slow(folder / "keys"), listeners, clock).close_due()
"""


def test_two_processes_load_one_spool_and_take_each_line_once(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    """A command beside the service: files that were taken go away under the other's hands."""
    folder = tmp_path / "spool"
    folder.mkdir()
    words = [sys.executable, "-c", LOADING, str(database.engine.url), str(folder)]
    children = [spawn.start(words) for _ in range(2)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
    for turn in range(30):
        lines = b"".join(
            encode(opened(f"p{turn}-{number}")) + encode(progressed(f"p{turn}-{number}", 31))
            for number in range(3)
        )
        fresh = folder / f"{turn:03}.new"
        fresh.write_bytes(lines)
        fresh.rename(folder / f"{turn:03}.jsonl")
    taken = []
    (tmp_path / "spool.stop").touch()
    for child in children:
        said, wrong = child.communicate(timeout=50)
        assert (child.returncode, wrong) == (0, b"")
        taken.append(int(said))
    assert sum(taken) == 180
    found = plays(database)
    assert len(found) == 90
    assert set(found.values()) == {31_000}
    assert list(folder.iterdir()) == []
    assert Loader(database, folder, clock).run_once() == 0


@pytest.mark.parametrize("point", ["written", "committed"])
def test_kill_9_while_a_day_is_closed(books: Books, point: str) -> None:
    """Meanwhile another closer is told; afterwards the next one goes on, and all holds."""
    two_days(books)
    before = books.totals()
    child = spawn.start(
        [sys.executable, "-c", CLOSING, str(books.folder), point, books.clock().isoformat()]
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"here\n"
    with pytest.raises(Conflict, match="another process"):
        books.ledger.close(date(2026, 11, 20))
    child.kill()
    child.communicate()
    assert [row[:3] for row in books.totals()] == [row[:3] for row in before]
    left = books.ledger.close_due()
    assert [row.day for row in left] == ["2026-11-20", "2026-11-21"][point == "committed" :]
    assert [row[:3] for row in books.totals()] == [row[:3] for row in before]
    assert {path.suffix for path in books.store.days.iterdir()} == {".parquet"}
    said = books.file(json.loads(json.dumps(proofs.prove(books.store, books.ledger, "next"))))
    assert books.verify(said)["problems"] == []
