"""What is not complete is shown, waited for, told, and delivered once when it is."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3
from sqlalchemy import select

from catalog.models import Answer, Delivery, Feed, Telling
from catalog.queries.deliveries import find_delivery, list_deliveries
from ingest import pipeline
from ingest.doors.common.ports import ReceivedFile
from ingest.inbox_clock import InboxClock
from ingest.receiving import DatabaseInbox, Patience
from tests.fixtures.packages import audio
from tests.integration.ingest.batches import batch, retitled, without_media

if TYPE_CHECKING:
    from pathlib import Path

    from distro.package import Batch, Packed
    from tests.integration.ingest.world import World

pytestmark = pytest.mark.integration
BATCH = "N_20260105100500123"
SETTLE = timedelta(seconds=2)


@pytest.fixture
def clock(world: World) -> InboxClock:
    """The world with patience, and what looks at it."""
    patience = Patience(settle=SETTLE, store=timedelta(minutes=5))
    world.inbox = DatabaseInbox(
        world.database, world.parts.data.inbox, world.clock, world.nudge, patience
    )
    return InboxClock(inbox=world.inbox, partial=world.parts.data.partial, probe=world.probe)


def later(clock: InboxClock, world: World, by: timedelta = SETTLE) -> None:
    world.clock.advance(by)
    clock.round()


def paths(made: Batch) -> list[str]:
    found = [path for path in made.folder.rglob("*") if path.is_file()]
    return sorted(f"{made.folder.name}/{path.relative_to(made.folder)}" for path in found)


def put(world: World, made: Batch, path: str) -> None:
    world.put(path, made.folder.parent / path)


def test_manifest_first_in_the_worst_order(world: World, clock: InboxClock, tmp_path: Path) -> None:
    made = batch(tmp_path / "out")
    done, *rest = sorted(paths(made), key=lambda path: "BatchComplete" not in path)
    put(world, made, done)
    later(clock, world)
    [waiting] = world.waiting()
    assert (world.deliveries(), waiting.phase, waiting.batch) == ([], "lacking", made.folder.name)
    assert made.releases[0].message.name in waiting.waiting_for
    for path in reversed(rest):
        assert world.deliveries() == []
        put(world, made, path)
        later(clock, world)
    [delivery] = world.deliveries()
    assert (delivery.state, delivery.id) == ("live", waiting.id)
    assert world.waiting() == []


def test_a_missing_file_is_told_after_quiet(
    world: World, clock: InboxClock, tmp_path: Path
) -> None:
    made = batch(tmp_path / "out")
    missing = audio(made.releases[0])[0]
    name = f"{made.folder.name}/{missing.relative_to(made.folder)}"
    for path in sorted(set(paths(made)) - {name}, key=lambda path: "BatchComplete" in path):
        put(world, made, path)
    assert world.deliveries() == []
    [waiting] = world.waiting()
    assert missing.name in waiting.waiting_for
    clock.round()
    assert world.deliveries() == [], "it may still be on its way"
    later(clock, world)
    [refused] = world.deliveries()
    assert refused.state == "refused"
    assert [s.status for s in world.answer(refused).statuses] == ["ResourceMissing"]
    put(world, made, name)
    [changed] = world.waiting()
    assert "again" in changed.waiting_for
    put(world, made, next(path for path in paths(made) if "BatchComplete" in path))
    assert [d.state for d in world.deliveries()] == ["refused", "live"]
    later(clock, world)
    assert world.waiting() == []


def test_an_upload_under_way_is_waited_for(world: World, clock: InboxClock, tmp_path: Path) -> None:
    made = batch(tmp_path / "out")
    missing = audio(made.releases[0])[0]
    name = f"{made.folder.name}/{missing.relative_to(made.folder)}"
    partial = world.parts.data.partial / world.feed / name
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"some")
    for path in sorted(set(paths(made)) - {name}, key=lambda path: "BatchComplete" in path):
        put(world, made, path)
    moment = world.clock().timestamp()
    os.utime(partial, (moment, moment))
    later(clock, world)
    later(clock, world, timedelta(seconds=30))
    assert world.deliveries() == []
    partial.unlink()
    put(world, made, name)
    assert [d.state for d in world.deliveries()] == ["live"]


def test_what_waits_is_shown_and_needs_attention(world: World, clock: InboxClock) -> None:
    since = world.clock()
    world.put(f"{BATCH}/A/A.xml", b"<a/>")
    world.put(f"{BATCH}/A/1.flac.filepart")
    [waiting] = world.waiting()
    assert waiting.waiting_for == "Sender: BatchComplete_20260105100500123.xml"
    with world.database.read() as session:
        _, [listed] = list_deliveries(session, offset=0, limit=10, state="incomplete")
        shown = find_delivery(session, waiting.id)
    assert (listed["files"], listed["bytes"], listed["attention_at"]) == (1, 4, None)
    assert listed["received_at"] == since.isoformat()
    assert shown is not None
    assert [file["path"] for file in shown["file_list"]][-1] == f"{BATCH}/A/A.xml"
    later(clock, world, timedelta(hours=23))
    assert world.waiting()[0].attention_at is None
    later(clock, world, timedelta(hours=1))
    later(clock, world, timedelta(hours=1))
    assert world.waiting()[0].attention_at == since + timedelta(hours=24)
    with world.database.read() as session:
        [told] = session.scalars(select(Telling)).all()
    assert told.type == "delivery.attention"
    assert told.body["data"]["waiting_for"] == waiting.waiting_for


def test_operators_without_an_address_are_told_nothing(world: World, clock: InboxClock) -> None:
    """So that nothing is given up in vain."""
    clock.operators = False
    world.put(f"{BATCH}/A/A.xml", b"<a/>")
    later(clock, world, timedelta(hours=25))
    assert world.waiting()[0].attention_at == world.clock()
    with world.database.read() as session:
        assert session.scalars(select(Telling)).all() == []


def test_the_feed_may_have_another_patience(world: World, clock: InboxClock) -> None:
    world.change_feed(terms={"waits_hours": 1})
    world.put(f"{BATCH}/A/A.xml", b"<a/>")
    later(clock, world, timedelta(hours=1))
    assert world.waiting()[0].attention_at == world.clock()


def test_a_complete_batch_that_waited_too_long_is_told(
    world: World, clock: InboxClock, tmp_path: Path
) -> None:
    made = batch(tmp_path / "out")
    put(world, made, next(path for path in paths(made) if "BatchComplete" in path))
    later(clock, world, timedelta(hours=24))
    [refused] = world.deliveries()
    assert [s.status for s in world.answer(refused).statuses] == ["ErnMissing"]
    assert world.waiting() == []


def test_stray_files_are_shown_with_what_to_do(world: World, clock: InboxClock) -> None:
    world.put("cover.jpg")
    world.put("upload/A/A.xml")
    [stray] = [row for row in world.waiting() if row.batch == ""]
    assert stray.waiting_for.startswith("Sender: 2 files lie outside any batch folder; move them")
    world.rename("upload/A/A.xml", f"{BATCH}/A/A.xml")
    world.remove("cover.jpg")
    assert [row.batch for row in world.waiting()] == [BATCH]
    world.remove(f"{BATCH}/A/A.xml")
    assert world.waiting() == []
    later(clock, world)


def test_stray_files_in_folders_of_their_own_are_forgotten_when_they_go(world: World) -> None:
    for name in ("a/1.wav", "a/b/2.wav", "c/3.wav"):
        world.put(name)
    world.remove("a/1.wav")
    [stray] = world.waiting()
    assert stray.waiting_for.startswith("Sender: 2 files lie outside")
    world.remove("a")
    world.rename("c/3.wav", f"{BATCH}/A/3.wav")
    assert [row.batch for row in world.waiting()] == [BATCH]


def test_shared_resources(world: World, tmp_path: Path) -> None:
    """Two releases of a batch name one file in the batch's own folder."""
    made = batch(tmp_path / "out", _share)
    delivery = world.send_one(made.folder)
    assert delivery.state == "live"
    assert not {"ERN-1901", "ERN-1902", "ERN-1904"} & {f["code"] for f in delivery.findings}
    assert world.seen() == []


