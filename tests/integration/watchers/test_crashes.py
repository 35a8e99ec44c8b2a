"""A process that is killed between any two of its steps: nothing lost, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.backends.memory import MemorySource
from tests.integration.watchers.world import BATCH, COMPLETE, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingest.doors.common.ports import ReceivedFile

NAMES = (f"{BATCH}/r/r.flac", f"{BATCH}/r/r.xml", COMPLETE)


class Killed(BaseException):
    """Nothing of the process runs after this."""


class Dying:
    """A clock that kills at its n-th question, so in the middle of any step."""

    def __init__(self, world: World, at: int) -> None:
        self._clock = world.clock
        self.left = at

    def __call__(self) -> object:
        self.left -= 1
        if self.left == 0:
            raise Killed
        return self._clock()


def _world(tmp_path: Path) -> World:
    world = World(tmp_path, MemorySource())
    for name in NAMES:
        world.put(name, name.encode())
    return world


def _told_or_not(world: World, *, told: bool) -> Callable[[ReceivedFile], None]:
    real = world.views.inbox.received

    def received(file: ReceivedFile) -> None:
        if told:
            real(file)
        if file.path == COMPLETE:
            raise Killed
        if not told:
            real(file)

    return received


class Inbox:
    """An inbox whose process dies as it hears of the completion, before or after writing."""

    def __init__(self, world: World, *, told: bool) -> None:
        self._inner = world.views.inbox
        self.received = _told_or_not(world, told=told)

    def removed(self, feed_id: str, path: str) -> None:
        self._inner.removed(feed_id, path)

    def renamed(self, feed_id: str, old: str, new: str) -> None:
        self._inner.renamed(feed_id, old, new)


@pytest.mark.parametrize("told", [False, True])
def test_killed_while_the_completion_is_handed_over(tmp_path: Path, told: bool) -> None:  # noqa: FBT001
    world = _world(tmp_path)
    world.views.inbox = Inbox(world, told=told)
    with pytest.raises(Killed):
        world.round()
    assert world.objects()[f"in/{COMPLETE}"].state == "handing"
    world.restart()
    assert world.round().fetched == (0 if told else 1)
    assert len(world.deliveries()) == 1
    assert set(world.view()) == set(NAMES)
    assert world.round().fetched == 0
    assert len(world.deliveries()) == 1


@pytest.mark.parametrize("at", range(1, 11))
def test_killed_anywhere(tmp_path: Path, at: int) -> None:
    world = _world(tmp_path)
    dying = Dying(world, at)
    world.watcher.clock = dying  # type: ignore[assignment]
    world.views.clock = dying  # type: ignore[assignment]
    try:
        world.watcher.round(world.feed)
    except Killed:
        world.restart()
        world.round()
    world.round()
    assert set(world.view()) == set(NAMES)
    assert len(world.deliveries()) == 1
    assert [path for path in world.arrivals() if path == COMPLETE] == [COMPLETE]
    assert world.leftovers() == []


def test_a_batch_tidied_away_before_the_restart_is_not_fetched_again(tmp_path: Path) -> None:
    world = _world(tmp_path)
    world.views.inbox = Inbox(world, told=True)
    with pytest.raises(Killed):
        world.round()
    world.restart()
    inbox = world.views.inbox
    for path in list(world.view()):
        (tmp_path / "inbox" / world.feed / path).unlink()
        inbox.removed(world.feed, path)
    assert world.round().fetched == 0
    assert len(world.deliveries()) == 1
