"""The spool on a real disk: shared flushes, a full disk, a killed writer, a rotation."""

from __future__ import annotations

import resource
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio import to_thread
from sqlalchemy import select

from catalog.models import Play, SpoolOffset
from core import spawn
from core.clock import ManualClock
from core.database import Base, Database
from core.errors import DiskFull
from server.usage.events import Opened, Progressed, decode, encode
from server.usage.loader import Loader
from server.usage.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def opened(play: str) -> Opened:
    return Opened(
        play=play,
        at=NOW,
        account="acc",
        release="r",
        recording="x",
        feed="f",
        deal="",
        territory="GB",
        tier="premium",
        model="m",
        use="u",
        duration_ms=60_000,
    )


def progressed(play: str, seconds: int) -> Progressed:
    at = NOW + timedelta(seconds=seconds)
    return Progressed(
        play=play, at=at, heard_ms=seconds * 1000, position_ms=0, event="progress", seq=seconds
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(made.engine)
    yield made
    made.close()


def plays(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {row.id: row.heard_ms for row in session.scalars(select(Play))}


async def test_many_writers_at_once_lose_nothing(tmp_path: Path, clock: ManualClock) -> None:
    spool = Spool(tmp_path / "spool", clock)
    async with anyio.create_task_group() as group:
        for number in range(200):
            group.start_soon(to_thread.run_sync, spool.append, opened(f"p{number}"))
    spool.close()
    (file,) = (tmp_path / "spool").iterdir()
    events = [decode(line) for line in file.read_bytes().splitlines(keepends=True)]
    assert {event.play for event in events if event} == {f"p{n}" for n in range(200)}
    assert len(events) == 200


async def test_files_change_when_they_are_large(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    spool = Spool(tmp_path / "spool", clock, rotate=1000)
    for number in range(20):
        spool.append(opened(f"p{number}"))
    assert len(list((tmp_path / "spool").iterdir())) > 3
    spool.sync()  # which lets go of the full ones
    loader = Loader(database, tmp_path / "spool", clock)
    assert loader.run_once() == 20
    assert len(list((tmp_path / "spool").iterdir())) == 1
    spool.append(opened("last"))
    spool.close()
    assert loader.run_once() == 1
    assert len(plays(database)) == 21


async def test_a_full_disk_is_told_and_leaves_whole_lines(
    tmp_path: Path, clock: ManualClock
) -> None:
    """A limit on the file size stands for the full disk: the write comes back short."""
    spool = Spool(tmp_path / "spool", clock)
    spool.append(opened("first"))
    (file,) = (tmp_path / "spool").iterdir()
    size = file.stat().st_size
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, limits[1]))
    try:
        with pytest.raises(DiskFull):
            spool.append(opened("second"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert file.stat().st_size == size
    spool.append(opened("third"))
    spool.close()
    events = [decode(line) for line in file.read_bytes().splitlines(keepends=True)]
    assert [event.play for event in events if event] == ["first", "third"]


def test_every_answered_beacon_survives_kill_9(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    folder = tmp_path / "spool"
    program = (
        "import anyio, sys, itertools\n"
        "from pathlib import Path\n"
        "from core.clock import system_clock\n"
        "from server.usage.spool import Spool\n"
        "from tests.integration.server.test_spool import opened\n"
        "async def main():\n"
        "    spool = Spool(Path(sys.argv[1]), system_clock)\n"
        "    for number in itertools.count():\n"
        "        spool.append(opened(f'p{number}'))\n"
        "        print(number, flush=True)\n"
        "anyio.run(main)\n"
    )
    child = spawn.start([sys.executable, "-c", program, str(folder)])
    assert child.stdout is not None
    answered = [int(child.stdout.readline()) for _ in range(50)]
    child.kill()
    answered += [int(line) for line in child.communicate()[0].split()]
    loader = Loader(database, folder, clock)
    loader.run_once()
    loader.run_once()
    assert set(plays(database)) >= {f"p{number}" for number in answered}
    assert list(folder.iterdir()) == []


def test_a_line_that_was_cut_waits_and_is_never_taken_for_a_whole_one(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    line = encode(opened("p"))
    file = tmp_path / "a.jsonl"
    file.write_bytes(line + encode(progressed("p", 40))[:-5])
    loader = Loader(database, tmp_path, clock)
    assert loader.run_once() == 1
    assert not file.exists()
    assert plays(database) == {"p": 0}


def test_lines_that_say_nothing_stop_nobody(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"nonsense\n\n" + encode(opened("p")))
    assert Loader(database, tmp_path, clock).run_once() == 3
    assert plays(database) == {"p": 0}


def test_a_beacon_that_came_by_another_process_waits_for_its_play(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    (tmp_path / "a.jsonl").write_bytes(encode(progressed("p", 0)))
    (tmp_path / "b.jsonl").write_bytes(encode(opened("p")))
    loader = Loader(database, tmp_path, clock)
    assert loader.run_once() == 1
    assert loader.run_once() == 1
    assert list(tmp_path.glob("*.jsonl")) == []
    assert plays(database) == {"p": 0}
    (tmp_path / "c.jsonl").write_bytes(encode(progressed("lost", 0)))
    clock.advance(timedelta(minutes=2))
    assert loader.run_once() == 1


def test_the_same_file_name_with_a_kept_offset_is_not_read_twice(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    """Killed between the commit and the removal of the file: the offset stands."""
    lines = encode(opened("p"))
    (tmp_path / "a.jsonl").write_bytes(lines)
    with database.write() as session:
        session.add(SpoolOffset(file="a.jsonl", offset=len(lines)))
    assert Loader(database, tmp_path, clock).run_once() == 0
    assert plays(database) == {}


def test_a_thousand_events_come_in_batches(
    tmp_path: Path, clock: ManualClock, database: Database
) -> None:
    events = b"".join(encode(opened(f"p{n}")) + encode(progressed(f"p{n}", 31)) for n in range(800))
    (tmp_path / "a.jsonl").write_bytes(events)
    assert Loader(database, tmp_path, clock).run_once() == 1600
    found = plays(database)
    assert len(found) == 800
    assert set(found.values()) == {31_000}
