"""What senders hear of their releases later: in 1.8, once for each change, at the place, version
and name of their choreography. Every file is judged by DDEX's own schema."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog import decisions
from catalog.lifecycle import DecisionKind
from catalog.models import Answer, Delivery, Feed, Telling
from catalog.rebuild import Rebuilder
from catalog.scratch import scratch
from core.database import Base
from ddex import xml, xsd
from ddex.choreography import acknowledgement, names
from ingest import housekeeping
from ingest.follow_ups import FollowUps
from ingest.kept import StoredBooks
from ingest.phase_10_acknowledge import acknowledge
from ingest.tell_again import tell_again
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
from tests.integration.ingest.test_lifecycle import OTHER, THEIRS, decide, purge
from tests.integration.ingest.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.schemas import SchemaFolder
    from ddex.choreography.acknowledgement import Acknowledgement
    from distro.package import Packed

pytestmark = pytest.mark.integration
LIVE, STAGED, GONE = (
    "ReleaseMadeAvailableToConsumers",
    "ReleaseStagedForPublication",
    "ReleaseNotAvailable",
)
LATER = replace(SHORT, start=date(2026, 12, 1))


class Post:
    """The sender's view of what it is told."""

    def __init__(self, world: World, schemas: SchemaFolder) -> None:
        self.world = world
        self.schemas = schemas
        self.follow_ups = FollowUps(world.parts, operators=False)

    def hear(self) -> None:
        """A round, and another that finds nothing new."""
        self.world.clock.advance(timedelta(seconds=1))
        self.follow_ups.round()
        assert self.follow_ups.round() == 0

    def files(self) -> list[Path]:
        found = self.world.view.rglob("acknowledgements/*")
        return sorted(found, key=lambda path: names.ack(path.name).stamp)  # type: ignore[union-attr]

    def told(self, version: str = "18") -> list[Acknowledgement]:
        """All answers in order; each is valid."""
        schema = xsd.schema(self.schemas, f"ern-c-sftp/{version}/ern-choreography-sftp.xsd")
        for path in self.files():
            assert schema.violations(xml.parse(path.read_bytes())) == (), path
        return [acknowledgement.read(path.read_bytes()) for path in self.files()]

    def by_file(self) -> list[tuple[Path, Acknowledgement]]:
        """Each with its file, by the batches and then in order."""
        return sorted(zip(self.files(), self.told(), strict=True), key=lambda one: one[0])

    def statuses(self) -> list[str]:
        return [one.release_status for one in self.told()]

    def about(self, delivery: Delivery) -> list[str]:
        return [
            one.release_status
            for one in self.told()
            if one.acknowledged_message_id == delivery.message_id
        ]

    def rule(self, kind: DecisionKind, name: str = "") -> None:
        """An operator decides about the release."""
        how = {"by": "ada", "reason": "the label asked", "at": self.world.clock()}
        books = StoredBooks(self.world.parts.store)
        with self.world.database.write() as session:
            release = name or self.world.release().id
            decisions.rule(session, kind, release, books=books, **how)  # type: ignore[arg-type]


@pytest.fixture
def post(world: World, schema_folder: SchemaFolder) -> Post:
    return Post(world, schema_folder)


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
@pytest.mark.timeout(120)
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
    told = _told(world)
    assert told == [
        *[("webhook", "delivery.accepted")] * 3,
        *[("webhook", "release.made_available")] * 2,
        ("webhook", "release.purged"),
    ]
    rebuilder = Rebuilder(world.database, StoredBooks(world.parts.store), world.clock)
    with scratch(tmp_path / "rebuild.db") as made:
        assert rebuilder.run(made, fresh=True).changed == ()
    anywhere.hear()
    assert (_told(world), len(anywhere.files())) == (told, 5)


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


def test_every_release_of_a_batch_is_answered(post: Post, tmp_path: Path) -> None:
    shapes = tuple(replace(SHORT, seed=seed) for seed in (1, 2, 3))
    sent = post.world.send(batch(tmp_path / "1", shapes=shapes).folder)
    post.hear()
    assert len(sent) == len(post.files()) == 3
    for one in sent:
        with post.world.database.write() as session:
            decisions.rule(
                *(session, DecisionKind.TAKE_DOWN, one.release_id or ""),
                by="ada",
                reason="all",
                at=post.world.clock(),
                books=StoredBooks(post.world.parts.store),
            )
    post.hear()
    for one in sent:
        assert post.about(one) == [LIVE, GONE]


def test_a_file_that_could_not_be_written_is_written_later(post: Post, tmp_path: Path) -> None:
    post.world.send(batch(tmp_path / "1").folder)
    post.hear()
    folder = post.files()[0].parent
    kept = [(path, path.read_bytes()) for path in post.files()]
    for path, _ in kept:
        path.unlink()
    folder.rmdir()
    folder.write_bytes(b"in the way")
    post.rule(DecisionKind.TAKE_DOWN)
    assert post.follow_ups.round() == 3, "the event, its answer, and a file that fails"
    assert post.follow_ups.round() == 1, "tried again"
    folder.unlink()
    assert post.follow_ups.round() == 1
    assert post.follow_ups.round() == 0
    assert post.statuses() == [GONE]


def test_all_answers_can_be_written_again(post: Post, tmp_path: Path) -> None:
    delivery = post.world.send_one(batch(tmp_path / "1").folder)
    post.hear()
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    before = {path: path.read_bytes() for path in post.files()}
    for path in before:
        path.unlink()
    with post.world.database.write() as session:
        told = tell_again(session, delivery.id, (), post.world.clock())
    assert {post.world.view / path for path in told["acknowledgement"]} == set(before)
    post.hear()
    assert {path: path.read_bytes() for path in post.files()} == before


def test_mails_and_posts_hear_of_every_answer(post: Post, tmp_path: Path) -> None:
    terms = {"notify": {"mail": ["a@label.example"], "webhook": "https://label.example/"}}
    post.world.change_feed(terms=terms)
    post.world.send(batch(tmp_path / "1").folder)
    post.hear()
    post.rule(DecisionKind.TAKE_DOWN)
    post.hear()
    assert _told(post.world) == [
        ("mail", "delivery.accepted"),
        ("mail", "release.taken_down"),
        ("webhook", "delivery.accepted"),
        ("webhook", "release.made_available"),
        ("webhook", "release.taken_down"),
    ]


def test_only_what_the_terms_name_is_told(post: Post, tmp_path: Path) -> None:
    notify = {"mail": ["a@label.example"], "webhook": "https://a.example", "events": ["refused"]}
    post.world.change_feed(terms={"notify": notify})
    post.world.send(batch(tmp_path / "1").folder)
    post.hear()
    assert _told(post.world) == []
    shape = replace(SHORT, seed=7)
    post.world.send(batch(tmp_path / "2", broken_audio, minute=5, shapes=(shape,)).folder)
    post.hear()
    assert _told(post.world) == [("mail", "delivery.refused"), ("webhook", "delivery.refused")]


def _told(world: World) -> list[tuple[str, str]]:
    query = select(Telling.channel, Telling.type).order_by(Telling.channel, Telling.type)
    with world.database.read() as session:
        assert set(session.scalars(select(Feed.id))) == {world.feed}
        return [(row[0], row[1]) for row in session.execute(query)]
