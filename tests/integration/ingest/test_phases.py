"""The whole pipeline with twins of probe, transcoder and index: each end that a delivery can take.

Every test runs twice: with each phase done once, and with each done twice, as after a crash.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import func, select

from catalog.lifecycle import DeliveryState
from catalog.models import Event, LoggedMessage, Media, Recording, Release, Track
from core.errors import Conflict, DiskFull
from ingest import housekeeping, pipeline, redrive
from ingest.parts import master_key, message_key
from tests.fixtures import packages
from tests.integration.ingest.batches import (
    SHORT,
    batch,
    broken_audio,
    purge,
    retitled,
    rewrite,
    without_deals,
    without_media,
)
from tests.integration.ingest.world import START, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from catalog.models import Delivery
    from core.schemas import SchemaFolder
    from distro.package import Packed

pytestmark = pytest.mark.integration
T = TypeVar("T")
PHASES = [name for name, _ in (*pipeline.JUDGING, *pipeline.ANSWERING)]


class Twice:
    """Does each step twice, as when a process dies after the effects of each."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def run(self, name: str, action: Callable[..., T], *args: Any) -> T:
        self.done.append(name)
        action(*args)
        return action(*args)


@pytest.fixture(params=["once", "twice"], autouse=True)
def times(request: pytest.FixtureRequest, world: World) -> Iterator[str]:
    if request.param == "twice":
        world.work.steps = Twice()  # type: ignore[assignment]
    yield request.param
    assert list(world.parts.data.work.iterdir()) == [], "workspaces go"


def _counts(world: World) -> dict[str, int]:
    with world.database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Release, Track, Recording, LoggedMessage, Event)
        }


def _statuses(world: World, delivery: Delivery) -> list[str]:
    return [status.status for status in world.answer(delivery).statuses]


def _outcomes(world: World) -> list[str]:
    with world.database.read() as session:
        return list(session.scalars(select(LoggedMessage.outcome).order_by(LoggedMessage.id)))


def test_a_good_delivery(world: World, tmp_path: Path) -> None:
    sent = batch(tmp_path / "1")
    audio = [path.stat().st_size for path in packages.audio(sent.releases[0])]

    delivery = world.send_one(sent.folder)

    assert (delivery.state, delivery.waiting_for, delivery.fault) == ("live", "", None)
    assert (delivery.title, delivery.artist) == ("Tones 1", "The Test Oscillators")
    assert delivery.schema == "absent"
    assert 2 in delivery.skipped, "it says that the schema was not looked at"
    assert world.work.steps.done == PHASES
    answer = world.answer(delivery)
    assert [s.status for s in answer.statuses] == ["FileOK"]
    assert answer.release_status == "ReleaseMadeAvailableToConsumers"
    assert answer.acknowledged_message_id == delivery.message_id
    assert world.seen() == [], "accepted files leave the sender's view"
    masters = world.masters()
    assert sorted(_sizes(world, masters.values())) == sorted(audio)
    assert world.release().artwork is not None
    assert world.index.refreshed[:1] == [world.release().id]
    assert world.events() == ["made_available"]
    assert _counts(world) == {
        "releases": 1,
        "tracks": 2,
        "recordings": 2,
        "messages": 1,
        "events": 1,
    }
    kept = world.parts.store.get(message_key(delivery.digest or ""))
    assert kept.startswith(b"<?xml")


def _sizes(world: World, digests: Iterable[str | None]) -> list[int]:
    return [len(world.parts.store.get(master_key(digest))) for digest in digests if digest]


def test_a_repeat_is_acknowledged_and_does_no_work(world: World, tmp_path: Path) -> None:
    first = batch(tmp_path / "1")
    shutil.copytree(first.folder, tmp_path / "keep" / first.folder.name)
    world.send(first.folder)
    before, albums = _counts(world), len(world.transcode.albums)

    again = packages.again(first, tmp_path / "2", START + timedelta(minutes=5))
    delivery = world.send_one(again.folder)

    assert delivery.state == "repeated"
    assert _statuses(world, delivery) == ["FileOK"]
    assert _counts(world) == before
    assert len(world.transcode.albums) == albums
    assert world.seen() == []


