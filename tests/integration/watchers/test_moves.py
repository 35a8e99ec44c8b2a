"""What comes back to the bucket: answers, and objects that were processed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from catalog.lifecycle import DeliveryState
from catalog.models import Delivery
from ingest.watchers.moving import Outcome, verdict
from storage.backends.memory import MemorySource
from tests.integration.watchers.world import BATCH, COMPLETE, START, World

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (f"{BATCH}/r/r.flac", f"{BATCH}/r/r.xml", COMPLETE)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(
        tmp_path, MemorySource(), terms={"processed": "processed", "errors": "/failed/label"}
    )


def _delivered(world: World, *names: str) -> None:
    for name in names or NAMES:
        world.put(name, name.encode())
    world.round()


def _settle(world: World, state: DeliveryState) -> None:
    """As the pipeline does."""
    with world.database.write() as session:
        for row in world.deliveries():
            session.get_one(Delivery, row.id).state = state


def test_nothing_moves_before_it_is_settled(world: World) -> None:
    _delivered(world)
    assert len(world.deliveries()) == 1
    for state in (DeliveryState.RECEIVED, DeliveryState.CHECKING, DeliveryState.HELD):
        _settle(world, state)
        assert world.round().moved == 0
    assert world.all_keys() == sorted(f"in/{name}" for name in NAMES)


@pytest.mark.parametrize(
    ("state", "folder"),
    [
        (DeliveryState.LIVE, "in/processed/"),
        (DeliveryState.RECORDED, "in/processed/"),
        (DeliveryState.REFUSED, "failed/label/"),
        (DeliveryState.FAILED, "failed/label/"),
    ],
)
def test_what_was_settled_moves(world: World, state: DeliveryState, folder: str) -> None:
    _delivered(world)
    _settle(world, state)
    assert world.watcher.answer(world.feed).moved == 3
    assert world.all_keys() == sorted(folder + name for name in NAMES)
    done = world.round()
    assert (done.fetched, done.moved) == (0, 0)


def test_an_object_replaced_since_is_taken_anew_and_not_moved(world: World) -> None:
    _delivered(world)
    _settle(world, DeliveryState.LIVE)
    world.put(NAMES[0], b"corrected")
    world.watcher.answer(world.feed)
    assert f"in/{NAMES[0]}" in world.all_keys()
    assert world.round().fetched == 1
    assert world.view()[NAMES[0]] == b"corrected"


def test_a_move_that_was_cut_is_done_again(world: World) -> None:
    _delivered(world)
    _settle(world, DeliveryState.LIVE)
    found = world.bucket.find(f"in/{NAMES[0]}")
    assert found is not None
    world.bucket.copy(found, f"in/processed/{NAMES[0]}")
    assert world.round().moved == 3
    assert world.all_keys() == sorted(f"in/processed/{name}" for name in NAMES)


def test_the_same_batch_again_after_a_move_is_a_new_delivery(world: World) -> None:
    _delivered(world)
    _settle(world, DeliveryState.LIVE)
    world.round()
    _delivered(world)
    assert len({row.receipt for row in world.deliveries()}) == 2


def test_answers_are_written_back_once_and_again_when_they_change(world: World) -> None:
    _delivered(world)
    folders = (f"{BATCH}/acknowledgements", "acknowledgements")
    root = world.root / "inbox" / world.feed
    for folder in folders:
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "ACK_1.xml").write_bytes(b"<ok/>")
    assert world.watcher.answer(world.feed).answered == 2
    for folder in folders:
        found = world.bucket.find(f"in/{folder}/ACK_1.xml")
        assert found is not None
        assert world.bucket.read(found, 0, found.size) == b"<ok/>"
    done = world.round()
    assert (done.answered, done.fetched) == (0, 0)
    (root / folders[0] / "ACK_1.xml").write_bytes(b"<again/>")
    assert world.round().answered == 1


def test_a_verdict_is_of_the_deliveries_that_came_after_the_file() -> None:
    later = START + timedelta(hours=1)
    outcomes = [Outcome("b/r1/", later, good=True), Outcome("b/r2/", later, good=False)]
    assert verdict("b/r1/r1.xml", START, outcomes) is True
    assert verdict("b/r2/r2.xml", START, outcomes) is False
    assert verdict("b/BatchComplete_b.xml", START, outcomes) is False
    assert verdict("b/r1/r1.xml", later + timedelta(seconds=1), outcomes) is None
    assert verdict("other/x", START, outcomes) is None
    assert verdict("b/x", START, [*outcomes, Outcome("b/r3/", later, good=None)]) is None
    assert verdict("b/r1/r1.xml", None, outcomes) is None
