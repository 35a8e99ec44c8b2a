"""Bans as they are kept: seen and lifted by the operator, shared by all processes."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select

from catalog.models import BanRow
from core.errors import Misuse, NotFound
from ingest.doors.common.bans import STRIKES_KEPT, Ban, Kind, account_of, address_of, subject_of

_BY_HAND = (Kind.ADDRESS, Kind.ACCOUNT)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from core.database import Database


class DatabaseBans:
    """Implements `ingest.doors.common.bans.BanStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self) -> list[Ban]:
        """All that are kept."""
        with self._database.read() as session:
            return [_ban(row) for row in session.scalars(select(BanRow))]

    def keep(self, ban: Ban) -> None:
        """Write one down, in place of an earlier one of its subject."""
        with self._database.write() as session:
            session.merge(BanRow(**{each.name: getattr(ban, each.name) for each in fields(ban)}))

    def lift(self, subject: str) -> list[Ban]:
        """Let an address, a network or an account in again, also where one was banned together with
        others; what was lifted.

        Raises:
            NotFound: nothing of this name is banned.
        """
        names = {account_of(subject), subject_of(subject.partition("/")[0])}
        wanted = or_(BanRow.subject.in_(names), BanRow.kind == Kind.PAIR)
        with self._database.write() as session:
            rows = [
                row
                for row in session.scalars(select(BanRow).where(wanted))
                if _named(row, subject, names)
            ]
            found = [_ban(row) for row in rows]
            for row in rows:
                session.delete(row)
        if not found:
            raise NotFound(f"{subject!r} is not banned", remedy="segue bans list")
        return found

    def add(self, kind: str, subject: str, now: datetime, until: datetime) -> Ban:
        """Ban by hand.

        Raises:
            Misuse: no such kind, or no address.
        """
        if kind not in _BY_HAND:
            raise Misuse(f"no ban of kind {kind!r}", remedy="one of: address, account")
        if kind == Kind.ADDRESS and address_of(subject) is None:
            raise Misuse(f"{subject!r} is no address", remedy="an IPv4 or IPv6 address")
        name = subject_of(subject) if kind == Kind.ADDRESS else account_of(subject)
        ban = Ban(
            kind=Kind(kind),
            subject=name,
            since=now,
            until=until,
            failures=0,
            strikes=1,
            door="operator",
        )
        self.keep(ban)
        return ban

    def forget(self, now: datetime) -> None:
        """Remove those that ended so long ago that they don't count any more."""
        with self._database.write() as session:
            session.execute(delete(BanRow).where(BanRow.until < now - STRIKES_KEPT))


def to_json(ban: Ban) -> dict[str, Any]:
    """As commands, the API and the page show it."""
    told = {each.name: getattr(ban, each.name) for each in fields(ban)}
    return {**told, "since": ban.since.isoformat(), "until": ban.until.isoformat()}


def _named(row: BanRow, subject: str, names: AbstractSet[str]) -> bool:
    if row.kind == Kind.PAIR:
        return not names.isdisjoint({row.subject, *row.subject.split(" ", 1)})
    exact = row.subject == account_of(subject)
    return exact or (row.kind == Kind.ADDRESS and address_of(subject.partition("/")[0]) is not None)


def _ban(row: BanRow) -> Ban:
    return Ban(
        kind=Kind(row.kind),
        subject=row.subject,
        since=row.since,
        until=row.until,
        failures=row.failures,
        strikes=row.strikes,
        door=row.door,
    )
