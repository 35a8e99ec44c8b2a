"""What operators see of the doors, and whose forwarded address is believed."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from core.errors import NotFound
from ingest.audit_log import AuditLog, Filters
from ingest.bans import DatabaseBans
from ingest.doors.common.audit import Entry, MemoryAudit
from server.app import serve_web
from server.services.watch import DoorWatch
from tests.integration.server.world import make_world

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_operators_page_through_entries_and_lift_bans(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    log, audit = AuditLog(world.database, tmp_path / "audit"), MemoryAudit()
    for number in range(5):
        log.record(Entry(at=NOW, what="upload", door="sftp", path=f"{number}.wav"))
    log.close()
    watch = DoorWatch(world.database, lambda: NOW, audit)
    first = watch.entries(Filters(), 3)
    assert [each["path"] for each in first["entries"]] == ["4.wav", "3.wav", "2.wav"]
    rest = watch.entries(Filters(before=first["before"]), 3)
    assert [each["path"] for each in rest["entries"]] == ["1.wav", "0.wav"]
    assert rest["before"] is None
    bans = DatabaseBans(world.database)
    bans.add("account", "<b>alpha</b>", NOW, NOW + timedelta(hours=1))
    bans.add("address", "203.0.113.9", NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    assert [ban["subject"] for ban in watch.bans()["bans"]] == ["<b>alpha</b>"]
    watch.lift("<b>alpha</b>", "op")
    assert watch.bans() == {"bans": []}
    [told] = audit.of("lift")
    assert (told.username, told.target) == ("op", "<b>alpha</b>")
    with pytest.raises(NotFound):
        watch.lift("alpha", "op")
    world.database.close()


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        ((), "192.0.2.7", "127.0.0.1"),
        (("10.0.0.0/8",), "192.0.2.7", "127.0.0.1"),
        (("127.0.0.0/8",), "192.0.2.7", "192.0.2.7"),
        (("127.0.0.0/8",), "203.0.113.1, 192.0.2.7", "192.0.2.7"),
    ],
)
def test_forwarded_addresses_are_believed_of_listed_proxies_only(
    proxies: tuple[str, ...], forwarded: str, seen: str
) -> None:
    def who(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.client.host if request.client else "")

    served = serve_web(Starlette(routes=[Route("/", who)]), "127.0.0.1", 0, proxies=proxies)
    thread = threading.Thread(target=lambda: asyncio.run(served.serve()))
    thread.start()
    try:
        headers = {"x-forwarded-for": forwarded}
        answer = httpx2.get(f"http://127.0.0.1:{served.port}/", headers=headers, timeout=80)
        assert answer.text == seen
    finally:
        served.stop()
        thread.join(80)