def test_other_bytes_under_a_used_message_id_are_refused(world: World, tmp_path: Path) -> None:
    first = batch(tmp_path / "1")
    world.send(first.folder)
    other = packages.other_bytes(first, tmp_path / "2", START + timedelta(minutes=5))
    delivery = world.send_one(other.folder)
    assert delivery.state == "refused"
    assert _statuses(world, delivery) == ["IdentifierInvalid"]
    assert world.release().title == "Tones 1"


@pytest.mark.parametrize(("same", "state"), [(True, "repeated"), (False, "refused")])
def test_two_messages_of_one_id_at_the_same_time(
    world: World,
    tmp_path: Path,
    same: bool,  # noqa: FBT001 - a table
    state: str,
) -> None:
    """Both pass the check before either is published: the second to be published gives way."""
    first = batch(tmp_path / "1")
    now = START + timedelta(minutes=5)
    second = packages.again(first, tmp_path / "2", now)
    if not same:
        second = packages.other_bytes(first, tmp_path / "3", now + timedelta(minutes=5))
    world.running = False
    world.send(first.folder)
    world.send(second.folder)
    for delivery_id in world.nudged:
        for _, phase in pipeline.JUDGING[:7]:
            assert phase(world.parts, delivery_id) == "next"
    for delivery_id in world.nudged:
        for _, phase in (pipeline.JUDGING[7], *pipeline.ANSWERING):
            phase(world.parts, delivery_id)
    assert [d.state for d in world.deliveries()] == ["live", state]
    assert _counts(world)["releases"] == 1
    assert _outcomes(world) in (["accept"], ["accept", "reject"], ["reject", "accept"])


def test_a_broken_file_is_refused(world: World, tmp_path: Path) -> None:
    sent = batch(tmp_path / "1", broken_audio)
    delivery = world.send_one(sent.folder)

    assert delivery.state == "refused"
    assert _statuses(world, delivery) == ["ResourceCorrupt"]
    [finding] = [f for f in delivery.findings if f["severity"] == "reject"]
    assert finding["code"] == "ERN-2101"
    assert finding["file"] == delivery.xml_path
    assert "resources/" in finding["message"]
    assert finding["line"] > 1
    assert "/SoundRecording" in finding["xpath"]
    assert finding["remedy"]
    assert finding["resource"]
    assert _counts(world) == {
        "releases": 0,
        "tracks": 0,
        "recordings": 0,
        "messages": 1,
        "events": 0,
    }
    assert _outcomes(world) == ["reject"]
    assert world.transcode.albums == []
    assert len(world.seen()) == 5, "refused files stay in view"
    assert world.parts.store.stat(message_key(delivery.digest or "")) is not None


def test_a_refused_message_is_mended_under_its_own_id(world: World, tmp_path: Path) -> None:
    good = batch(tmp_path / "1")
    bad = tmp_path / "bad" / good.folder.name
    shutil.copytree(good.folder, bad)
    next(bad.rglob("*_002.flac")).unlink()
    assert world.send_one(bad).state == "refused"
    assert world.send_one(good.folder).state == "live"
    assert world.seen() == []


def test_a_value_that_nobody_knows_is_held(
    world: World, tmp_path: Path, schema_folder: SchemaFolder
) -> None:
    world.parts = replace(world.parts, schema=schema_folder)
    pipeline.register(world.work, world.parts)

    def unknown(release: Packed) -> None:
        rewrite(release, "<UseType>NonInteractiveStream</UseType>", "<UseType>Telepathy</UseType>")

    delivery = world.send_one(batch(tmp_path / "1", unknown).folder)

    assert (delivery.state, delivery.schema) == ("held", "used")
    assert "Operator" in delivery.waiting_for
    answer = world.answer(delivery)
    assert "Telepathy" in answer.statuses[0].information
    assert answer.manual_check
    assert _outcomes(world) == ["hold"]
    assert _counts(world)["releases"] == 0


