"""Failed logins with names that PostgreSQL takes nowhere: they ban, and stand in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.database import Base, Database
from ingest.audit_log import AuditLog, Filters
from ingest.bans import DatabaseBans
from ingest.doors.common.bans import BanPolicy
from ingest.doors.common.guard import Guard, GuardPolicy
from tests.integration.core.postgres import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOSTILE = ("al\0pha", "half \ud800 a pair", "\udcff bytes", "\x1b[2J", "é" * 300, "")


def test_hostile_names_ban_and_are_written_down(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database = Database(str(request.getfixturevalue("postgres")))
    Base.metadata.create_all(database.engine)
    log, bans = AuditLog(database, tmp_path / "audit"), DatabaseBans(database)
    policy = GuardPolicy(bans=BanPolicy(failures=1, account_failures=1, allow=()))
    guard = Guard(policy, store=bans, clock=lambda: NOW, audit=log)
    for number, name in enumerate(HOSTILE):
        guard.failed(f"203.0.113.{number}", name, "sftp")
        guard.failed(f"198.51.100.{number}", f"web:{name}", "web", shared=True)
    guard.refresh()
    log.flush()
    kept = {(ban.kind, ban.subject) for ban in bans.load()}
    assert kept == {(ban.kind, ban.subject) for ban in guard.bans()}
    assert {"al\\x00pha", "half \\ud800 a pair", "\\udcff bytes", "é" * 100} <= {
        subject for _, subject in kept
    }
    again = Guard(policy, store=bans, clock=lambda: NOW)
    again.refresh()
    assert all(again.barred("192.0.2.1", name, "ftp") for name in HOSTILE if name)
    with database.read() as session:
        written = list(session.scalars(Filters(what="login").query()))
    assert len(written) == 2 * len(HOSTILE)
    log.close()
    database.close()
