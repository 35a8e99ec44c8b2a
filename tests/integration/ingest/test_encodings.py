"""Tracks are played as they were encoded for their place on the very release."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from catalog.models import Media, Recording, Track
from catalog.models.media import AlbumSound, Encoding
from catalog.queries.audience import Audience
from catalog.queries.playing import find_playable
from catalog.queries.sounds import Sound, masters, sound_of
from core.errors import DiskFull, Unavailable
from ingest import spares
from ingest.encodings import Encodings, remember
from ingest.ports import Encoded, MediaFault
from server.services.encodings_desk import EncodingsDesk
from tests.integration.ingest.batches import batch
from tests.integration.ingest.world import WANTED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("times")]


@pytest.fixture
def release(world: World, tmp_path: Path) -> str:
    delivery = world.send_one(batch(tmp_path / "1").folder)
    assert delivery.release_id
    return delivery.release_id


def sounds(world: World, release: str) -> list[Sound]:
    """What is played of each track, in order."""
    audience = Audience(territory="DE", tier="premium", wanted=WANTED)
    with world.database.read() as session:
        query = select(Track.recording_id).where(Track.release_id == release)
        found = []
        for recording in session.scalars(query.order_by(Track.position)):
            playable = find_playable(session, release, recording, audience, world.clock())
            assert playable is not None
            found.append(sound_of(session, playable))
        return found


def places(world: World, release: str) -> list[str]:
    """The assets that the present recipe gives the tracks."""
    with world.database.read() as session:
        digests = ["", *masters(session, release), ""]
    around = range(1, len(digests) - 1)
    return [world.transcode.asset(digests[i], digests[i - 1], digests[i + 1]) for i in around]


def test_a_delivery_brings_what_is_played(world: World, release: str) -> None:
    assert [one.asset for one in sounds(world, release)] == places(world, release)
    assert len(places(world, release)) > 1
    before = len(world.transcode.albums)
    assert Encodings(world.parts).round() == 0
    assert len(world.transcode.albums) == before


def test_tracks_in_another_order_are_encoded_anew(world: World, release: str) -> None:
    rounds = Encodings(world.parts)
    rounds.round()
    former = places(world, release)
    with world.database.write() as session:  # as a later message may order them
        one, two, *_ = session.scalars(
            select(Track).where(Track.release_id == release).order_by(Track.position)
        )
        one.recording_id, two.recording_id = two.recording_id, one.recording_id
    assert set(places(world, release)).isdisjoint(former[:2])
    playing = [one.asset for one in sounds(world, release)]
    assert all(playing)  # until then, what there is
    assert Encodings(world.parts).round() >= 2
    assert [one.asset for one in sounds(world, release)] == places(world, release)


def test_another_recipe_is_made_behind_what_is_in_service(world: World, release: str) -> None:
    former = [one.asset for one in sounds(world, release)]
    world.transcode.recipe = "2"
    assert [one.asset for one in sounds(world, release)] == former
    world.transcode.fault = DiskFull("no space left")
    rounds = Encodings(world.parts)
    assert rounds.round() == 0
    assert [one.asset for one in sounds(world, release)] == former
    world.clock.advance(timedelta(minutes=5))
    assert rounds.round() == 0
    world.clock.advance(timedelta(minutes=5))
    assert rounds.round() == len(former)
    assert [one.asset for one in sounds(world, release)] == places(world, release)
    assert [one.manifest["recipe"] for one in sounds(world, release)] == ["2"] * len(former)
    with world.database.read() as session:
        assert set(former) <= set(session.scalars(select(Encoding.asset)))


def test_an_operator_sees_what_failed_and_need_not_wait(world: World, release: str) -> None:
    rounds = Encodings(world.parts)
    desk = EncodingsDesk(world.parts, rounds)
    rounds.round()
    found = desk.show(10)
    assert (found["left"], found["waiting"], found["doing"]) == (0, [], None)
    assert desk.start() == 0
    world.transcode.recipe = "2"
    world.transcode.fault = DiskFull("no space left")
    assert desk.start() == 1
    assert desk.show(10)["queued"] == 1
    rounds.round()
    found = desk.show(10)
    (failed,) = found["failures"]
    assert (failed["release"], failed["text"], failed["tries"]) == (release, "no space left", 1)
    assert failed["title"] == found["waiting"][0]["title"] != ""
    assert rounds.round() == 0  # it would wait ten minutes
    desk.start()
    assert rounds.round() == found["left"]
    assert desk.show(10)["failures"] == []


def test_an_album_is_told_its_loudness_once(world: World, release: str) -> None:
    Encodings(world.parts).round()
    assert {one.manifest["album_loudness"]["integrated"] for one in sounds(world, release)} == {-70}
    with world.database.read() as session:
        assert [row.release_id for row in session.scalars(select(AlbumSound))] == [release]


def test_a_recording_without_audio_has_no_sound(world: World, release: str) -> None:
    with world.database.write() as session:
        first = session.scalars(
            select(Recording).join(Track).where(Track.release_id == release, Track.position == 1)
        ).one()
        first.master = None
    assert sounds(world, release)[0] == Sound(None, {})
    assert Encodings(world.parts).round() == 1  # its neighbour stands alone now


KEEP = timedelta(days=7)


def encoded(asset: str) -> Encoded:
    return Encoded(asset=asset, digest=asset, manifest={})


def kept(world: World) -> set[str]:
    """Assets that the catalogue knows; their files are there, and no others."""
    with world.database.read() as session:
        assets = set(session.scalars(select(Encoding.asset)))
    assert assets == world.transcode.made
    return assets


def test_an_earlier_recipe_goes_when_no_play_can_need_it(world: World, release: str) -> None:
    former = set(places(world, release))
    world.transcode.recipe = "2"
    assert spares.sweep(world.parts, KEEP) == 0
    world.clock.advance(2 * KEEP)
    assert spares.sweep(world.parts, KEEP) == 0  # it is what there is to play
    Encodings(world.parts).round()
    assert spares.sweep(world.parts, KEEP) == 0
    world.clock.advance(KEEP - timedelta(seconds=1))  # plays that began just before
    assert spares.sweep(world.parts, KEEP) == 0
    assert former < kept(world)
    world.clock.advance(timedelta(seconds=1))
    assert spares.sweep(world.parts, KEEP) == len(former)
    assert kept(world) == set(places(world, release))
    assert [one.asset for one in sounds(world, release)] == places(world, release)


def test_places_that_are_no_more_lose_their_encodings(world: World, release: str) -> None:
    with world.database.write() as session:
        session.execute(delete(Track).where(Track.release_id == release, Track.position > 1))
    Encodings(world.parts).round()
    spares.sweep(world.parts, KEEP)
    world.clock.advance(KEEP)
    spares.sweep(world.parts, KEEP)
    assert kept(world) == set(places(world, release))
    with world.database.write() as session:
        latest = session.scalars(select(Media.asset).where(Media.kind == "audio")).all()
        assert set(latest) == {None, *places(world, release)}
        session.execute(delete(Track))
    spares.sweep(world.parts, KEEP)
    world.clock.advance(KEEP)
    spares.sweep(world.parts, KEEP)
    assert kept(world) == set()


def test_what_is_wanted_again_stays(world: World, release: str) -> None:
    """Though its time has come since the last look."""
    former = set(places(world, release))
    world.transcode.recipe = "2"
    Encodings(world.parts).round()
    spares.sweep(world.parts, KEEP)
    world.clock.advance(KEEP)
    world.transcode.recipe = "1"
    assert spares.sweep(world.parts, KEEP) == 0
    assert former < kept(world)


def test_a_sweep_that_was_killed_is_ended_by_the_next(world: World, release: str) -> None:
    [gone, *_] = places(world, release)
    with world.database.write() as session:
        session.get_one(Encoding, gone).going = True
    assert gone not in {one.asset for one in sounds(world, release)[1:]}
    # a delivery may not count on what is going
    with pytest.raises(Unavailable), world.database.write() as session:
        remember(session, world.parts, [encoded(gone)])
    assert spares.sweep(world.parts, KEEP) == 1
    assert Encodings(world.parts).round() == 1
    assert [one.asset for one in sounds(world, release)] == places(world, release)


def test_how_far_it_is_and_what_failed(world: World, release: str) -> None:
    def now() -> spares.Progress:
        with world.database.read() as session:
            return spares.progress(session, world.parts)

    tracks = len(places(world, release))
    assert (now().tracks, now().ready, now().left) == (tracks, tracks, 0)
    world.transcode.recipe = "2"
    assert (now().older, now().releases) == (tracks, (release,))
    world.transcode.fault = MediaFault("corrupt", "sample 7 is gone")
    rounds = Encodings(world.parts)
    rounds.round()
    [failure] = now().failures
    assert (failure.release, failure.tries, failure.text) == (release, 1, "sample 7 is gone")
    world.clock.advance(timedelta(minutes=10))
    rounds.round()
    assert (now().left, now().failures) == (0, ())
    with world.database.write() as session:
        one, two, *_ = session.scalars(select(Track).order_by(Track.position))
        one.recording_id, two.recording_id = two.recording_id, one.recording_id
    assert now().apart >= 2
