"""Pseudonyms of listeners: HMAC of the month under a random key of each listener.

The same listener has one pseudonym a month, so that listeners can be counted and user-centric
shares made, and another the next month. Who holds the rows of the ledger can't tell whose they are;
who destroys the key can't tell any more either.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from catalog.models import ListenerKey, Play
from core.ids import secret_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.sealed import Sealer

GONE = "gone_"
"""Begins what stands for an account of which nothing is kept: it never gets a key."""
_CHUNK = 500


def pseudonym(key: bytes, month: str) -> str:
    """32 hexadecimal digits; `month` as `YYYY-MM`."""
    return hmac.digest(key, month.encode(), "sha256").hex()[:32]


class Listeners:
    """Keeps the keys, each sealed and made at its listener's first accounted play."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    def keys(self, accounts: Iterable[str]) -> dict[str, bytes]:
        """The key of each account. One that was erased gets a key that nobody keeps."""
        wanted = sorted(set(accounts))
        found = {each: secrets.token_bytes(32) for each in wanted if each.startswith(GONE)}
        living = [each for each in wanted if each not in found]
        with self._database.read() as session:
            sealed = self._sealed(session, living)
        if missing := [each for each in living if each not in sealed]:
            with self._database.write() as session:
                sealed |= self._make(session, missing)
        for account, text in sealed.items():
            found[account] = self._sealer.open(text, about=f"{account}/pseudonym")
        return found

    def erase(self, session: Session, account_id: str) -> None:
        """Destroy the key, and part the plays that are not in the ledger yet from the account."""
        session.execute(delete(ListenerKey).where(ListenerKey.account_id == account_id))
        session.execute(
            update(Play)
            .where(Play.account_id == account_id)
            .values(account_id=secret_id(GONE)[:40], address="", client="")
        )

    def _make(self, session: Session, accounts: list[str]) -> dict[str, str]:
        made = self._sealed(session, accounts)
        for account in accounts:
            if account in made:
                continue
            fresh = secrets.token_bytes(32)
            made[account] = self._sealer.seal(fresh, about=f"{account}/pseudonym")
            row = ListenerKey(account_id=account, sealed=made[account], made_at=self._clock())
            session.add(row)
        return made

    def _sealed(self, session: Session, accounts: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(accounts), _CHUNK):
            query = select(ListenerKey).where(
                ListenerKey.account_id.in_(accounts[start : start + _CHUNK])
            )
            found.update({row.account_id: row.sealed for row in session.scalars(query)})
        return found


class PassingKeys:
    """Keys that are kept nowhere: pseudonyms hold for one look only."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def keys(self, accounts: Iterable[str]) -> dict[str, bytes]:
        """A key for each account, the same as long as this object lives."""
        return {each: hmac.new(self._secret, each.encode(), sha256).digest() for each in accounts}
