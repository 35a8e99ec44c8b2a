"""What ingest does with folders in which senders and other deliveries are at work meanwhile."""

from __future__ import annotations

import shutil
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import PosixPath
from typing import TYPE_CHECKING, Self

import pytest

from catalog.models import Delivery
from ingest.doors.http.records import Records
from ingest.inbox_clock import _changes as changes
from ingest.phase_11_tidy import (
    _remove_empty as remove_empty,
    _take_away as take_away,
    finish_batch,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from _typeshed import StrPath

pytestmark = pytest.mark.integration
TURNS = 4000


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Does it again and again in another thread."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            act()

    other, turn = threading.Thread(target=work), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    other.start()
    try:
        yield
    finally:
        over.set()
        other.join()
        sys.setswitchinterval(turn)


def tree(root: Path) -> None:
    """Folders in folders, and a file or two."""
    for number in range(4):
        inner = root / str(number) / "resources"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / "a.flac").write_bytes(b"a")


def come_and_go(root: Path) -> None:
    with suppress(OSError):
        tree(root)
    shutil.rmtree(root, ignore_errors=True)


def test_uploads_that_end_while_they_are_looked_at(tmp_path: Path) -> None:
    with meanwhile(lambda: come_and_go(tmp_path / "batch")):
        for _ in range(TURNS):
            assert all(changed > 0 for changed in changes(tmp_path / "batch"))


def test_folders_that_others_fill_and_remove(tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    with meanwhile(lambda: come_and_go(batch)):
        for _ in range(TURNS):
            remove_empty(batch)
    tree(batch)
    remove_empty(batch)
    assert len([path for path in batch.rglob("*") if path.is_file()]) == 4, "what holds files stays"
    for path in batch.rglob("a.flac"):
        path.unlink()
    remove_empty(batch)
    assert not batch.exists()


class Finished(PosixPath):
    """A folder that another delivery of its batch finishes as soon as it was listed."""

    def iterdir(self) -> Generator[Self, None, None]:
        found = list(super().iterdir())
        shutil.rmtree(self)
        yield from found


def test_two_deliveries_finish_one_batch(tmp_path: Path) -> None:
    delivery = Delivery(batch="N_20260105100500123")
    batch = Finished(tmp_path / delivery.batch)
    batch.mkdir()
    (batch / "BatchComplete_20260105100500123.xml").write_bytes(b"")
    told = finish_batch(batch, delivery)
    assert told == [f"{delivery.batch}/BatchComplete_20260105100500123.xml"]
    assert finish_batch(tmp_path / "gone", delivery) == []


class Removed(PosixPath):
    """A file that its sender removes just before it is compared."""

    def samefile(self, other_path: StrPath) -> bool:
        self.unlink()
        return super().samefile(other_path)


def test_a_file_that_the_sender_removes_himself(tmp_path: Path) -> None:
    judged, shown = tmp_path / "judged", tmp_path / "shown"
    judged.write_bytes(b"a")
    shown.hardlink_to(judged)
    assert take_away(Removed(shown), judged)
    assert take_away(shown, judged), "it is gone already"
    shown.write_bytes(b"another")
    assert not take_away(shown, judged)
    judged.unlink()
    assert not take_away(shown, judged)
    assert shown.exists()


def test_notes_that_others_forget(tmp_path: Path) -> None:
    notes = Records(tmp_path / "notes")

    def remember() -> None:
        for number in range(5):
            with suppress(OSError):
                notes.write(str(number), {"a": 1})
                notes.forget(str(number))

    with meanwhile(remember):
        for _ in range(TURNS):
            notes.sweep(-1)
    notes.sweep(-1)
    assert list(notes.all()) == []
