"""Loader and ledger with real processes: two at once, and one that is killed in the middle."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from catalog.models import UsageDay
from core import spawn
from core.errors import Conflict
from server.usage import proofs
from server.usage.corrections import Correction, correct
from server.usage.events import encode
from server.usage.loader import Loader
from server.usage.signing import Signer
from tests.integration.server.test_spool import clock, database, opened, plays, progressed
from tests.integration.usage.test_ledger import FIRST, Books, books, two_days

if TYPE_CHECKING:
    from core.clock import ManualClock
    from core.database import Database

__all__ = ["books", "clock", "database"]
pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]

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
        said, wrong = child.communicate(timeout=200)
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


def test_a_day_is_verified_in_a_bare_folder_by_its_file_and_the_key(books: Books) -> None:
    """By an auditor: no settings, no data folder; and nothing is left there."""
    two_days(books)
    books.ledger.close_due()
    bare = books.folder / "bare"
    bare.mkdir()
    for name in ("2026-11-21.parquet", "2026-11-20.parquet"):
        (bare / name).write_bytes((books.store.days / name).read_bytes())
    with books.database.read() as session:
        for row in session.scalars(select(UsageDay)):
            (bare / f"usage-ledger-{row.day}.json").write_text(json.dumps(row.head))
    (bare / "key.pem").write_text(Signer(books.folder / "keys").public)
    before = sorted(path.name for path in bare.iterdir())
    words = [
        sys.executable,
        "-c",
        "from server.cli import main; main()",
        "usage",
        "verify",
        "--key",
        "key.pem",
        "--json",
    ]
    env = {"PYTHONPATH": str(ROOT)}

    def verify(what: str) -> tuple[int, dict[str, Any]]:
        child = spawn.start([*words, what], cwd=bare, env=env)
        said, wrong = child.communicate(timeout=200)
        assert wrong == b"", wrong.decode()
        return child.returncode, json.loads(said)

    code, told = verify("2026-11-21")
    assert (code, told["ok"], told["kind"], told["trusted"]) == (0, True, "day", True)
    assert sorted(path.name for path in bare.iterdir()) == before
    (bare / "2026-11-21.parquet").write_bytes((bare / "2026-11-20.parquet").read_bytes())
    code, told = verify("2026-11-21.parquet")
    assert (code, told["ok"]) == (3, False)
    assert "6 rows, not 1" in told["problems"][0]


def test_each_forgery_is_told_apart(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    key = Signer(books.folder / "keys").public
    day = books.store.days / "2026-11-20.parquet"
    with books.database.read() as session:
        right = session.get_one(UsageDay, "2026-11-20").head

    def problems(**changes: Any) -> str:
        said = json.loads(json.dumps(right))
        for path, value in changes.items():
            place = said["head"] if path in said["head"] else said
            place[path] = value
        (books.store.days / "2026-11-20.json").write_text(json.dumps(said))
        return "; ".join(books.verify(day, key)["problems"])

    assert problems() == ""
    other = Signer(books.folder / "theirs")
    flipped = ("0" if right["signature"][0] != "0" else "1") + right["signature"][1:]
    assert "signature" in problems(signature=flipped)
    assert "signature" in problems(signature="nonsense")
    assert "signature" in problems(signature=other.sign(right["head"]), public_key=other.public)
    assert "signature" in problems(root="00" * 32)
    assert "signature" in problems(rows=5, size=6)
    assert "frontier" in problems(frontier=["00" * 32])
    assert problems() == ""
    whole = day.read_bytes()
    for place in range(8, len(whole), len(whole) // 16):  # in data, names of columns, statistics
        data = bytearray(whole)
        data[place] ^= 0xFF
        day.write_bytes(data)
        problems()
    day.write_bytes(whole[: len(whole) // 2])
    assert "can't be read" in problems()


def test_a_correction_of_a_correction_and_of_one_who_was_erased(books: Books) -> None:
    two_days(books)
    books.ledger.close_due()
    verdicts = ("excluded", "quarantined", "counted")
    said: dict[str, Any] = {}
    for turn, verdict in enumerate(verdicts):
        if turn == 2:
            with books.database.write() as session:
                books.listeners.erase(session, "ada")
        wanted = Correction(play_id="p1", verdict=verdict, note=f"turn {turn}", by="olga")
        correct(books.database, books.store, books.clock, wanted)
        books.clock.advance(timedelta(days=1))
        books.ledger.close_due()
        said = proofs.prove(books.store, books.ledger, "p1")
        assert books.verify(books.file(said))["ok"]
        sums: dict[str, int] = {}
        for each in said["rows"]:
            row = each["row"]
            sums[row["verdict"]] = sums.get(row["verdict"], 0) + row["quantity"]
        assert {name for name, count in sums.items() if count} == {verdict}
    assert len(said["rows"]) == 7
    assert len({each["row"]["pseudonym"] for each in said["rows"]}) == 1
    assert {each["row"]["used_at"] for each in said["rows"]} == {"2026-11-20T10:05:00.000000Z"}


def test_a_day_without_plays_is_a_day(books: Books) -> None:
    books.play("p", FIRST)
    books.clock.advance(timedelta(days=2))
    assert [row.day[-2:] for row in books.ledger.close_due()] == ["20", "21", "22", "23"]
    for day in ("21", "23"):
        file = books.store.days / f"2026-11-{day}.parquet"
        with books.database.read() as session:
            head = session.get_one(UsageDay, f"2026-11-{day}").head
        file.with_suffix(".json").write_text(json.dumps(head))
        found = books.verify(file)
        assert (found["ok"], head["head"]["rows"]) == (True, 0)
    assert books.totals() == [("2026-11-20", "counted", 1, 1)]