def _share(release: Packed) -> None:
    shutil.move(release.folder / "resources", release.folder.parent / "resources")
    message = release.message.read_bytes()
    release.message.write_bytes(message.replace(b">resources/", b">../resources/"))


def test_a_file_changed_after_its_delivery_was_taken(world: World, tmp_path: Path) -> None:
    made = batch(tmp_path / "out")
    delivery = world.send_one(made.folder)
    assert delivery.state == "live"
    before = world.masters()
    path = f"{made.folder.name}/{audio(made.releases[0])[0].relative_to(made.folder)}"
    world.put(path, b"another")
    [finding] = [f for f in world.delivery(delivery.id).findings if f["code"] == "ERN-0020"]
    assert finding["severity"] == "warn"
    assert world.masters() == before
    [waiting] = world.waiting()
    assert waiting.waiting_for
    assert len(world.deliveries()) == 1
    for each in paths(made):
        if each != path and "BatchComplete" not in each:
            put(world, made, each)
    put(world, made, next(each for each in paths(made) if "BatchComplete" in each))
    codes = [[f["code"] for f in d.findings] for d in world.deliveries()]
    assert "ERN-0020" in codes[1]


@pytest.mark.parametrize("row", ["release-1.8", "batch-1.8"])
def test_a_release_by_itself(world: World, tmp_path: Path, row: str) -> None:
    """XML before media; complete when all that it names is there; so in a feed of batches too."""
    world.change_feed(choreography=row)
    made = batch(tmp_path / "out")
    release = made.releases[0]
    top = f"P_{release.icpn}_{made.batch_id}"
    files = sorted(path for path in release.folder.rglob("*") if path.is_file())
    for path in files:
        assert world.deliveries() == []
        world.put(f"{top}/{path.relative_to(release.folder)}", path)
    [delivery] = world.deliveries()
    assert (delivery.state, delivery.batch, delivery.release_folder) == ("live", top, "")
    assert world.answer(delivery).ok
    assert delivery.acknowledgement is not None
    assert delivery.acknowledgement.startswith("acknowledgements/ACK_")
    assert (world.seen(), world.waiting()) == ([], [])


