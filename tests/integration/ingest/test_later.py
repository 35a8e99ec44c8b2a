"""What later messages, later days and later tries make of a release, with twins of the media parts.

Every test runs with each phase done once, and with each done twice, as after a crash.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import Media
from core.errors import Conflict, DiskFull
from ingest import housekeeping, pipeline, redrive
from tests.fixtures import packages
from tests.integration.ingest.batches import (
    SHORT,
    batch,
    retitled,
    without_deals,
    without_media,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("times")]


def test_a_late_older_message_is_superseded(world: World, tmp_path: Path) -> None:
    newer = batch(tmp_path / "2", retitled("New"), minute=10)
    older = batch(tmp_path / "1", retitled("Old"), minute=0)
    world.send(newer.folder)
    delivery = world.send_one(older.folder)
    assert delivery.state == "superseded"
    assert world.statuses(delivery) == ["FileOK"]
    assert world.release().title == "New"
    assert world.events() == ["made_available"]
    assert world.outcomes() == ["accept", "accept"]


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
    assert "ResourceMissing" in world.statuses(delivery)


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

    world.clock.advance(timedelta(days=8))
    assert housekeeping.turn_of_the_clock(world.parts) == 0
    world.clock.advance(timedelta(days=1))  # in Auckland it is the first of December
    assert housekeeping.turn_of_the_clock(world.parts) == 1
    assert housekeeping.turn_of_the_clock(world.parts) == 0

    opened = world.delivery(delivery.id)
    assert (opened.state, opened.waiting_for) == ("live", "")
    assert world.events() == ["announced", "made_available"]


def test_a_newer_message_ends_the_wait_for_the_street_date(world: World, tmp_path: Path) -> None:
    later = replace(SHORT, start=date(2026, 12, 1))
    first = world.send_one(batch(tmp_path / "1", shapes=(later,)).folder)
    second = world.send_one(batch(tmp_path / "2", without_media, minute=1, shapes=(later,)).folder)
    found = world.delivery(first.id)
    assert (found.state, found.waiting_for) == ("superseded", "")
    world.clock.advance(timedelta(days=30))
    assert housekeeping.turn_of_the_clock(world.parts) == 1
    assert world.delivery(second.id).state == "live"


def test_our_own_failure_is_told_and_retried(world: World, tmp_path: Path) -> None:
    world.transcode.fault = DiskFull("no space left for renditions")
    delivery = world.send_one(batch(tmp_path / "1").folder)

    assert delivery.state == "failed"
    assert delivery.fault == "DiskFull: no space left for renditions"
    assert world.statuses(delivery) == ["InternalError"]
    assert "no space" not in world.answer(delivery).error_text, "our own business"
    assert world.counts()["releases"] == 0
    assert len(world.seen()) == 5

    world.clock.advance(timedelta(minutes=1))
    _retry(world, delivery.id)

    retried = world.delivery(delivery.id)
    assert (retried.state, retried.attempt, retried.fault) == ("live", 2, None)
    assert world.statuses(retried) == ["FileOK"]
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
    cut = packages.audio(sent.releases[0])[1]
    content = cut.read_bytes()
    cut.write_bytes(content[:-100])
    delivery = world.send_one(sent.folder)
    assert delivery.state == "refused"

    world.put(f"{sent.folder.name}/{cut.relative_to(sent.folder)}", content)
    assert world.delivery(delivery.id).state == "refused", "no word of the sender yet"
    _retry(world, delivery.id)

    assert world.delivery(delivery.id).state == "live"
    assert world.outcomes() == ["reject", "accept"]


def test_what_stands_is_not_retried(world: World, tmp_path: Path) -> None:
    delivery = world.send_one(batch(tmp_path / "1").folder)
    with pytest.raises(Conflict), world.database.write() as session:
        redrive.again(session, world.clock, delivery.id)


def test_an_answer_that_could_not_be_written_is_written_later(world: World, tmp_path: Path) -> None:
    sent = batch(tmp_path / "1").folder
    answers = world.view / "acknowledgements"
    answers.parent.mkdir(parents=True, exist_ok=True)
    answers.write_bytes(b"in the way")
    with pytest.raises(FileExistsError):
        world.send(sent)
    [delivery] = world.deliveries()
    assert delivery.state == "live"
    assert world.parts.workspace(delivery.id).exists()

    assert pipeline.enqueue_unanswered(world.work, world.parts) == 0, "it may be on its way"
    answers.unlink()
    world.clock.advance(timedelta(minutes=6))
    assert pipeline.enqueue_unanswered(world.work, world.parts) == 1
    assert pipeline.enqueue_unanswered(world.work, world.parts) == 0

    told = world.delivery(delivery.id)
    assert world.statuses(told) == ["FileOK"]
    assert world.answer(told).acknowledged_message_id == delivery.message_id
    assert world.seen() == []
    before = (world.view / (told.acknowledgement or "")).read_bytes()
    pipeline.ANSWERING[0][1](world.parts, told.id)
    assert (world.view / (told.acknowledgement or "")).read_bytes() == before, "told already"
