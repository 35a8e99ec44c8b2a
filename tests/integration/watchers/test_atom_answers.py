"""What goes back to a sender's web service, over real HTTP: the status, then the deletion."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from catalog.models import Answer, Delivery, Feed, Telling, WatchedObject
from core.outbound import Outbound
from ingest import tellings
from ingest.feed_terms import FeedTerms
from ingest.messengers import LATER, Messengers
from ingest.tell_again import tell_again
from ingest.watchers.atom_answers import AtomAnswers
from tests.integration.watchers.test_atom import Asking, ask, offer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.watchers.sender import Sender

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
ACK = b"<AcknowledgementMessage/>"
PLACE = "acknowledgements/ACK_one.xml"


@dataclass(slots=True)
class Answering:
    """A delivery that came from a web service, and what is told about it."""

    asking: Asking
    sender: Sender
    delivery: str
    messengers: Messengers = field(init=False)

    def __post_init__(self) -> None:
        world = self.asking.world
        channel = AtomAnswers(
            database=world.database,
            inbox=world.root / "inbox",
            outbound=self.asking.poller.outbound,
            credential=self.asking.poller.credential,
        )
        channels = {tellings.ATOM: channel}
        self.messengers = Messengers(world.database, world.clock, channels)

    def settle(self, outcome: str = "accepted", protocol: str = "atom") -> None:
        """The delivery ends; its acknowledgement is written."""
        world = self.asking.world
        place = world.root / "inbox" / self.asking.feed / PLACE
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(ACK)
        with world.database.write() as session:
            delivery = session.get_one(Delivery, self.delivery)
            delivery.protocol = protocol
            answer = Answer(
                delivery_id=delivery.id,
                feed_id=self.asking.feed,
                outcome=outcome,
                status="ReleaseMadeAvailableToConsumers",
                path=PLACE,
                at=world.clock(),
            )
            session.add(answer)
            session.flush()
            feed = session.get_one(Feed, self.asking.feed)
            tellings.of_answer(session, answer, delivery, feed, event=None, operators=False)

    def round(self, *, after: timedelta = LATER[0]) -> list[tuple[str, str]]:
        """Send what is due; what came to the sender."""
        self.sender.told.clear()
        self.asking.world.clock.advance(after)
        self.messengers.round()
        return [(told.method, told.path) for told in self.sender.told]

    def rows(self) -> list[tuple[str, str, str]]:
        """Type, outcome and what was said, in their order."""
        with self.asking.world.database.read() as session:
            found = session.scalars(select(Telling).order_by(Telling.made_at)).all()
            return [(row.type, row.outcome, row.said) for row in found]

    def agree(self, **agreed: object) -> None:
        """Other terms."""
        world = self.asking.world
        with world.database.write() as session:
            feed = session.get_one(Feed, self.asking.feed)
            watch = {**feed.terms["watch"], **agreed}
            feed.terms = FeedTerms.read({"watch": watch}).to_json()


@pytest.fixture
def answering(sender: Sender, tmp_path: Path) -> Answering:
    asking = ask(tmp_path, sender, status_url=f"{sender.url}/status", delete_taken=True)
    sender.publish(offer(sender))
    assert asking.round().fetched == 1
    (delivery,) = asking.world.deliveries()
    return Answering(asking, sender, delivery.id)


def test_the_status_is_posted_and_the_message_taken_off(
    sender: Sender, answering: Answering
) -> None:
    answering.settle()
    assert answering.round() == [("POST", "/status")]
    (posted,) = sender.told
    assert answering.round() == [("DELETE", "/messages/one")]
    (deleted,) = sender.told
    assert posted.body == ACK
    assert posted.authorization == deleted.authorization == "Basic YWNtZTpzZWNyZXQ="
    assert answering.rows() == [
        ("atom.status", "sent", "POST: HTTP 200"),
        ("atom.delete", "sent", "DELETE: HTTP 200"),
    ]
    assert answering.round(after=timedelta(days=1)) == []


def test_what_fails_is_sent_again_and_nothing_is_lost_before(
    sender: Sender, answering: Answering
) -> None:
    """The message stays on the list until its sender has the status."""
    sender.answers = [503, 503]
    answering.settle()
    assert answering.round() == [("POST", "/status")]
    assert answering.rows()[0][1:] == ("due", "POST: HTTP 503")
    assert answering.round() == [("POST", "/status")]
    assert answering.round(after=LATER[1]) == [("POST", "/status")]
    assert answering.round() == [("DELETE", "/messages/one")]


def test_a_sender_that_never_answers_keeps_its_message(
    sender: Sender, answering: Answering
) -> None:
    sender.answers = [410]
    answering.settle()
    assert answering.round() == [("POST", "/status")]
    assert answering.round(after=timedelta(days=8)) == []
    assert [outcome for _, outcome, _ in answering.rows()] == ["given_up", "given_up"]


@pytest.mark.parametrize("status", [404, 410, 204])
def test_what_is_gone_already_is_done(sender: Sender, answering: Answering, status: int) -> None:
    sender.answers = [200, status]
    answering.settle()
    answering.round()
    answering.round()
    assert [outcome for _, outcome, _ in answering.rows()] == ["sent", "sent"]


@pytest.mark.parametrize("outcome", ["held", "refused", "failed"])
def test_only_what_was_accepted_is_taken_off(answering: Answering, outcome: str) -> None:
    answering.settle(outcome)
    assert answering.round() == [("POST", "/status")]


def test_nothing_is_taken_off_unless_agreed(answering: Answering) -> None:
    answering.agree(delete_taken=False)
    answering.settle()
    assert answering.round() == [("POST", "/status")]


def test_nothing_is_posted_unless_agreed(answering: Answering) -> None:
    answering.agree(status_url="")
    answering.settle()
    assert answering.round() == [("DELETE", "/messages/one")]


def test_another_door_is_answered_there(answering: Answering) -> None:
    answering.settle(protocol="sftp")
    assert answering.rows() == []


def test_a_newer_message_of_the_entry_stays(answering: Answering) -> None:
    answering.settle()
    with answering.asking.world.database.write() as session:
        row = session.scalars(select(WatchedObject)).one()
        row.top = "N_20261121120000999"
    assert answering.round() == [("POST", "/status")]
    assert answering.round() == []
    assert answering.rows()[1][1:] == ("given_up", "the entry has become another")


def test_it_follows_what_moved_and_leaves_the_credential_at_home(
    sender: Sender, answering: Answering
) -> None:
    elsewhere = sender.url.replace("127.0.0.1", "localhost")
    sender.moved["/status"] = f"{elsewhere}/new"
    answering.settle()
    assert answering.round()[0] == ("POST", "/new")
    assert sender.told[0].authorization is None
    assert sender.told[0].body == ACK


def test_answers_pass_the_guard_and_stay_off_plain_http(
    sender: Sender, answering: Answering
) -> None:
    answering.asking.poller.outbound = Outbound(allow_private=False)
    answering.__post_init__()
    answering.settle()
    assert answering.round() == []
    assert "no public address" in answering.rows()[0][2]
    answering.asking.poller.outbound = Outbound(allow_private=True)
    answering.__post_init__()
    answering.agree(plain_http=False)
    assert answering.round() == []
    assert "plain http" in answering.rows()[0][2]
    assert sender.told == []


def test_told_again_by_hand(answering: Answering) -> None:
    answering.settle()
    answering.round()
    answering.round()
    world = answering.asking.world
    with world.database.write() as session:
        told = tell_again(session, answering.delivery, [tellings.ATOM], world.clock())
    assert len(told[tellings.ATOM]) == 2
    assert answering.round() == [("POST", "/status"), ("DELETE", "/messages/one")]
