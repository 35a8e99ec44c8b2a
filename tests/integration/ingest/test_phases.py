"""The whole pipeline with twins of probe, transcoder and index: each end that a delivery can take.

Every test runs with each phase done once, and with each done twice, as after a crash.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from catalog.lifecycle import DeliveryState
from ingest import pipeline
from ingest.parts import master_key, message_key, spectrum_key
from tests.fixtures import packages
from tests.integration.ingest.batches import (
    SHORT,
    batch,
    broken_audio,
    retitled,
    rewrite,
)
from tests.integration.ingest.world import START, World

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.schemas import SchemaFolder
    from distro.package import Packed

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("times")]
PHASES = [name for name, _ in (*pipeline.JUDGING, *pipeline.ANSWERING)]


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
    assert world.counts() == {
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
    before, albums = world.counts(), len(world.transcode.albums)

    again = packages.again(first, tmp_path / "2", START + timedelta(minutes=5))
    delivery = world.send_one(again.folder)

    assert delivery.state == "repeated"
    assert world.statuses(delivery) == ["FileOK"]
    assert world.counts() == before
    assert len(world.transcode.albums) == albums
    assert world.seen() == []


def test_other_bytes_under_a_used_message_id_are_refused(world: World, tmp_path: Path) -> None:
    first = batch(tmp_path / "1")
    world.send(first.folder)
    other = packages.other_bytes(first, tmp_path / "2", START + timedelta(minutes=5))
    delivery = world.send_one(other.folder)
    assert delivery.state == "refused"
    assert world.statuses(delivery) == ["IdentifierInvalid"]
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
    publishing = [name for name, _ in pipeline.JUDGING].index("8 publish")
    world.running = False
    world.send(first.folder)
    world.send(second.folder)
    for delivery_id in world.nudged:
        for _, phase in pipeline.JUDGING[:publishing]:
            assert phase(world.parts, delivery_id) == "next"
    for delivery_id in world.nudged:
        for _, phase in (pipeline.JUDGING[publishing], *pipeline.ANSWERING):
            phase(world.parts, delivery_id)
    assert [d.state for d in world.deliveries()] == ["live", state]
    assert world.counts()["releases"] == 1
    assert world.outcomes() in (["accept"], ["accept", "reject"], ["reject", "accept"])


def test_a_doubtful_sound_is_a_warning_with_a_picture(world: World, tmp_path: Path) -> None:
    text = "the spectrum breaks off at 16.0 kHz by 40 dB, as a lossy codec's does"
    world.probe.doubts = ({"kind": "lossy", "text": text},)
    delivery = world.send_one(batch(tmp_path / "1").folder)
    assert delivery.state == "live"
    paths = {file["path"]: file["blake3"] for file in delivery.files}
    told = [one for one in delivery.findings if one["code"] == "ERN-2120"]
    assert {one["severity"] for one in told} == {"warn"}
    named = [one["message"].partition(": ")[0] for one in told]
    assert named
    for path in named:
        assert world.parts.store.get(spectrum_key(paths[path])).startswith(b"\x89PNG")
    assert all(one["message"].endswith(f"{text}.") for one in told)


def test_a_broken_file_is_refused(world: World, tmp_path: Path) -> None:
    sent = batch(tmp_path / "1", broken_audio)
    delivery = world.send_one(sent.folder)

    assert delivery.state == "refused"
    assert world.statuses(delivery) == ["ResourceCorrupt"]
    [finding] = [f for f in delivery.findings if f["severity"] == "reject"]
    assert finding["code"] == "ERN-2101"
    assert finding["file"] == delivery.xml_path
    assert "resources/" in finding["message"]
    assert finding["line"] > 1
    assert "/SoundRecording" in finding["xpath"]
    assert finding["remedy"]
    assert finding["resource"]
    assert world.counts() == {
        "releases": 0,
        "tracks": 0,
        "recordings": 0,
        "messages": 1,
        "events": 0,
    }
    assert world.outcomes() == ["reject"]
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
    assert world.outcomes() == ["hold"]
    assert world.counts()["releases"] == 0


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
    assert world.statuses(delivery) == ["SignatureOrHashSumWrongOrMissing"]


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
    going = {"incomplete", "received", "checking", "transcoding"}
    assert {str(state) for state in DeliveryState} - going == {
        *("live", "scheduled", "hidden", "superseded", "repeated", "held", "refused", "failed"),
        *("purged", "tested", "recorded"),  # in test_lifecycle and test_other_messages
    }
