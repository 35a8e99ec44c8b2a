"""Plays that are long in the ledger are parted from who heard them; the numbers stay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from catalog.models import Play

if TYPE_CHECKING:
    from core.clock import Clock
    from core.database import Database

_BATCH = 2_000


def sweep(database: Database, clock: Clock, keep_days: int) -> int:
    """Forget who heard plays that were closed more than `keep_days` ago; gives how many."""
    before = str((clock() - timedelta(days=keep_days)).date())
    known = or_(Play.account_id.is_not(None), Play.address != "", Play.client != "")
    gone = 0
    while True:
        with database.write() as session:
            query = select(Play.id).where(Play.day < before, known).limit(_BATCH)
            old = session.scalars(query).all()
            session.execute(
                update(Play).where(Play.id.in_(old)).values(account_id=None, address="", client="")
            )
        gone += len(old)
        if len(old) < _BATCH:
            return gone
