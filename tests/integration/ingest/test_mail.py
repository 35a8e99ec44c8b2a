"""Mails to a feed's people, taken by a real mail server: text, reasons, links, no forged header."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from catalog.models import Feed, Telling
from core.clock import system_clock
from core.errors import SettingsInvalid
from ingest import tellings
from ingest.doors.common.certificate import ensure_certificate
from ingest.follow_ups import FollowUps
from ingest.mail import Mail, MailServer
from ingest.messengers import LATER, Messengers
from tests.fixtures.mailbox import mailbox
from tests.integration.ingest.batches import batch, broken_audio, retitled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fixtures.mailbox import Postbox
    from tests.integration.ingest.world import World

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
SENDER = "segue@music.example"


@contextmanager
def post_office(tls: ssl.SSLContext | None = None) -> Iterator[tuple[Postbox, MailServer]]:
    """A mail server; with `tls` it wants STARTTLS and a login."""
    with mailbox(tls) as box:
        yield (
            box,
            MailServer(host="127.0.0.1", port=box.port, security="none", sender=SENDER, timeout=60),
        )


class Mails:
    def __init__(self, world: World, server: MailServer, *to: str) -> None:
        self.world = world
        world.change_feed(terms={"notify": {"mail": list(to or ("a@label.example",))}})
        channel = Mail(server, world.clock, lambda: "https://music.example")
        self.follow_ups = FollowUps(world.parts, operators=False)
        self.messengers = Messengers(world.database, world.clock, {tellings.MAIL: channel})

    def round(self) -> None:
        self.follow_ups.round()
        self.messengers.round()

    def rows(self) -> list[tuple[str, int, str]]:
        with self.world.database.read() as session:
            return [(row.outcome, row.tries, row.said) for row in session.scalars(select(Telling))]


def test_an_accepted_delivery(world: World, tmp_path: Path) -> None:
    with post_office() as (box, server):
        mails = Mails(world, server, "a@label.example", "b@label.example")
        delivery = world.send_one(batch(tmp_path / "1", retitled("Übermut")).folder)
        mails.round()
        mails.round()
    [mail] = box.got
    assert box.to == [["a@label.example", "b@label.example"]]
    assert mail["From"].addresses[0].addr_spec == SENDER
    assert mail["Subject"] == f"Accepted: {delivery.artist} - Übermut"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<ans_1_mail@music.example>"
    text = mail.get_content()
    assert delivery.acknowledgement in text
    assert "ReleaseMadeAvailableToConsumers" in text
    assert f"https://music.example/console/deliveries/{delivery.id}" in text
    assert mails.rows() == [("sent", 1, "taken by the mail server")]


def test_a_refused_delivery_says_why_and_how_to_mend_it(world: World, tmp_path: Path) -> None:
    with post_office() as (box, server):
        mails = Mails(world, server)
        delivery = world.send_one(batch(tmp_path / "1", broken_audio).folder)
        mails.round()
    text = box.got[0].get_content()
    assert box.got[0]["Subject"].startswith("Refused: ")
    for finding in delivery.findings:
        assert finding["code"] in text
        assert " ".join(finding["message"].split()) in text
        assert finding["remedy"] in text


def test_no_value_forges_a_header_or_a_line(world: World) -> None:
    evil = "x\r\nBcc: all@example.com\r\n\r\n<b>body</b>\u2028\x1b[2J\u202e"
    with post_office() as (box, server):
        mails = Mails(world, server)
        with world.database.write() as session:
            feed = session.get_one(Feed, world.feed)
            about = {"batch": evil, "message": evil, "title": evil, "artist": evil}
            tellings.alert(session, feed, "attention", about, world.clock(), key="1")
        mails.messengers.round()
    [mail] = box.got
    assert mail["Bcc"] is None
    assert box.to == [["a@label.example"]]
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content()
    assert not any(line.startswith("Bcc") for line in text.splitlines())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert set(mail.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }


@pytest.mark.parametrize("address", ["a@b.example\nBcc: c@d.example", "a b@c.example", "@", "a@[x"])
def test_an_address_that_is_none_is_said(world: World, address: str) -> None:
    """The terms take none of them; a row that holds one all the same harms nobody."""
    server = MailServer(host="127.0.0.1", port=1, security="none", sender=SENDER)
    row = Telling(id="x", type="delivery.accepted", body={"timestamp": "", "data": {}})
    with pytest.raises(ValueError):  # noqa: PT011 - of the library too
        Mail(server, world.clock, str).compose(row, [address])


def test_what_the_server_puts_off_is_sent_later_and_once(world: World, tmp_path: Path) -> None:
    with post_office() as (box, server):
        box.answers = ["451 come back later", "451 and later still"]
        mails = Mails(world, server)
        world.send_one(batch(tmp_path / "1").folder)
        mails.round()
        assert mails.rows() == [("due", 1, "451 come back later")]
        mails.round()
        assert mails.rows()[0][1] == 1, "not at once"
        for wait in LATER[:2]:
            world.clock.advance(wait)
            mails.round()
        assert mails.rows()[0][:2] == ("sent", 3)
        mails.round()
    assert len(box.got) == 1


def test_one_address_that_is_gone_does_not_keep_the_others(world: World, tmp_path: Path) -> None:
    with post_office() as (box, server):
        mails = Mails(world, server, "gone@label.example", "b@label.example")
        world.send_one(batch(tmp_path / "1").folder)
        mails.round()
        assert box.to == [["b@label.example"]]
        assert mails.rows() == [("sent", 1, "gone@label.example refused: 550 no such box")]
        _all_gone(mails, world, tmp_path)


def _all_gone(mails: Mails, world: World, tmp_path: Path) -> None:
    world.change_feed(terms={"notify": {"mail": ["gone@label.example"]}})
    world.send_one(batch(tmp_path / "2", retitled("New"), minute=3).folder)
    mails.round()
    assert mails.rows()[1][0] == "due"


def test_a_server_that_is_away_is_tried_again(world: World, tmp_path: Path) -> None:
    away = MailServer(host="127.0.0.1", port=1, security="none", sender=SENDER, timeout=1)
    mails = Mails(world, away)
    world.send_one(batch(tmp_path / "1").folder)
    mails.round()
    [(outcome, tries, said)] = mails.rows()
    assert (outcome, tries) == ("due", 1)
    assert "refused" in said


def test_starttls_and_a_login(world: World, tmp_path: Path) -> None:
    kept = ensure_certificate(tmp_path / "keys", ["127.0.0.1"], system_clock)
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(kept.chain, kept.key)
    trusting = ssl.create_default_context(cafile=str(kept.chain))
    with post_office(inside) as (box, plain):
        server = replace(plain, security="starttls", user="segue", password="secret", tls=trusting)
        mails = Mails(world, server)
        world.send_one(batch(tmp_path / "1").folder)
        mails.round()
        assert mails.rows()[0][0] == "sent", mails.rows()
    assert len(box.got) == 1


def test_without_a_server_mails_are_given_up_and_say_so(world: World, tmp_path: Path) -> None:
    mails = Mails(world, MailServer())
    world.send_one(batch(tmp_path / "1").folder)
    mails.round()
    assert mails.rows() == [("given_up", 1, "no mail server: mail.host is not set")]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"sender": ""}, "mail.sender"),
        ({"sender": "no address"}, "mail.sender"),
        ({"sender": SENDER, "security": "none", "user": "a", "password": "b"}, "in clear"),
    ],
)
def test_settings_that_can_not_be(world: World, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        Mail(MailServer(host="mail.example", **settings), world.clock, str)
