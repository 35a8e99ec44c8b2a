"""The HTTP door behind the real web server, over a real database, with two feeds."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx2
from sqlalchemy import select

from catalog.models import Delivery, InboxFile
from core import spawn
from core.clock import system_clock
from core.schemas import SchemaFolder
from ingest import feeds
from ingest.doors.common.bans import BanPolicy
from ingest.doors.common.upload import Intake
from ingest.doors.common.views import FeedViews
from ingest.doors.http import HttpDoor, HttpSettings
from ingest.feed_accounts import FeedAccounts
from ingest.receiving import DatabaseInbox
from server.accounts.feed_tokens import FeedCredentials, FeedTokens
from server.app import create_app, serve_web
from server.services.account import Account
from server.services.judging import Judge
from tests.fixtures.environment import program
from tests.fixtures.packages import SIDES
from tests.fixtures.patience import BUSY, seen
from tests.integration.doors.harness import quick_guard
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.clock import ManualClock
    from core.database import Database
    from ingest.doors.common.guard import Guard

SLOWER = BanPolicy(first=0.05, longest_delay=0.2, failures=0, account_failures=0)
QUICK = HttpSettings(idle=4.0, most=64 << 20)


@dataclass(frozen=True, slots=True)
class Sender:
    """One feed and its key."""

    feed: str
    key: str
    base: str

    @property
    def files(self) -> str:
        return f"{self.base}/api/v1/feeds/{self.feed}/files/"

    @property
    def uploads(self) -> str:
        return f"{self.base}/api/v1/feeds/{self.feed}/uploads"

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def client(self) -> httpx2.Client:
        return httpx2.Client(headers=self.headers, timeout=20 * BUSY)

    def curl(self, *argv: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one request by curl."""
        told = ["-sS", "--oauth2-bearer", self.key, "-w", "\n%{http_code}"]
        done = spawn.run([program("curl", "curl"), *told, *argv], timeout=50 * BUSY)
        assert done.code == 0, done.err
        body, _, status = done.out.decode().rpartition("\n")
        return int(status), json.loads(body) if body else {}


@dataclass(slots=True)
class Running:
    """A door at work: its data folder, its database and two senders."""

    data: Path
    database: Database
    door: HttpDoor
    alpha: Sender
    beta: Sender
    port: int
    clock: ManualClock

    def finished(self, path: str, sender: Sender | None = None) -> Path:
        return self.data / "inbox" / (sender or self.alpha).feed / path

    def partial(self, path: str) -> Path:
        return self.data / "partial" / self.alpha.feed / path

    def received(self) -> dict[str, int]:
        """Size by path of all that the inbox was told."""
        with self.database.read() as session:
            return {row.path: row.size for row in session.scalars(select(InboxFile))}

    def deliveries(self) -> list[Delivery]:
        with self.database.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.receipt)))

    def left_over(self) -> list[str]:
        """Files that no finished request may leave."""
        roots = (self.data / "partial", self.data / "http")
        found = (path for root in roots for path in seen(root))
        return sorted(path.name for path in found if path.suffix != ".json")


@contextmanager
def running_http(
    folder: Path,
    settings: HttpSettings = QUICK,
    intake: Intake | None = None,
    guard: Guard | None = None,
) -> Iterator[Running]:
    """The web application with the door, on its own event loop in its own thread."""
    data = folder / "data"
    again = data.is_dir()
    data.mkdir(parents=True, exist_ok=True)
    world = make_world(folder)
    database = world.database
    inbox = DatabaseInbox(database, data / "inbox", system_clock, lambda _ids: None)
    views = FeedViews(
        data=data,
        inbox=inbox,
        clock=system_clock,
        intake=intake or Intake(watermark=0),
        guard=guard or quick_guard(SLOWER),
    )
    tokens = FeedTokens(world.parts.secret, world.parts.clock)
    door = HttpDoor(
        data,
        keys=FeedCredentials(FeedAccounts(database, "http", clock=world.clock), tokens),
        views=views,
        clock=system_clock,
        settings=settings,
    )

    def judge(feed_id: str) -> Judge:
        account = Account.of(database, system_clock, SIDES.recipient_dpid, feed_id)
        return Judge(schemas=SchemaFolder(folder / "schemas"), account=account)

    app = create_app(replace(world.parts, door=door, judge=judge))
    served = serve_web(app, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{served.port}"
    kept = folder / "senders.json"
    if not again:
        made = [_sender(database, name) for name in ("alpha", "beta")]
        kept.write_text(json.dumps(made), encoding="utf-8")
    alpha, beta = (Sender(feed, key, base) for feed, key in json.loads(kept.read_text("utf-8")))
    thread = threading.Thread(target=lambda: asyncio.run(served.serve()))
    thread.start()
    try:
        yield Running(data, database, door, alpha, beta, served.port, world.clock)
    finally:
        served.stop()
        thread.join(20 * BUSY)
        door.close()
        database.close()


def _sender(database: Database, name: str) -> tuple[str, str | None]:
    with database.write() as session:
        feed, key = feeds.create(
            session, system_clock, name=name, dpid=SIDES.sender_dpid, protocol="http"
        )
        return feed.id, key
