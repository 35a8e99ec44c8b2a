"""Old files go after their time, newer ones stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import select

from catalog.lifecycle import DeliveryState, move
from catalog.models import Delivery, InboxFile
from core.clock import system_clock
from core.errors import Conflict, NotFound, Unavailable
from core.work import WorkChanged, WorkStatus
from ingest import fallen, pipeline, redrive
from ingest.housekeeping import remove_old
from ingest.inbox_clock import InboxClock
from tests.integration.ingest.batches import batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.ingest.world import World

T = TypeVar("T")
pytestmark = pytest.mark.integration
BATCH = "N_20260105100500123"
DONE = f"{BATCH}/BatchComplete_20260105100500123.xml"


def _remove(world: World) -> int:
    return remove_old(world.parts, partial_hours=48, refused_days=7)


def _rows(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(InboxFile.path).order_by(InboxFile.path)))


def _refused(world: World) -> None:
    world.put(f"{BATCH}/A/A.xml", b"<broken")
    world.put(f"{BATCH}/A/resources/1.flac", b"sound")
    world.put(DONE, b"")
    assert [d.state for d in world.deliveries()] == ["refused"]


def test_refused_files_go_after_their_days(world: World) -> None:
    _refused(world)
    world.clock.advance(timedelta(days=6, hours=23))
    assert _remove(world) == 0
    assert len(world.seen()) == 3
    world.clock.advance(timedelta(hours=2))
    assert _remove(world) == 2, "the folder, then the completion of the batch that is empty now"
    assert world.seen() == []
    assert _rows(world) == []
    assert not (world.view / BATCH).exists()
    assert _remove(world) == 0
    assert list((world.view / "acknowledgements").iterdir()), "answers stay"


def test_acknowledgements_in_a_batch_keep_its_folder(world: World) -> None:
    world.change_feed(choreography="batch-1.8.1")
    _refused(world)
    world.clock.advance(timedelta(days=8))
    assert _remove(world) == 2
    assert _remove(world) == 0
    assert _rows(world) == []
    [left] = (world.view / BATCH).iterdir()
    assert left.name == "acknowledgements"
    assert list(left.iterdir())


def test_a_folder_into_which_something_was_sent_since_stays(world: World) -> None:
    _refused(world)
    world.clock.advance(timedelta(days=5))
    world.put(f"{BATCH}/A/resources/2.flac", b"more")
    world.clock.advance(timedelta(days=3))
    assert _remove(world) == 0
    assert len(world.seen()) == 4
    world.clock.advance(timedelta(days=5))
    assert _remove(world) == 2
    assert world.seen() == []


def test_only_the_refused_folder_of_a_batch_goes(world: World) -> None:
    _refused(world)
    world.clock.advance(timedelta(days=6))
    world.put(f"{BATCH}/B/B.xml", b"not yet completed")
    world.clock.advance(timedelta(days=3))
    assert _remove(world) == 1
    assert world.seen() == [f"{BATCH}/B/B.xml", DONE]


def test_an_empty_batch_goes(world: World) -> None:
    world.put(DONE, b"")
    world.clock.advance(timedelta(days=8))
    assert _remove(world) == 0, "it may still be waited for"
    InboxClock(inbox=world.inbox, partial=world.parts.data.partial, probe=world.probe).round()
    world.clock.advance(timedelta(days=8))
    assert _remove(world) == 1
    assert not (world.view / BATCH).exists()
    assert _rows(world) == []


def test_unfinished_uploads_go_after_their_hours(world: World) -> None:
    partial = world.parts.data.partial / world.feed / BATCH / "A" / "1.flac"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"half")
    world.clock.instant = system_clock() + timedelta(hours=47)
    assert _remove(world) == 0
    assert partial.exists()
    world.clock.advance(timedelta(hours=2))
    assert _remove(world) >= 1
    assert not partial.exists()


def test_nothing_to_retry(world: World) -> None:
    with pytest.raises(NotFound), world.database.write() as session:
        redrive.again(session, world.clock, "dlv_unknown")


def test_a_retry_looks_at_the_folder_again(world: World) -> None:
    world.running = False
    world.put(f"{BATCH}/A_%/old.xml", b"<broken")
    world.put(f"{BATCH}/AxB/foreign.xml", b"<broken")
    world.put(DONE, b"")
    world.running = True
    world.nudge(list(world.nudged))
    first = next(d for d in world.deliveries() if d.release_folder == "A_%")
    world.remove(f"{BATCH}/A_%/old.xml")
    world.put(f"{BATCH}/A_%/A_%.xml", b"<still broken")
    world.put(f"{BATCH}/A_%/more.xml", b"<and another")
    with world.database.write() as session:
        again = redrive.again(session, world.clock, first.id)
        assert (again.state, again.attempt, again.acknowledgement) == ("received", 2, None)
        assert again.xml_path == "A_%.xml"
        assert [f["path"] for f in again.files] == ["A_%.xml", "more.xml"]


def test_nothing_is_run_again_whose_files_have_gone(world: World) -> None:
    _refused(world)
    (first,) = world.deliveries()
    world.remove(f"{BATCH}/A")
    with (
        pytest.raises(Conflict, match="not in the feed's inbox"),
        world.database.write() as session,
    ):
        redrive.again(session, world.clock, first.id)
    assert world.delivery(first.id).state == "refused"


@dataclass(frozen=True)
class Standing:
    """Tells the same of every piece of work."""

    state: str

    def status(self, key: str) -> WorkStatus | None:
        return WorkStatus(key, "deliver", self.state, "") if self.state else None


def _under_way(world: World) -> str:
    world.running = False
    world.put(f"{BATCH}/A/A.xml", b"<broken")
    world.put(DONE, b"")
    (waiting,) = world.deliveries()
    with world.database.write() as session:
        move(session.get_one(Delivery, waiting.id), DeliveryState.CHECKING)
    world.clock.advance(timedelta(minutes=6))
    return waiting.id


class Upgraded:
    """Steps of a version that had another one in some place."""

    def run(self, name: str, action: Callable[..., T], *args: Any) -> T:
        if name == "1 scan":
            raise WorkChanged(name)
        return action(*args)


def test_work_begun_before_an_upgrade_is_begun_anew(world: World) -> None:
    world.running = False
    world.put(f"{BATCH}/A/A.xml", b"<broken")
    world.put(DONE, b"")
    ordinary, world.work.steps = world.work.steps, Upgraded()  # type: ignore[assignment]
    with pytest.raises(WorkChanged):
        pipeline.enqueue_received(world.work, world.database)
    world.work.steps = ordinary
    (found,) = world.deliveries()
    assert found.acknowledgement is None
    world.clock.advance(timedelta(minutes=6))
    assert fallen.pick_up(world.database, world.clock, Standing("ERROR")) == 1
    pipeline.enqueue_received(world.work, world.database)
    again = world.delivery(found.id)
    assert (again.state, again.attempt) == ("refused", 2)
    assert again.acknowledgement


def test_work_that_fell_down_is_picked_up_a_few_times(world: World) -> None:
    delivery_id = _under_way(world)
    for attempt in range(2, fallen.OFTEN + 1):
        assert fallen.pick_up(world.database, world.clock, Standing("ERROR")) == 1
        found = world.delivery(delivery_id)
        assert (found.state, found.attempt) == ("received", attempt)
        with world.database.write() as session:
            move(session.get_one(Delivery, delivery_id), DeliveryState.CHECKING)
        assert fallen.pick_up(world.database, world.clock, Standing("ERROR")) == 0, "too early"
        world.clock.advance(timedelta(minutes=6))
    assert fallen.pick_up(world.database, world.clock, Standing("ERROR")) == 1
    assert world.delivery(delivery_id).state == "failed", "now the operator decides"


@pytest.mark.parametrize("state", ["PENDING", "ENQUEUED", "SUCCESS", ""])
def test_work_that_goes_on_is_left_alone(world: World, state: str) -> None:
    delivery_id = _under_way(world)
    assert fallen.pick_up(world.database, world.clock, Standing(state)) == 0
    assert world.delivery(delivery_id).state == "checking"


def _failing(world: World, tmp_path: Path) -> Delivery:
    world.transcode.fault = Unavailable("ffmpeg did not end within 5 s")
    sent = world.send_one(batch(tmp_path / "1").folder)
    assert (sent.state, sent.waiting_for) == ("failed", pipeline.LATER)
    assert sent.fault == "Unavailable: ffmpeg did not end within 5 s"
    assert world.statuses(sent) == ["InternalError"]
    return sent


def test_what_failed_on_a_busy_machine_is_tried_again_by_itself(
    world: World, tmp_path: Path
) -> None:
    sent = _failing(world, tmp_path)
    world.clock.advance(fallen.LATER - timedelta(seconds=1))
    assert fallen.pick_up(world.database, world.clock, Standing("SUCCESS")) == 0, "too early"
    world.clock.advance(timedelta(seconds=1))
    assert fallen.pick_up(world.database, world.clock, Standing("SUCCESS")) == 1
    pipeline.enqueue_received(world.work, world.database)
    again = world.delivery(sent.id)
    assert (again.state, again.attempt, again.waiting_for) == ("live", 2, "")
    assert world.statuses(again) == ["FileOK"]


def test_the_last_try_leaves_it_to_the_operator(world: World, tmp_path: Path) -> None:
    sent = _failing(world, tmp_path)
    for tries in range(1, fallen.OFTEN):
        world.clock.advance(fallen.LATER * 2 ** (tries - 1))
        assert fallen.pick_up(world.database, world.clock, Standing("SUCCESS")) == 1
        world.transcode.fault = Unavailable("again")
        pipeline.enqueue_received(world.work, world.database)
    world.clock.advance(timedelta(days=1))
    assert fallen.pick_up(world.database, world.clock, Standing("SUCCESS")) == 0
    found = world.delivery(sent.id)
    assert (found.state, found.attempt) == ("failed", fallen.OFTEN)
    assert found.waiting_for == pipeline.OPERATOR


def test_what_failed_and_whose_files_have_gone_is_left_to_the_operator(
    world: World, tmp_path: Path
) -> None:
    sent = _failing(world, tmp_path)
    world.remove(f"{sent.batch}/{sent.release_folder}")
    world.clock.advance(timedelta(days=1))
    assert fallen.pick_up(world.database, world.clock, Standing("SUCCESS")) == 0
    assert world.delivery(sent.id).waiting_for == pipeline.OPERATOR
