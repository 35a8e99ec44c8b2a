"""Webhooks against a real receiver that fails first."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from catalog import events
from catalog.lifecycle import EventKind
from catalog.models import WebhookPost
from core.clock import ManualClock, system_clock
from core.database import Base, Database
from core.errors import SettingsInvalid
from core.settings import Webhooks as Settings
from ingest.testing import DirectWork
from server.webhooks import LATER, Webhooks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


class Receiver(HTTPServer):
    """Answers with `answers` in turn, then 204; keeps what it got."""

    def __init__(self, answers: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.got: list[tuple[dict[str, str], bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver([500, 503])
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    Base.metadata.create_all(made.engine)
    yield made
    made.close()


def tell(database: Database, kind: EventKind, clock: ManualClock) -> None:
    with database.write() as session:
        events.tell(session, kind, "release-1", clock())


def posts(database: Database) -> list[tuple[int, str]]:
    with database.read() as session:
        query = select(WebhookPost).order_by(WebhookPost.event_id)
        return [(row.tries, row.outcome) for row in session.scalars(query)]


def test_it_is_told_until_it_hears(database: Database, receiver: Receiver) -> None:
    # The library judges the age of what it verifies: the last try is now.
    clock, work = ManualClock(system_clock() - sum(LATER[:2], timedelta())), DirectWork()
    address = f"http://127.0.0.1:{receiver.server_port}/hook"
    hooks = Webhooks(database, clock, Settings(url=address, secret=SECRET))
    hooks.register(work)
    tell(database, EventKind.MADE_AVAILABLE, clock)
    assert hooks.round(work) == 0, "what happened before the first round is not told"
    tell(database, EventKind.TAKEN_DOWN, clock)
    assert hooks.round(work) == 1
    assert posts(database) == [(1, "due")]
    assert hooks.round(work) == 0, "not at once"
    for wait in LATER[:2]:
        clock.advance(wait)
        assert hooks.round(work) == 1
    assert posts(database) == [(3, "sent")]
    clock.advance(timedelta(days=9))
    assert hooks.round(work) == 0
    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    headers, body = receiver.got[-1]
    Webhook(SECRET).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)
    told = json.loads(body)
    assert (told["type"], told["data"]["release_id"]) == ("release.taken_down", "release-1")


def test_a_receiver_that_is_gone_is_given_up(database: Database) -> None:
    clock, work = ManualClock(NOW), DirectWork()
    hooks = Webhooks(
        database, clock, Settings(url="http://127.0.0.1:1/", secret=SECRET, timeout_s=2)
    )
    hooks.register(work)
    hooks.round(work)
    tell(database, EventKind.CHANGED, clock)
    for wait in (timedelta(), *LATER):
        clock.advance(wait)
        assert hooks.round(work) == 1
    assert posts(database) == [(len(LATER) + 1, "given_up")]
    with database.read() as session:
        assert "Connect" in session.scalars(select(WebhookPost.said)).one()


def test_an_address_needs_a_key(database: Database) -> None:
    with pytest.raises(SettingsInvalid, match="secret"):
        Webhooks(database, ManualClock(NOW), Settings(url="http://127.0.0.1/"))
    silent = Webhooks(database, ManualClock(NOW), Settings())
    assert silent.round(DirectWork()) == 0
