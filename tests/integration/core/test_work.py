"""Durable work: each step once, or once more when it was killed; keys make it idempotent."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core import spawn
from core.errors import Conflict, Unavailable
from core.work import Work
from tests.fixtures.environment import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.work import Steps, WorkStatus

# the engine leaves its sqlite connections to the collector
pytestmark = [
    pytest.mark.integration,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PROCESS = str(Path(__file__).with_name("work_process.py"))


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    made = Work(f"sqlite:///{tmp_path / 'work.db'}")
    yield made
    made.stop()


def _ended(work: Work, key: str) -> WorkStatus:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        status = work.status(key)
        if status and status.state not in {"PENDING", "ENQUEUED"}:
            return status
        time.sleep(0.02)
    pytest.fail(f"{key} did not end: {work.status(key)}")


def _run(folder: Path, *argv: str) -> spawn.Finished:
    return spawn.run(
        [sys.executable, PROCESS, str(folder), *argv],
        timeout=200,
        cwd=REPOSITORY,
        env={"HOME": str(folder), "PYTHONPATH": str(REPOSITORY)},
    )


def test_a_killed_process_goes_on_where_it_was(tmp_path: Path) -> None:
    killed = _run(tmp_path, "two")
    assert killed.code == -9, killed.err
    log = tmp_path / "log"
    assert log.read_text().splitlines() == ["one after nothing", "two after one"]

    done = _run(tmp_path)

    assert done.code == 0, done.err
    assert done.out == b"False \n", "nothing is left running"
    assert log.read_text().splitlines() == [
        "one after nothing",
        "two after one",
        "two after one",  # the step in flight, once more; the first is never run again
        "three after two",
    ]


def test_work_of_a_version_with_other_steps_ends_and_says_so(tmp_path: Path) -> None:
    assert _run(tmp_path, "three").code == -9
    done = _run(tmp_path, "", "new")
    assert done.code == 0, done.err
    assert b"step new" in done.out, done.out
    assert (tmp_path / "log").read_text().splitlines()[-1] == "three after two", "nothing was done"


def test_the_life_of_work(work: Work) -> None:
    seen: list[str] = []
    tries: list[int] = []
    cancelled = threading.Event()

    def good(steps: Steps, argument: str) -> None:
        steps.run("note", seen.append, argument)

    def bad(steps: Steps, argument: str) -> None:
        steps.run("fail", _raise, ValueError(f"no {argument}"))

    def shaky(steps: Steps, _argument: str) -> None:
        steps.run("try", _second_time, tries)

    def slow(steps: Steps, _argument: str) -> None:
        steps.run("wait", cancelled.wait, 80)
        steps.run("never", seen.append, "never")

    flows: dict[str, Callable[[Steps, str], None]] = {
        "good": good,
        "bad": bad,
        "shaky": shaky,
        "slow": slow,
    }
    for name, flow in flows.items():
        work.register(name, flow)
    work.start()
    with pytest.raises(Conflict, match="late registered after start"):
        work.register("late", good)
    assert work.status("unknown") is None

    for _ in range(3):
        work.enqueue("good", "good:1", "once")
    assert _ended(work, "good:1").state == "SUCCESS"
    assert seen == ["once"], "the same key is one piece of work"

    work.enqueue("bad", "bad:1", "luck")
    failed = _ended(work, "bad:1")
    assert (failed.state, failed.name) == ("ERROR", "bad")
    assert "no luck" in failed.error

    work.enqueue("shaky", "shaky:1", "")
    assert _ended(work, "shaky:1").state == "SUCCESS"
    assert len(tries) == 2, "what may pass is tried again, what may not is not"

    work.enqueue("slow", "slow:1", "")
    _until(lambda: work.busy)
    work.cancel("slow:1")
    cancelled.set()
    assert _ended(work, "slow:1").state == "CANCELLED"
    _until(lambda: not work.busy)
    assert "never" not in seen

    assert [one.key for one in work.list("ERROR")] == ["bad:1"]
    assert {one.key for one in work.list()} == {"good:1", "bad:1", "shaky:1", "slow:1"}
    assert len(work.list(limit=2)) == 2


def _raise(error: Exception) -> None:
    raise error


def _second_time(tries: list[int]) -> None:
    tries.append(1)
    if len(tries) < 2:
        raise Unavailable("not yet")


def _until(ask: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 80
    while not ask():
        assert time.monotonic() < deadline
        time.sleep(0.01)
