"""Feeds are judged when made, and only their own secret opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from catalog.models import Feed
from core.clock import system_clock
from core.errors import Conflict, Misuse
from ingest import feed_credentials, feeds
from ingest.feed_accounts import FeedAccounts
from ingest.feed_credentials import Kind
from tests.fixtures.packages import SENDER

if TYPE_CHECKING:
    from tests.integration.ingest.world import World

pytestmark = pytest.mark.integration
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1bp0Y3cX0m8n0oFh1Yb0gE4j5Ck0e0o3m8Lq3x0b7h"
OTHER_KEY = KEY.replace("Y3c", "Y4c")


def _create(world: World, **how: Any) -> tuple[Feed, str | None]:
    with world.database.write() as session:
        return feeds.create(session, world.clock, **{"name": "Lantern Hill", "dpid": SENDER, **how})


def test_a_feed_with_a_password(world: World) -> None:
    feed, password = _create(world)
    assert password
    assert len(password) >= 20
    assert (feed.username, feed.protocol) == ("lantern-hill", "sftp")
    assert feed.created_at == world.clock()
    with world.database.read() as session:
        (kept,) = feed_credentials.of_feed(session, feed.id)
    stored = kept.kept
    assert stored.startswith("$argon2id$")
    assert password not in stored

    accounts = FeedAccounts(world.database, "sftp")
    login = accounts.authenticate_password("lantern-hill", password, "peer")
    assert login is not None
    assert (login.feed_id, login.name) == (feed.id, "Lantern Hill")
    for name, secret in (
        ("lantern-hill", password + "x"),
        ("lantern-hill", ""),
        ("lantern-hill", "\ud800"),
        ("Lantern Hill", password),
        ("label", password),
        ("nobody", password),
        ("' OR 1=1 --", password),
    ):
        assert accounts.authenticate_password(name, secret, "peer") is None
    assert accounts.authenticate_key("lantern-hill", KEY, "peer") is None


def test_a_feed_with_keys_has_no_password(world: World) -> None:
    feed, password = _create(world, public_keys=[f"{KEY} somebody@example\n"])
    assert password is None
    with world.database.read() as session:
        kept = feed_credentials.of_feed(session, feed.id)
    assert [(one.kind, one.public, one.kept) for one in kept] == [(Kind.PUBLIC_KEY, KEY, "")]

    accounts = FeedAccounts(world.database, "sftp")
    login = accounts.authenticate_key("lantern-hill", f"{KEY} another comment", "peer")
    assert login is not None
    assert login.feed_id == feed.id
    assert accounts.authenticate_key("lantern-hill", OTHER_KEY, "peer") is None
    assert accounts.authenticate_key("label", KEY, "peer") is None
    assert accounts.authenticate_key("nobody", KEY, "peer") is None
    assert accounts.authenticate_key("lantern-hill", "", "peer") is None
    assert accounts.authenticate_password("lantern-hill", "", "peer") is None


def test_a_disabled_feed_is_closed(world: World) -> None:
    feed, password = _create(world)
    keyed, _ = _create(world, name="Keyed", public_keys=[KEY])
    with world.database.write() as session:
        for one in session.scalars(select(Feed)):
            one.disabled = True
    accounts = FeedAccounts(world.database, "sftp")
    assert accounts.authenticate_password(feed.username, password or "", "peer") is None
    assert accounts.authenticate_key(keyed.username, KEY, "peer") is None


def test_a_password_opens_the_doors_of_its_protocol_only(world: World) -> None:
    for protocol in ("sftp", "ftps", "ftp"):
        feed, password = _create(world, name=f"by {protocol}", protocol=protocol)
        for door in ("sftp", "ftps", "ftp"):
            accounts = FeedAccounts(world.database, door)
            login = accounts.authenticate_password(feed.username, password or "", "peer")
            assert (login is not None) == (door == protocol)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"name": " "}, "printable name"),
        ({"name": "x" * 201}, "printable name"),
        ({"name": "two\nlines"}, "printable name"),
        ({"dpid": "12345"}, "no DDEX party id"),
        ({"dpid": ""}, "no DDEX party id"),
        ({"protocol": "gopher"}, "no door"),
        ({"acknowledgements": "17"}, "no acknowledgement version"),
        ({"public_keys": ["ssh-ed25519"]}, "no OpenSSH public key"),
        ({"public_keys": ["-----BEGIN OPENSSH PRIVATE KEY-----"]}, "no OpenSSH public key"),
        ({"public_keys": ['command="sh" ' + KEY]}, "no OpenSSH public key"),
        ({"public_keys": [KEY], "protocol": "ftps"}, "SFTP door only"),
    ],
)
def test_what_cant_be_a_feed(world: World, how: dict[str, Any], said: str) -> None:
    with pytest.raises(Misuse, match=said) as refused:
        _create(world, **how)
    assert refused.value.exit_code == 2
    with world.database.read() as session:
        assert session.scalars(select(Feed.name)).all() == ["label"]


def test_a_name_is_used_once(world: World) -> None:
    with pytest.raises(Conflict, match="exists already"):
        _create(world, name="label")


@pytest.mark.parametrize("name", ["Lantern_Hill", "LANTERN hill!", "Lántern Hill"])
def test_login_names_are_plain_and_differ(world: World, name: str) -> None:
    first, _ = _create(world)
    second, _ = _create(world, name=name)
    assert first.username != second.username
    assert second.username.isascii()
    assert second.username == second.username.lower().strip("-")
    assert len(second.username) <= 32


def test_a_dpid_is_kept_in_its_plain_spelling(world: World) -> None:
    spelled = f"{SENDER[:6]}-{SENDER[6:7]}-{SENDER[7:-1]}-{SENDER[-1]}".lower()
    assert _create(world, dpid=spelled)[0].dpid == SENDER


def test_a_policy_keeps_what_else_was_agreed(world: World) -> None:
    feed, _ = _create(world, policy="strict")
    with world.database.write() as session:
        row = session.get_one(Feed, feed.id)
        row.policy = {**row.policy, "enriches_others": True, "rights": {"tis": True}}
        feeds.change_policy(row, sets=["ERN-1702=off"])
    with world.database.read() as session:
        row = session.get_one(Feed, feed.id)
        assert row.policy["enriches_others"] is True
        assert feeds.facts_of(row, "", system_clock()).tis_agreed
        assert feeds.policy_of(row).to_json() == {
            "name": "strict",
            "overrides": {"ERN-1702": "off"},
        }


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ({}, "normal"),
        ({"name": "lenient", "overrides": {"ERN-9999": "off"}}, "lenient"),
        ({"name": "of old", "overrides": {}}, "normal"),
    ],
)
def test_a_stored_rule_that_is_no_more_is_passed_over(
    world: World, stored: dict[str, Any], name: str
) -> None:
    feed, _ = _create(world)
    feed.policy = stored
    assert feeds.policy_of(feed).to_json() == {"name": name, "overrides": {}}


def test_a_feed_with_a_policy_that_is_none_is_not_made(world: World) -> None:
    with pytest.raises(Misuse, match="no policy 'stric'") as refused:
        _create(world, policy="stric")
    assert "did you mean strict?" in refused.value.remedy
