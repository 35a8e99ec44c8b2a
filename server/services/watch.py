"""What operators see of the doors: the audit log, and who is kept out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest import audit_log, bans
from ingest.bans import DatabaseBans
from ingest.doors.common.audit import Entry, shown

if TYPE_CHECKING:
    from core.clock import Clock
    from core.database import Database
    from ingest.audit_log import Filters
    from ingest.doors.common.audit import Audit

Shape = dict[str, Any]


class DoorWatch:
    """Who may call it is judged before. `audit` is told what operators do here."""

    def __init__(self, database: Database, clock: Clock, audit: Audit | None) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._bans = DatabaseBans(database)

    def entries(self, filters: Filters, limit: int) -> Shape:
        """`{"entries": [...], "before": id or None}`, the newest first; `before` asks for more."""
        with self._database.read() as session:
            found = session.scalars(filters.query().limit(limit + 1)).all()
        rows = [audit_log.to_json(row) for row in found[:limit]]
        return {"entries": rows, "before": rows[-1]["id"] if len(found) > limit else None}

    def bans(self) -> Shape:
        """`{"bans": [...]}` in force, the newest first."""
        now = self._clock()
        found = sorted((b for b in self._bans.load() if b.until > now), key=lambda b: b.since)
        return {"bans": [bans.to_json(ban) for ban in reversed(found)]}

    def lift(self, subject: str, by: str) -> Shape:
        """Let an address, a network or an account in again; `{"lifted": [...]}`.

        Raises:
            NotFound: nothing of this name is banned.
        """
        lifted = self._bans.lift(subject)
        for ban in lifted if self._audit is not None else ():
            self._audit.record(  # type: ignore[union-attr]
                Entry(
                    at=self._clock(),
                    what="lift",
                    door="operator",
                    username=shown(by),
                    target=shown(ban.subject),
                    detail=ban.kind.value,
                )
            )
        return {"lifted": [bans.to_json(ban) for ban in lifted]}
