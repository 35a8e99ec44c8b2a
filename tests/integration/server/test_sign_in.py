"""Guessing passwords of people: one guard counts them with those of feeds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response

from core.auth import Role
from ingest.doors.common.audit import MemoryAudit
from ingest.doors.common.guard import Guard
from server.accounts.sessions import Sessions
from server.errors import SignInRequired
from server.services.visitors import Visitors

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.integration.server.world import World

pytestmark = pytest.mark.integration
STRANGER = "198.51.100.7"


def sign_in(client: TestClient, name: str, password: str) -> int:
    return client.post("/api/v1/session", json={"name": name, "password": password}).status_code


def guess(client: TestClient, name: str, tries: int = 10) -> list[int]:
    return [sign_in(client, name, "no") for _ in range(tries)]


def guard_of(world: World) -> Guard:
    assert world.parts.guard is not None
    return world.parts.guard


def test_who_guesses_is_banned_and_let_in_again(world: World) -> None:
    world.account("ada")
    client = world.client()
    assert guess(client, "ada") == [401] * 9 + [429]
    refused = client.post("/api/v1/session", json={"name": "Ada ", "password": "correct horse"})
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "banned"
    assert refused.headers["retry-after"] == "900"
    page = client.post("/sign-in", data={"username": "ada", "password": "correct horse"})
    assert "Too many failed logins; wait 15 min, or ask the operator." in page.text
    world.clock.advance(timedelta(minutes=15))
    assert sign_in(client, "ada", "correct horse") == 200


def test_many_names_of_one_address_are_one_guesser(world: World) -> None:
    client = world.client(STRANGER)
    guessed = [sign_in(client, f"name{number}", "no") for number in range(50)]
    assert guessed == [401] * 49 + [429]
    assert guard_of(world).admit(STRANGER, "sftp") is not None, "the other doors know of it"


def test_one_who_guesses_shuts_out_nobody_beside_him(world: World) -> None:
    """Behind one router: the account is banned from there, the others come in."""
    world.account("ada")
    world.account("bob")
    office = world.client(STRANGER)
    assert sign_in(office, "ada", "correct horse") == 200
    assert guess(office, "ada") == [401] * 9 + [429]
    assert sign_in(office, "ada", "correct horse") == 429
    assert sign_in(office, "bob", "correct horse") == 200
    assert guard_of(world).admit(STRANGER, "sftp") is None


def test_guesses_from_elsewhere_do_not_lock_anybody_out(world: World) -> None:
    world.signed_in("ada")
    for number in range(10):
        guess(world.client(f"198.51.100.{number}"), "ada", 1)
    assert sign_in(world.client("192.0.2.1"), "ada", "correct horse") == 429
    assert sign_in(world.client(), "ada", "correct horse") == 200


def test_a_feed_of_the_same_name_stays_open(world: World) -> None:
    guess(world.client(STRANGER), "ada")
    assert {ban.subject for ban in guard_of(world).bans()} == {"web:ada", f"{STRANGER} web:ada"}
    assert guard_of(world).barred("192.0.2.1", "ada", "sftp") is None


def test_sign_ins_of_operators_are_written_down_and_where_listeners_are_is_not(
    world: World,
) -> None:
    world.signed_in("ada")
    world.signed_in("olga", Role.OPERATOR)
    audit = guard_of(world).audit
    assert isinstance(audit, MemoryAudit)
    told = [(each.door, each.username, each.peer, each.outcome) for each in audit.of("login")]
    assert told == [("web", "web:olga", "203.0.113.9", "ok")]


def test_wrong_passwords_are_answered_later_and_later(world: World) -> None:
    waited: list[float] = []
    visitors = Visitors(
        world.database,
        Sessions(b"k" * 32, world.clock, lifetime=timedelta(days=1), secure=False),
        Guard(clock=world.clock),
        anonymous_may_play=False,
        ended=lambda _account: None,
        wait=waited.append,
    )
    request = Request({"type": "http", "client": (STRANGER, 50000), "headers": []})
    for _ in range(4):
        with pytest.raises(SignInRequired):
            visitors.enter(request, Response(), "ada", "no")
    assert waited == [0.5, 1.0, 2.0, 4.0]
