"""Webhooks against real receivers: operators' and feeds', that fail first, drip, or are gone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from catalog.models import Feed, Telling
from core.clock import system_clock
from core.errors import NotFound, SettingsInvalid
from core.outbound import Outbound
from core.sealed import Sealer
from ingest import feed_credentials, tellings
from ingest.feed_credentials import Kind
from ingest.messengers import LATER, Messengers
from ingest.tell_again import tell_again
from ingest.webhooks import Receiver, Webhooks
from tests.fixtures.receivers import hook

if TYPE_CHECKING:
    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


class Desk:
    """Messengers of one world, whose clock tests move."""

    def __init__(
        self, world: World, url: str = "", *, private: bool = True, patience: float = 60
    ) -> None:
        self.world = world
        self.sealer = Sealer(world.parts.data.keys)
        hooks = Webhooks(
            world.database,
            world.clock,
            self.sealer,
            Outbound(allow_private=private),
            operators=Receiver(url, (SECRET,)),
            timeout=patience,
        )
        self.messengers = Messengers(world.database, world.clock, {tellings.WEBHOOK: hooks})

    def agree(self, url: str) -> str:
        """A webhook of the feed; its secret."""
        with self.world.database.write() as session:
            feed = session.get_one(Feed, self.world.feed)
            feed.terms = {"notify": {"webhook": url}}
            made = feed_credentials.issue(
                session, self.world.clock, feed, Kind.WEBHOOK_SECRET, sealer=self.sealer
            )
            return made.secret or ""

    def tell(self, key: str = "1") -> None:
        """Something that operators and the feed hear of."""
        with self.world.database.write() as session:
            feed = session.get_one(Feed, self.world.feed)
            about = {"batch": "N_1", "message": "two files are missing"}
            tellings.alert(session, feed, "attention", about, self.world.clock(), key=key)

    def rows(self) -> list[tuple[str, int, str]]:
        with self.world.database.read() as session:
            query = select(Telling).order_by(Telling.id)
            return [(row.id, row.tries, row.outcome) for row in session.scalars(query)]

    def said(self) -> str:
        with self.world.database.read() as session:
            return session.scalars(select(Telling.said).where(Telling.feed_id.is_not(None))).one()


def test_operators_and_the_feed_are_told_until_they_hear(world: World) -> None:
    # The library judges the age of what it verifies: the last try is now.
    world.clock.instant = system_clock() - sum(LATER[:2], timedelta())
    with hook([500, 503]) as operators, hook() as label:
        desk = Desk(world, operators.url)
        secret = desk.agree(label.url)
        desk.tell()
        assert desk.messengers.round() == 2
        assert desk.messengers.round() == 0, "not at once"
        assert desk.rows() == [
            ("attention_1", 1, "due"),
            (f"attention_1_{world.feed}", 1, "sent"),
        ]
        for wait in LATER[:2]:
            world.clock.advance(wait)
            assert desk.messengers.round() == 1
        assert desk.rows()[0] == ("attention_1", 3, "sent")
        world.clock.advance(timedelta(days=9))
        assert desk.messengers.round() == 0
    assert len(operators.got) == 3
    assert len({headers["webhook-id"] for headers, _ in operators.got}) == 1
    assert len({body for _, body in operators.got}) == 1
    headers, body = operators.got[-1]
    Webhook(SECRET).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    told = json.loads(body)
    assert (told["type"], told["data"]["feed"]) == ("delivery.attention", world.feed)
    headers, body = label.got[0]
    assert json.loads(body) == told
    signed = Webhook(secret).sign(
        headers["webhook-id"],
        datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC),
        body.decode(),
    )
    assert headers["webhook-signature"] == signed
    assert secret != SECRET


def test_while_a_secret_is_rotated_both_sign(world: World) -> None:
    world.clock.instant = system_clock()
    with hook() as label:
        desk = Desk(world)
        old = desk.agree(label.url)
        with world.database.write() as session:
            feed = session.get_one(Feed, world.feed)
            new = feed_credentials.rotate(
                session, world.clock, feed, Kind.WEBHOOK_SECRET, sealer=desk.sealer
            ).secret
        desk.tell()
        desk.messengers.round()
    headers, body = label.got[0]
    for secret in (old, new):
        Webhook(secret or "").verify(body, headers)


def test_a_receiver_that_is_gone_is_given_up_and_may_be_asked_again(world: World) -> None:
    with hook() as label:
        desk = Desk(world)
        desk.agree(label.url)
    desk.tell()
    for wait in (timedelta(), *LATER):
        world.clock.advance(wait)
        assert desk.messengers.round() >= 1
    assert desk.rows()[1][1:] == (len(LATER) + 1, "given_up")
    assert "Connect" in desk.said()
    with hook() as label:
        _move(world, label.url)
        assert desk.messengers.round() == 0
        with world.database.write() as session:
            row = session.get_one(Telling, f"attention_1_{world.feed}")
            row.outcome, row.tries, row.due_at = "due", 0, world.clock()
        assert desk.messengers.round() == 1
        assert label.got[0][0]["webhook-id"] == f"attention_1_{world.feed}"


def _move(world: World, url: str) -> None:
    with world.database.write() as session:
        session.get_one(Feed, world.feed).terms = {"notify": {"webhook": url}}


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        (410, "given_up", "HTTP 410"),
        (302, "due", "HTTP 302"),
        (0, "due", "ReadTimeout"),
        (404, "due", "HTTP 404"),
    ],
)
def test_answers_that_are_none(world: World, answer: int, outcome: str, said: str) -> None:
    with hook([answer]) as label:
        desk = Desk(world, patience=60 if answer else 0.5)
        desk.agree(label.url)
        desk.tell()
        desk.messengers.round()
        assert len(label.got) == 1, "a redirect is not followed"
    assert desk.rows()[1][2] == outcome
    assert desk.said().startswith(said)


def test_a_feed_can_not_name_an_address_of_ours(world: World) -> None:
    with hook() as inside:
        desk = Desk(world, private=False)
        desk.agree(inside.url)
        desk.tell()
        desk.messengers.round()
        assert not inside.got
    assert "no public address" in desk.said()


def test_a_dead_receiver_does_not_keep_others_waiting(world: World) -> None:
    with hook([0] * 10) as dead, hook() as operators:
        desk = Desk(world, operators.url, patience=3)
        desk.agree(dead.url)
        for number in range(10):
            desk.tell(str(number))
        assert desk.messengers.round() == 11, "one try at the dead one"
    assert len(operators.got) == 10


def test_without_a_secret_nothing_is_sent(world: World) -> None:
    with hook() as label:
        desk = Desk(world)
        _move(world, label.url)
        desk.tell()
        desk.messengers.round()
        assert not label.got
    assert "webhook_secret" in desk.said()


def test_an_address_of_operators_needs_a_key(world: World) -> None:
    guard, sealer = Outbound(), Sealer(world.parts.data.keys)
    for secrets in ((), ("whsec_",), ("short",)):
        with pytest.raises(SettingsInvalid, match=r"webhooks\.secret"):
            Webhooks(
                *(world.database, world.clock, sealer, guard),
                operators=Receiver("http://127.0.0.1/", secrets),
            )


def test_old_messages_are_forgotten(world: World) -> None:
    desk = Desk(world)
    desk.tell()
    desk.messengers.round()
    assert desk.rows()[0][2] == "given_up", "operators have no address"
    assert desk.messengers.sweep() == 0
    world.clock.advance(timedelta(days=31))
    assert desk.messengers.sweep() == 1
    with world.database.write() as session, pytest.raises(NotFound):
        tell_again(session, "no such", ["webhook"], world.clock())
