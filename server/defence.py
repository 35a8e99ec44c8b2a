"""The guard of all doors, as it is set up here, and what it needs to be done again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from catalog.models import Feed
from core.errors import SettingsInvalid
from ingest.bans import DatabaseBans
from ingest.doors.common.bans import BanPolicy, networks
from ingest.doors.common.guard import Guard, GuardPolicy
from ingest.doors.common.limits import NO_TERMS
from ingest.feed_changes import FeedChanges
from ingest.feed_terms import FeedTerms
from ingest.phase_01_scan import resume

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.database import Database
    from core.settings import Settings
    from ingest.audit_log import AuditLog
    from ingest.doors.common.bans import Network
    from ingest.phase_01_scan import Scanner
    from server.local import Local
    from server.wiring import Engine

_KNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Defence:
    """The guard, and the parts behind it that live in the database."""

    local: Local
    guard: Guard
    log: AuditLog
    scanner: Scanner | None
    bans: DatabaseBans
    changes: FeedChanges

    def tasks(self) -> tuple[tuple[str, float, Callable[[], object]], ...]:
        """Name, interval in seconds and work, for the caretaker."""
        return (
            ("audit", 0.5, self.log.flush),
            ("bans", 1.0, self.guard.refresh),
            ("sessions", 1.0, self._changed),
            ("scans", 10.0, self._resume),
            ("old entries", 600.0, self._tidy),
        )

    def _changed(self) -> None:
        """End sessions of feeds that were shut, and of those that may not be here any more."""
        changes = self.changes.poll()
        shut = {change.feed_id for change in changes if change.shut}
        self.guard.look_round(shut, {each.feed_id: each.protocols for each in changes})

    def _resume(self) -> None:
        resume(self.local.database, self.local.clock, self.scanner)

    def _tidy(self) -> None:
        now, keep = self.local.clock(), self.local.settings.audit
        self.log.trim(now, timedelta(days=keep.keep_days), keep.keep_rows)
        self.bans.forget(now)


def make_defence(engine: Engine) -> Defence:
    """The guard as the settings have it; bans of earlier runs hold from the start.

    Raises:
        SettingsInvalid: `guard.allow` has what is no network.
    """
    local = engine.local
    database, bans = local.database, DatabaseBans(local.database)
    guard = Guard(
        _policy(local.settings),
        clock=local.clock,
        store=bans,
        audit=engine.audit,
        terms=lambda feed_id: _terms(database, feed_id),
    )
    guard.refresh()
    guard.remember(engine.audit.logins(local.clock() - _KNOWN_FOR))
    scanner = engine.parts.scanner
    return Defence(local, guard, engine.audit, scanner, bans, FeedChanges(database))


def proxies(given: Sequence[str], setting: str) -> tuple[Network, ...]:
    """Networks of a setting.

    Raises:
        SettingsInvalid: one of them is none.
    """
    try:
        return networks(given)
    except ValueError as wrong:
        raise SettingsInvalid(
            f"setting {setting}: {wrong}", remedy="addresses or networks, such as 192.0.2.0/24"
        ) from wrong


def _policy(settings: Settings) -> GuardPolicy:
    chosen = settings.guard
    proxies(chosen.allow, "guard.allow")
    bans = BanPolicy(
        window=float(chosen.window_s),
        failures=chosen.failures,
        account_failures=chosen.account_failures,
        people_failures=chosen.people_failures,
        ban=float(chosen.ban_s),
        longest=float(chosen.longest_ban_s),
        allow=chosen.allow,
    )
    return GuardPolicy(bans=bans, connections=chosen.connections, per_address=chosen.per_address)


def _terms(database: Database, feed_id: str) -> FeedTerms:
    with database.read() as session:
        feed = session.get(Feed, feed_id)
        return FeedTerms.of(feed) if feed is not None else NO_TERMS
