"""Durable work and its twin that works at once: what both promise."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

import pytest

from core.work import Work
from ingest.testing import DirectWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.work import Steps

pytestmark = [
    pytest.mark.integration,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the engine's own connections
]


class Works(Protocol):
    def register(self, name: str, workflow: Callable[[Steps, str], None]) -> None: ...

    def enqueue(self, name: str, key: str, argument: str, turn: int = 0) -> None: ...


@pytest.fixture(params=["durable", "direct"])
def done(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Works, list[str]]]:
    """Work that has begun, with a workflow `note`, and what it did."""
    seen: list[str] = []

    def note(steps: Steps, argument: str) -> None:
        found = steps.run("add", "{}{}".format, argument, "!")
        steps.run("keep", seen.append, found)

    if request.param == "direct":
        direct = DirectWork()
        direct.register("note", note)
        yield direct, seen
        return
    durable = Work(f"sqlite:///{tmp_path / 'work.db'}")
    durable.register("note", note)
    durable.start()
    yield durable, seen
    durable.stop()


def _wait(seen: list[str], number: int) -> None:
    deadline = time.monotonic() + 80
    while len(seen) < number and time.monotonic() < deadline:
        time.sleep(0.01)


def test_steps_run_in_order_with_their_results(done: tuple[Works, list[str]]) -> None:
    work, seen = done
    work.enqueue("note", "note:1", "one")
    _wait(seen, 1)
    assert seen == ["one!"]


def test_a_key_is_one_piece_of_work(done: tuple[Works, list[str]]) -> None:
    work, seen = done
    for argument in ("one", "again", "and again"):
        work.enqueue("note", "note:1", argument)
    work.enqueue("note", "note:2", "two")
    _wait(seen, 2)
    assert sorted(seen) == ["one!", "two!"]


def test_the_smaller_turn_begins_first(tmp_path: Path) -> None:
    """One worker, and more asked for than it can begin."""
    seen: list[str] = []
    held = threading.Event()

    def note(steps: Steps, argument: str) -> None:
        held.wait(80)
        steps.run("keep", seen.append, argument)

    durable = Work(f"sqlite:///{tmp_path / 'work.db'}", parallel=1)
    durable.register("note", note)
    durable.start()
    try:
        for number, (turn, argument) in enumerate([(0, "first"), (4, "low"), (3, "n"), (0, "p")]):
            durable.enqueue("note", f"note:{number}", argument, turn)
            while number == 0 and not durable.busy:
                time.sleep(0.01)
        held.set()
        _wait(seen, 4)
    finally:
        durable.stop()
    assert seen == ["first", "p", "n", "low"]
