"""A new key for all sealed secrets: each is opened and sealed again, in one transaction.

The key is on the disk before the first text is sealed with it, and old keys stay until nothing
needs them: a run that is killed leaves every secret readable, and the next one does it all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from catalog.models import FeedCredential
from core.sealed import SealBroken, key_of
from ingest import feed_audit
from ingest.feed_audit import FeedAct
from ingest.feed_credentials import SEALED, Kind, about

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from core.clock import Clock
    from core.database import Database
    from core.sealed import Sealer
    from ingest.feed_audit import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealed:
    """What a run did: the number of the new key, how many texts have it now, the credentials that
    do not open and stay as they are, and the keys that are gone."""

    key: int
    texts: int
    broken: tuple[str, ...]
    forgotten: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """As `segue feeds reseal --json` prints it."""
        return {
            "key": self.key,
            "resealed": self.texts,
            "broken": list(self.broken),
            "forgotten_keys": list(self.forgotten),
        }


def reseal(
    database: Database, clock: Clock, sealer: Sealer, by: Actor, *, forget: bool = False
) -> Resealed:
    """Seal every secret with a new key. `forget` removes the keys that no secret needs any more:
    backups made before need them still."""
    key = sealer.rotate()
    with database.write() as session:
        rows = _sealed(session)
        broken = [row.id for row in rows if not _again(session, clock, sealer, by, row)]
    gone: list[int] = []
    if forget:
        with database.write() as session:
            gone = sealer.forget({key_of(row.kept) for row in _sealed(session)})
    return Resealed(
        key=key, texts=len(rows) - len(broken), broken=tuple(broken), forgotten=tuple(gone)
    )


def _sealed(session: Session) -> list[FeedCredential]:
    """All of them; nobody adds one until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer
        session.execute(
            text(f"LOCK TABLE {FeedCredential.__tablename__} IN SHARE ROW EXCLUSIVE MODE")
        )
    query = select(FeedCredential).where(FeedCredential.kind.in_([kind.value for kind in SEALED]))
    return list(session.scalars(query.order_by(FeedCredential.id)))


def _again(session: Session, clock: Clock, sealer: Sealer, by: Actor, row: FeedCredential) -> bool:
    purpose = about(row.feed_id, Kind(row.kind))
    try:
        secret = sealer.open(row.kept, about=purpose)
    except SealBroken:
        return False
    row.kept = sealer.seal(secret, about=purpose)
    detail = f"{row.kind} {row.id} key {key_of(row.kept)}"
    feed_audit.write(session, clock, by, FeedAct.RESEALED, row.feed_id, detail)
    return True
