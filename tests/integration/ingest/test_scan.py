"""Files are scanned by a real clamd: infected ones are put away, and without it deliveries wait."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import InboxFile
from ingest import pipeline
from ingest.doors.common.audit import MemoryAudit
from ingest.doors.common.clam import Clamd, ScannerAway, TooLarge
from ingest.phase_01_scan import WAITING, resume
from tests.fixtures.clamd import EICAR, running_clamd
from tests.integration.ingest.batches import batch
from tests.integration.ingest.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from catalog.models import Delivery

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
MOST = 4 << 20


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    with running_clamd(tmp_path_factory.mktemp("clamd"), most=MOST) as scanner:
        yield scanner


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "data")
    yield made
    made.database.close()


def scanned_by(world: World, scanner: Clamd, *, hold: bool = True) -> MemoryAudit:
    audit = MemoryAudit()
    world.parts = replace(world.parts, scanner=scanner, hold_unscanned=hold, audit=audit)
    pipeline.register(world.work, world.parts)
    return audit


def away() -> Clamd:
    """Nobody listens there."""
    return Clamd(address="tcp://127.0.0.1:9", timeout=2.0)


def asked(scanner: Clamd, path: Path, data: bytes) -> str | None:
    path.write_bytes(data)
    opened = os.open(path, os.O_RDONLY)
    try:
        return scanner.scan(opened)
    finally:
        os.close(opened)


def codes(delivery: Delivery) -> set[str]:
    return {finding["code"] for finding in delivery.findings}


def test_clamd_tells_what_is_infected(clamd: Clamd, tmp_path: Path) -> None:
    assert "ClamAV" in clamd.ping()
    assert asked(clamd, tmp_path / "clean", b"RIFF\0\0\0\0WAVE" + bytes(1 << 20)) is None
    assert asked(clamd, tmp_path / "empty", b"") is None
    found = asked(clamd, tmp_path / "bad", EICAR)
    assert found is not None
    assert found.startswith("Local.Eicar")
    assert asked(clamd, tmp_path / "hidden", bytes(300_000) + EICAR) is not None


def test_what_is_too_large_for_clamd_is_told(clamd: Clamd, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        asked(clamd, tmp_path / "large", bytes(MOST + (1 << 20)))  # clamd itself stops it
    with pytest.raises(TooLarge):
        asked(replace(clamd, most=100), tmp_path / "larger", bytes(101))


def test_no_daemon_no_answer_and_nonsense_are_told(tmp_path: Path) -> None:
    for scanner in (away(), Clamd(address=f"unix:{tmp_path / 'none'}", timeout=1.0)):
        with pytest.raises(ScannerAway):
            asked(scanner, tmp_path / "a", b"a")
    for said in (b"", b"UNKNOWN COMMAND\0", b"stream: \xff\xfe ERROR\0"):
        with listening(said) as scanner, pytest.raises(ScannerAway):
            asked(scanner, tmp_path / "a", b"a")


@contextmanager
def listening(said: bytes) -> Iterator[Clamd]:
    """Something else than clamd."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        yield Clamd(address=f"tcp://127.0.0.1:{server.getsockname()[1]}", timeout=5.0)
        thread.join(60)


def test_a_clean_delivery_passes(world: World, tmp_path: Path, clamd: Clamd) -> None:
    scanned_by(world, clamd)
    delivery = world.send_one(batch(tmp_path / "made").folder)
    assert codes(delivery) & {"ERN-0010", "ERN-0012", "ERN-0013"} == set()
    assert delivery.state in {"live", "scheduled", "hidden"}


def test_an_infected_file_is_put_away_and_the_sender_is_told(
    world: World, tmp_path: Path, clamd: Clamd
) -> None:
    audit = scanned_by(world, clamd)
    folder = batch(tmp_path / "made").folder
    victim = min(folder.rglob("resources/*"))
    victim.write_bytes(EICAR)
    delivery = world.send_one(folder)
    assert delivery.state == "refused"
    assert codes(delivery) >= {"ERN-0012"}
    assert "FileOK" not in [status.status for status in world.answer(delivery).statuses]
    put_away = world.parts.data.root / "quarantine" / delivery.id
    [kept] = put_away.glob("*.infected")
    assert kept.read_bytes() == EICAR
    assert kept.stat().st_mode & 0o777 == 0o400
    path = f"{folder.name}/{victim.relative_to(folder)}"
    assert not (world.view / path).exists()
    with world.database.read() as session:
        assert session.scalar(select(InboxFile).where(InboxFile.path == path)) is None
    [entry] = audit.of("scan")
    assert (entry.outcome, entry.path, entry.feed_id) == ("infected", path, world.feed)
    assert len(entry.digest) == 64


def test_a_delivery_waits_for_a_scanner_that_is_away(
    world: World, tmp_path: Path, clamd: Clamd
) -> None:
    scanned_by(world, away())
    delivery = world.send_one(batch(tmp_path / "made").folder)
    assert (delivery.state, delivery.phase) == ("checking", WAITING)
    assert "virus scanner" in delivery.waiting_for
    assert delivery.acknowledgement is None
    assert resume(world.database, world.clock, away()) == 0
    scanned_by(world, clamd)
    assert resume(world.database, world.clock, clamd) == 1
    assert pipeline.enqueue_received(world.work, world.database) == 1
    assert world.delivery(delivery.id).state in {"live", "scheduled", "hidden"}
    assert resume(world.database, world.clock, clamd) == 0


@pytest.mark.parametrize("hold", [True, False])
def test_what_is_too_large_is_held_unless_it_may_pass(
    world: World,
    tmp_path: Path,
    clamd: Clamd,
    hold: bool,  # noqa: FBT001 - a parameter
) -> None:
    scanned_by(world, replace(clamd, most=10), hold=hold)
    delivery = world.send_one(batch(tmp_path / "made").folder)
    assert ("ERN-0013" in codes(delivery)) is hold
    assert (delivery.state == "held") is hold


def test_a_program_that_dresses_up_as_a_cover_is_refused(world: World, tmp_path: Path) -> None:
    folder = batch(tmp_path / "made").folder
    cover = next(path for path in folder.rglob("resources/*") if path.suffix in {".jpg", ".png"})
    cover.write_bytes(b"MZ" + bytes(2000))
    delivery = world.send_one(folder)
    assert delivery.state == "refused"
    assert "ERN-0010" in codes(delivery)
