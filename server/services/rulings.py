"""Where the gate learns: the catalogue's rights, its events, the accounts' epochs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.models import Account
from catalog.queries.audience import Audience
from catalog.queries.playing import events_after, find_playable
from catalog.queries.previews import find_preview
from server.playback.gate import Ruling, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from catalog.rights import Verdict
    from core.database import Database
    from server.playback.tokens import Grant

_GONE = Ruling(
    allowed=False,
    reason="taken_down",
    message="It is not part of the catalogue any more.",
    until=None,
    next_change=None,
)

_NOT_IN_PLAN = replace(
    _GONE, reason="not_in_plan", message="The plan does not have this way of listening any more."
)


def _ruling(verdict: Verdict) -> Ruling:
    return Ruling(
        allowed=verdict.allowed,
        reason=verdict.reason.code.value,
        message=verdict.reason.message,
        until=verdict.until,
        next_change=verdict.next_change,
    )


class Rulings:
    """Implements `server.playback.gate.GateSource` on the database."""

    def __init__(
        self, database: Database, tiers: Mapping[str, tuple[tuple[str, str], ...]]
    ) -> None:
        self._database = database
        self._tiers = tiers

    def ruling(self, grant: Grant, at: datetime) -> Ruling:
        """Rights decide for the very model and use that the play stands under, as long as its tier
        may have these."""
        if grant.clip:
            return self._of_preview(grant, at)
        if (grant.model, grant.use) not in self._tiers.get(grant.tier, ()):
            return _NOT_IN_PLAN
        audience = Audience(
            territory=grant.territory, tier=grant.tier, wanted=((grant.model, grant.use),)
        )
        with self._database.read() as session:
            found = find_playable(session, grant.release, grant.recording, audience, at)
        if found is None:
            return _GONE
        return _ruling(found.verdict)

    def _of_preview(self, grant: Grant, at: datetime) -> Ruling:
        audience = Audience(territory=grant.territory, tier=grant.tier, wanted=())
        with self._database.read() as session:
            asked = find_preview(session, grant.release, grant.recording, audience, at)
        return _ruling(asked.verdict) if asked else _GONE

    def events_after(self, last: int | None) -> tuple[int, Sequence[str]]:
        """From the outbox of the catalogue."""
        with self._database.read() as session:
            return events_after(session, last)

    def standings(self, accounts: Collection[str]) -> Mapping[str, Standing]:
        """In chunks, because a database takes only so many values in one query."""
        wanted = list(accounts)
        found: dict[str, Standing] = {}
        with self._database.read() as session:
            for start in range(0, len(wanted), 500):
                chunk = wanted[start : start + 500]
                query = select(Account.id, Account.epoch, Account.tier, Account.territory).where(
                    Account.id.in_(chunk)
                )
                found.update({row[0]: Standing(*row[1:]) for row in session.execute(query)})
        return found