def test_a_purge_waits_for_the_operator(world: World, tmp_path: Path) -> None:
    delivery = world.send_one(batch(tmp_path / "1", purge).folder)
    assert delivery.state == "held", delivery.findings
    assert "ERN-0002" in [f["code"] for f in delivery.findings]
    assert _counts(world)["releases"] == 0


def test_a_late_older_message_is_superseded(world: World, tmp_path: Path) -> None:
    newer = batch(tmp_path / "2", retitled("New"), minute=10)
    older = batch(tmp_path / "1", retitled("Old"), minute=0)
    world.send(newer.folder)
    delivery = world.send_one(older.folder)
    assert delivery.state == "superseded"
    assert _statuses(world, delivery) == ["FileOK"]
    assert world.release().title == "New"
    assert world.events() == ["made_available"]
    assert _outcomes(world) == ["accept", "accept"]


def test_an_update_of_the_metadata_transcodes_nothing(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1").folder)
    masters, artwork, albums = world.masters(), world.release().artwork, world.transcode.albums[:]

    update = batch(tmp_path / "2", without_media, retitled("Renamed"), minute=10)
    delivery = world.send_one(update.folder)

    assert delivery.state == "live", delivery.findings
    assert world.release().title == "Renamed"
    assert world.masters() == masters
    assert None not in masters.values()
    assert world.release().artwork == artwork
    assert world.transcode.albums == albums
    assert world.events() == ["made_available", "changed"]


def test_an_update_of_something_unknown_lacks_its_audio(world: World, tmp_path: Path) -> None:
    delivery = world.send_one(batch(tmp_path / "1", without_media).folder)
    assert delivery.state == "refused"
    assert "ResourceMissing" in _statuses(world, delivery)


def test_replaced_audio_keeps_ids(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1").folder)
    before = world.masters()
    longer = replace(SHORT, seconds=0.3)
    assert world.send_one(batch(tmp_path / "2", minute=9, shapes=(longer,)).folder).state == "live"
    after = world.masters()
    assert after.keys() == before.keys()
    assert set(after.values()).isdisjoint(before.values())
    with world.database.read() as session:
        assets = session.scalars(select(Media.asset).where(Media.digest.in_(after.values())))
        assert all(assets)


def test_take_down_and_return(world: World, tmp_path: Path) -> None:
    world.send(batch(tmp_path / "1").folder)
    gone = world.send_one(batch(tmp_path / "2", without_deals, without_media, minute=1).folder)
    assert gone.state == "hidden", gone.findings
    assert world.answer(gone).release_status == "ReleaseNotAvailable"
    assert world.release().state == "taken_down"
    back = world.send_one(batch(tmp_path / "3", without_media, minute=2).folder)
    assert back.state == "live"
    assert world.events() == ["made_available", "taken_down", "made_available"]
    assert None not in world.masters().values()


def test_a_street_date_opens_the_release(world: World, tmp_path: Path) -> None:
    later = replace(SHORT, start=date(2026, 12, 1))
    delivery = world.send_one(batch(tmp_path / "1", shapes=(later,)).folder)
    assert (delivery.state, delivery.waiting_for) == ("scheduled", "Street date")
    assert world.answer(delivery).release_status == "ReleaseStagedForPublication"

    world.clock.advance(timedelta(days=9))
    assert housekeeping.open_scheduled(world.parts) == 0
    world.clock.advance(timedelta(days=1))
    assert housekeeping.open_scheduled(world.parts) == 1
    assert housekeeping.open_scheduled(world.parts) == 0

    opened = world.delivery(delivery.id)
    assert (opened.state, opened.waiting_for) == ("live", "")
    assert world.events() == ["made_available", "made_available"]


def test_a_newer_message_ends_the_wait_for_the_street_date(world: World, tmp_path: Path) -> None:
    later = replace(SHORT, start=date(2026, 12, 1))
    first = world.send_one(batch(tmp_path / "1", shapes=(later,)).folder)
    second = world.send_one(batch(tmp_path / "2", without_media, minute=1, shapes=(later,)).folder)
    found = world.delivery(first.id)
    assert (found.state, found.waiting_for) == ("superseded", "")
    world.clock.advance(timedelta(days=30))
    assert housekeeping.open_scheduled(world.parts) == 1
    assert world.delivery(second.id).state == "live"


def test_our_own_failure_is_told_and_retried(world: World, tmp_path: Path) -> None:
    world.transcode.fault = DiskFull("no space left for renditions")
    delivery = world.send_one(batch(tmp_path / "1").folder)

    assert delivery.state == "failed"
    assert delivery.fault == "DiskFull: no space left for renditions"
    assert _statuses(world, delivery) == ["InternalError"]
    assert "no space" not in world.answer(delivery).error_text, "our own business"
    assert _counts(world)["releases"] == 0
    assert len(world.seen()) == 5

    world.clock.advance(timedelta(minutes=1))
    _retry(world, delivery.id)

    retried = world.delivery(delivery.id)
    assert (retried.state, retried.attempt, retried.fault) == ("live", 2, None)
    assert _statuses(world, retried) == ["FileOK"]
    assert retried.acknowledgement != delivery.acknowledgement
    assert world.answer(delivery).statuses[0].status == "InternalError", "the first answer stays"
    assert world.seen() == []


def _retry(world: World, delivery_id: str) -> None:
    with world.database.write() as session:
        redrive.again(session, world.clock, delivery_id)
    assert pipeline.enqueue_received(world.work, world.database) == 1


def test_a_refused_delivery_is_retried_with_the_files_as_they_are(
    world: World, tmp_path: Path
) -> None:
    sent = batch(tmp_path / "1")
    missing = packages.audio(sent.releases[0])[1]
    content = missing.read_bytes()
    missing.unlink()
    delivery = world.send_one(sent.folder)
    assert delivery.state == "refused"

    world.put(f"{sent.folder.name}/{missing.relative_to(sent.folder)}", content)
    _retry(world, delivery.id)

    assert world.delivery(delivery.id).state == "live"
    assert _outcomes(world) == ["reject", "accept"]


def test_what_stands_is_not_retried(world: World, tmp_path: Path) -> None:
    delivery = world.send_one(batch(tmp_path / "1").folder)
    with pytest.raises(Conflict), world.database.write() as session:
        redrive.again(session, world.clock, delivery.id)


def test_one_bad_release_does_not_hold_its_batch(world: World, tmp_path: Path) -> None:
    shapes = tuple(replace(SHORT, seed=seed) for seed in (1, 2, 3))
    sent = batch(tmp_path / "1", shapes=shapes)
    packages.audio(sent.releases[1])[0].unlink()
    deliveries = world.send(sent.folder)
    by_folder = {d.release_folder: d.state for d in deliveries}
    assert [by_folder[r.folder.name] for r in sent.releases] == ["live", "refused", "live"]
    assert len({d.acknowledgement for d in deliveries}) == 3
    assert {path.split("/")[1] for path in world.seen()} == {
        sent.releases[1].folder.name,
        f"BatchComplete_{sent.batch_id}.xml",
    }


def test_a_message_that_is_not_the_one_of_the_manifest(world: World, tmp_path: Path) -> None:
    sent = batch(tmp_path / "1")
    retitled("Slipped in")(sent.releases[0])
    delivery = world.send_one(sent.folder)
    assert delivery.state == "refused"
    [finding] = [f for f in delivery.findings if f["severity"] == "reject"]
    assert (finding["code"], finding["rule"]) == ("ERN-2001", 20)
    assert finding["file"] == sent.releases[0].message.name
    assert "manifest" in finding["message"]
    assert _statuses(world, delivery) == ["SignatureOrHashSumWrongOrMissing"]


def test_an_unreadable_manifest_is_a_warning(world: World, tmp_path: Path) -> None:
    sent = batch(tmp_path / "1")
    next(sent.folder.glob("BatchComplete_*")).write_bytes(b"<broken")
    delivery = world.send_one(sent.folder)
    assert delivery.state == "live"
    warned = [f for f in delivery.findings if f["file"].startswith("BatchComplete_")]
    assert [f["severity"] for f in warned] == ["warn"]


def test_a_file_replaced_after_the_completion_is_not_taken_for_the_one_received(
    world: World, tmp_path: Path
) -> None:
    """Same path and size, other bytes, and the door has not told of it yet."""
    sent = batch(tmp_path / "1")
    world.running = False
    world.send(sent.folder)
    target = (
        world.view / sent.folder.name / packages.audio(sent.releases[0])[0].relative_to(sent.folder)
    )
    content = target.read_bytes()
    target.unlink()
    target.write_bytes(bytes(reversed(content)))
    pipeline.enqueue_received(world.work, world.database)
    [delivery] = world.deliveries()
    assert delivery.state == "refused"
    assert "ERN-1902" in [f["code"] for f in delivery.findings]
    assert world.parts.store.stat(master_key("0" * 64)) is None


def test_an_answer_that_could_not_be_written_is_written_later(world: World, tmp_path: Path) -> None:
    answers = world.view / "acknowledgements"
    answers.parent.mkdir(parents=True, exist_ok=True)
    answers.write_bytes(b"in the way")
    with pytest.raises(FileExistsError):
        world.send(batch(tmp_path / "1").folder)
    [delivery] = world.deliveries()
    assert delivery.state == "live"
    assert world.parts.workspace(delivery.id).exists()

    assert pipeline.enqueue_unanswered(world.work, world.parts) == 0, "it may be on its way"
    answers.unlink()
    world.clock.advance(timedelta(minutes=6))
    assert pipeline.enqueue_unanswered(world.work, world.parts) == 1
    assert pipeline.enqueue_unanswered(world.work, world.parts) == 0

    told = world.delivery(delivery.id)
    assert _statuses(world, told) == ["FileOK"]
    assert world.answer(told).acknowledged_message_id == delivery.message_id
    assert world.seen() == []
    before = (world.view / (told.acknowledgement or "")).read_bytes()
    pipeline.ANSWERING[0][1](world.parts, told.id)
    assert (world.view / (told.acknowledgement or "")).read_bytes() == before, "told already"


def test_acknowledgements_of_one_instant_have_their_own_names(world: World) -> None:
    stamp = "20260105100500123"
    for folder in ("A!", "A?"):
        world.put(f"N_{stamp}/{folder}/{folder}.xml", b"<unreadable")
    world.put(f"N_{stamp}/BatchComplete_{stamp}.xml", b"")
    deliveries = world.deliveries()
    assert [d.state for d in deliveries] == ["refused", "refused"]
    assert len({d.acknowledgement for d in deliveries}) == 2
    assert len(list((world.view / "acknowledgements").iterdir())) == 2


def test_a_creation_time_beyond_our_calendar(world: World, tmp_path: Path) -> None:
    def ancient(release: Packed) -> None:
        rewrite(
            release,
            "<MessageCreatedDateTime>.*</MessageCreatedDateTime>",
            "<MessageCreatedDateTime>0001-01-01T00:00:00+14:00</MessageCreatedDateTime>",
        )

    delivery = world.send_one(batch(tmp_path / "1", ancient).folder)
    assert delivery.state == "live", delivery.fault


def test_every_end_was_reached_by_name() -> None:
    """The tests above end in each settled state of the table."""
    assert {str(state) for state in DeliveryState} - {"received", "checking", "transcoding"} == {
        *("live", "scheduled", "hidden", "superseded", "repeated", "held", "refused", "failed")
    }
