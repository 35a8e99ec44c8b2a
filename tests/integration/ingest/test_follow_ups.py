"""What senders hear of their releases later: in 1.8, once for each change, at the place, version
and name of their choreography. Every file is judged by DDEX's own schema."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.lifecycle import DecisionKind
from catalog.models import Answer, Delivery
from catalog.rebuild import Rebuilder
from catalog.scratch import scratch
from core.database import Base
from ddex.choreography import names
from ingest import housekeeping
from ingest.kept import StoredBooks
from ingest.phase_10_acknowledge import acknowledge
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture
from tests.integration.ingest.batches import (
    SHORT,
    batch,
    broken_audio,
    retitled,
    rewrite,
    without_deals,
    without_media,
)
from tests.integration.ingest.post import Post
from tests.integration.ingest.test_lifecycle import OTHER, THEIRS, decide, purge
from tests.integration.ingest.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder
    from distro.package import Packed

pytestmark = pytest.mark.integration
LIVE, STAGED, GONE = (
    "ReleaseMadeAvailableToConsumers",
    "ReleaseStagedForPublication",
    "ReleaseNotAvailable",
)
LATER = replace(SHORT, start=date(2026, 12, 1))


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(
    request: pytest.FixtureRequest, tmp_path: Path, schema_folder: SchemaFolder
) -> Iterator[Post]:
    """On both databases."""
    lite = request.param == "sqlite"
    made = World(tmp_path / "world", "" if lite else str(request.getfixturevalue("postgres")))
    yield Post(made, schema_folder)
    if not lite:
        Base.metadata.drop_all(made.database.engine)
    made.database.close()


@pytest.mark.enable_socket
@pytest.mark.timeout(600)
def test_a_purge_by_message_and_the_return(anywhere: Post, tmp_path: Path) -> None:
    """What a rebuild finds as it was, it tells nobody."""
    world = anywhere.world
    notify = {"webhook": "https://label.example/"}
    world.change_feed(terms={"notify": notify}, choreography="batch-1.8.1")
    first = world.send_one(batch(tmp_path / "1").folder)
    anywhere.hear()
    gone = world.send_one(batch(tmp_path / "2", purged, minute=1).folder)
    anywhere.hear()
    assert gone.state == "purged", gone.findings
    assert anywhere.about(first) == [LIVE, GONE], "the delivery that stood is told its end"
    assert anywhere.about(gone) == [GONE]
    assert {one.acknowledged_message_type for one in anywhere.told()} == {
        "NewReleaseMessage",
        "PurgeReleaseMessage",
    }
    back = world.send_one(batch(tmp_path / "3", minute=2).folder)
    anywhere.hear()
    assert anywhere.about(first) == [LIVE, GONE]
    assert anywhere.about(gone) == [GONE, LIVE]
    assert anywhere.about(back) == [LIVE]
    assert [(path.parents[1].name, one.batch_id) for path, one in anywhere.by_file()] == [
        (d.batch, d.batch[2:]) for d in (first, first, gone, gone, back)
    ]
    told = anywhere.notices()
    assert told == [
        *[("webhook", "delivery.accepted")] * 3,
        *[("webhook", "release.made_available")] * 2,
        ("webhook", "release.purged"),
    ]
    rebuilder = Rebuilder(world.database, StoredBooks(world.parts.store), world.clock)
    with scratch(tmp_path / "rebuild.db") as made:
        assert rebuilder.run(made, fresh=True).changed == ()
    anywhere.hear()
    assert (anywhere.notices(), len(anywhere.files())) == (told, 5)


def purged(release: Packed) -> None:
    """A valid PurgeReleaseMessage."""
    purge(release)
    rewrite(release, ' ReleaseProfileVersionId="Audio"', "")


def test_a_stranger_hears_nothing_of_what_it_purged(post: Post, tmp_path: Path) -> None:
    """An operator let the purge of another party pass; the release returns."""
    world = post.world
    world.send(batch(tmp_path / "1").folder)
    mine, theirs = world.feed, world.make_feed("other")
    world.feed = theirs
    world.change_feed(dpid=OTHER)
    foreign = batch(tmp_path / "2", purge, minute=1, shapes=(THEIRS,))
    held = world.send_one(foreign.folder)
    decide(world, DecisionKind.RELEASE, held.id)
    post.hear()
    assert post.about(held)[-1] == GONE
    before = len(post.files())
    world.feed = mine
    world.send(batch(tmp_path / "3", minute=2).folder)
    post.hear()
    world.feed = theirs
    assert len(post.files()) == before


def test_a_street_date_is_told_when_it_comes(post: Post, tmp_path: Path) -> None:
    delivery = post.world.send_one(batch(tmp_path / "1", shapes=(LATER,)).folder)
    post.hear()
    assert post.statuses() == [STAGED]
    post.world.clock.advance(timedelta(days=10))
    housekeeping.turn_of_the_clock(post.world.parts)
    post.hear()
    assert post.about(delivery) == [STAGED, LIVE]
    follow_up = post.told()[1]
    assert follow_up.ok
    assert follow_up.release == post.told()[0].release
    assert follow_up.batch_id == post.told()[0].batch_id
    assert "available to consumers" in follow_up.statuses[0].information
    assert post.files()[1].parent == post.files()[0].parent
    post.world.clock.advance(timedelta(days=1))
    housekeeping.turn_of_the_clock(post.world.parts)
    post.hear()
    assert len(post.files()) == 2


def test_the_end_of_the_last_deal_is_told(post: Post, tmp_path: Path) -> None:
    ends = replace(SHORT, end=date(2026, 12, 1))
    delivery = post.world.send_one(batch(tmp_path / "1", shapes=(ends,)).folder)
    post.world.clock.advance(timedelta(days=12))
    housekeeping.turn_of_the_clock(post.world.parts)
    post.hear()
    assert post.about(delivery) == [LIVE, GONE]


def test_what_operators_decide_is_told_with_its_reason(post: Post, tmp_path: Path) -> None:
    delivery = post.world.send_one(batch(tmp_path / "1").folder)
    post.hear()
    release = post.world.release().id
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    post.rule(DecisionKind.RESTORE)
    post.hear()
    post.rule(DecisionKind.PURGE, release)
    post.hear()
    assert post.about(delivery) == [LIVE, GONE, LIVE, GONE]
    assert "the label asked" in post.told()[1].statuses[0].information


def test_changes_between_two_rounds_are_all_told(post: Post, tmp_path: Path) -> None:
    """As when commands decide while the service is stopped."""
    delivery = post.world.send_one(batch(tmp_path / "1").folder)
    post.hear()
    for kind in (DecisionKind.TAKE_DOWN, DecisionKind.RESTORE, DecisionKind.TAKE_DOWN):
        post.world.clock.advance(timedelta(seconds=1))
        post.rule(kind)
    post.hear()
    assert post.about(delivery) == [LIVE, GONE, LIVE, GONE]


def test_a_take_down_by_message_and_the_return(post: Post, tmp_path: Path) -> None:
    first = post.world.send_one(batch(tmp_path / "1").folder)
    post.hear()
    gone = post.world.send_one(batch(tmp_path / "2", without_deals, without_media, minute=1).folder)
    post.hear()
    assert post.about(first) == [LIVE, GONE], "the delivery that stood is told its end"
    back = post.world.send_one(batch(tmp_path / "3", without_media, minute=2).folder)
    post.hear()
    assert post.about(first) == [LIVE, GONE], "and then no more"
    assert post.about(gone) == [GONE, LIVE]
    assert post.about(back) == [LIVE]


def test_an_update_of_what_stands_tells_nothing_new(post: Post, tmp_path: Path) -> None:
    post.world.send(batch(tmp_path / "1").folder)
    post.hear()
    update = batch(tmp_path / "2", without_media, retitled("Renamed"), minute=10)
    post.world.send(update.folder)
    post.hear()
    assert post.statuses() == [LIVE, LIVE]
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    assert post.statuses() == [LIVE, LIVE, GONE], "only the newest message is spoken of"


def test_what_happened_before_the_answer_is_not_told_twice(post: Post, tmp_path: Path) -> None:
    """The operator was quicker than the acknowledgement."""
    world = post.world
    world.running = False
    delivery = world.send_one(batch(tmp_path / "1").folder)
    assert delivery.state == "received"
    world.running = True
    world.nudge([delivery.id])
    with world.database.write() as session:  # as if the answer had not been written
        session.delete(session.scalars(select(Answer)).one())
        session.get_one(Delivery, delivery.id).acknowledgement = None
    for path in post.files():
        path.unlink()
    post.rule(DecisionKind.TAKE_DOWN)
    acknowledge(world.parts, delivery.id)
    post.hear()
    assert post.about(world.delivery(delivery.id)) == [GONE]


def test_refused_and_late_deliveries_hear_nothing_more(post: Post, tmp_path: Path) -> None:
    world = post.world
    world.send(batch(tmp_path / "2", retitled("New"), minute=10).folder)
    late = world.send_one(batch(tmp_path / "1", minute=0).folder)
    bad = world.send_one(
        batch(tmp_path / "3", broken_audio, minute=11, shapes=(replace(SHORT, seed=5),)).folder
    )
    post.hear()
    before = len(post.files())
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    assert (late.state, bad.state) == ("superseded", "refused")
    assert len(post.files()) == before + 1


@pytest.mark.parametrize(
    ("key", "version", "place_and_name", "follow_ups"),
    [
        ("batch-1.8", "18", "acknowledgements/ACK_{id}_{stamp}.xml", 1),
        ("batch-1.8.1", "18", "{batch}/acknowledgements/ACK_{id}_{stamp}.xml", 1),
        ("release-1.8", "18", "acknowledgements/ACK_{id}_{stamp}.xml", 1),
        ("batch-1.7", "18", "acknowledgements/ACK_{stamp}_{id}.xml", 1),
        ("batch-1.6", "16", "acknowledgements/ACK_{stamp}_{id}.xml", 0),
        ("batch-1.8.1", "16", "{batch}/acknowledgements/ACK_{id}_{stamp}.xml", 0),
        ("batch-1.8", "none", "", 0),
    ],
)
def test_each_choreography_has_its_place_version_and_name(
    post: Post,
    tmp_path: Path,
    key: str,
    version: str,
    place_and_name: str,
    follow_ups: int,
) -> None:
    world = post.world
    world.change_feed(choreography=key, acknowledgements=version)
    delivery = world.send_one(batch(tmp_path / "1").folder)
    post.hear()
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    files = post.files()
    assert len(files) == (0 if version == "none" else 1 + follow_ups)
    with world.database.read() as session:
        rows = session.scalars(select(Answer).order_by(Answer.id)).all()
    assert [row.status for row in rows] == [LIVE, GONE], "webhooks and mails hear of it in any case"
    if version == "none":
        assert delivery.acknowledgement is None
        return
    post.told(version)
    for path in files:
        said = names.ack(path.name)
        assert said is not None
        parts = {"batch": delivery.batch, "id": delivery.message_id, "stamp": said.stamp}
        assert path == world.view / place_and_name.format(**parts)