def test_a_bare_release_folder(world: World, tmp_path: Path) -> None:
    world.change_feed(choreography="bare")
    release = batch(tmp_path / "out").releases[0]
    for path in sorted(release.folder.rglob("*"), reverse=True):
        if path.is_file():
            world.put(f"{release.icpn}/{path.relative_to(release.folder)}", path)
    assert [d.state for d in world.deliveries()] == ["live"]
    assert world.seen() == []


def test_unsure_ends_are_proven(world: World, clock: InboxClock, tmp_path: Path) -> None:
    world.change_feed(choreography="bare")
    release = batch(tmp_path / "out").releases[0]
    for path in sorted(release.folder.rglob("*"), reverse=True):
        if path.is_file():
            name = f"{release.icpn}/{path.relative_to(release.folder)}"
            target = world.view / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            world.inbox.received(
                ReceivedFile(
                    world.feed,
                    name,
                    path.stat().st_size,
                    blake3(path.read_bytes()).hexdigest(),
                    world.clock(),
                    protocol="ftp",
                    sure=False,
                )
            )
    later(clock, world)
    [delivery] = world.deliveries()
    assert (delivery.state, delivery.protocol) == ("live", "ftp")


def test_priority_goes_first(world: World) -> None:
    world.running = False
    for letter in "LNP":
        top = f"{letter}_20260105100500123"
        world.put(f"{top}/A/A.xml", b"<a/>")
        world.put(f"{top}/BatchComplete_20260105100500123.xml", b"")
    pipeline.enqueue_received(world.work, world.database)
    with world.database.read() as session:
        query = select(Answer.delivery_id).order_by(Answer.id)
        told = [session.get_one(Delivery, each).batch[0] for each in session.scalars(query)]
    assert told == ["P", "N", "L"]


def test_a_feed_that_completes_by_manifest(world: World, tmp_path: Path) -> None:
    """An empty file and half a manifest tell the sender; the whole one mends it."""
    world.change_feed(terms={"completion": "manifest"})
    made = batch(tmp_path / "out")
    done = next(made.folder.glob("BatchComplete_*"))
    whole = done.read_bytes()
    for wrong in (b"", whole[: len(whole) // 2]):
        done.write_bytes(wrong)
        refused = world.send_one(made.folder)
        assert refused.state == "refused"
        assert "ERN-0021" in [finding["code"] for finding in refused.findings]
        assert "UserDefined" in [status.status for status in world.answer(refused).statuses]
    world.put(f"{made.folder.name}/{done.name}", whole)
    assert [row.state for row in world.deliveries()] == ["refused", "refused", "live"]


@pytest.mark.parametrize("known", [True, False])
def test_an_update_without_files_does_not_wait_for_uploads_to_a_store(
    world: World,
    clock: InboxClock,
    tmp_path: Path,
    known: bool,  # noqa: FBT001
) -> None:
    """Nobody sees what is on its way to a store; but nothing need come for what is known."""
    if known:
        assert world.send_one(batch(tmp_path / "1").folder).state == "live"
    with world.database.write() as session:
        session.get_one(Feed, world.feed).protocol = "s3"
    made = batch(tmp_path / "2", without_media, retitled("Renamed"), minute=10)
    for path in sorted(paths(made), key=lambda path: "BatchComplete" in path):
        put(world, made, path)
    later(clock, world)
    assert len(world.deliveries()) == (2 if known else 0)
    later(clock, world, timedelta(minutes=5))
    assert len(world.deliveries()) == (2 if known else 1)
