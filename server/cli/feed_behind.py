"""What the suite sees behind the door: the inbox, the catalogue, and the feed's own files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from catalog.lifecycle import DeliveryState
from catalog.models import Delivery
from ingest import inbox_rows
from ingest.receiving import DatabaseInbox

if TYPE_CHECKING:
    from pathlib import Path

    from server.local import Local

_AUDIBLE = frozenset({DeliveryState.LIVE, DeliveryState.SCHEDULED})


@dataclass(frozen=True, slots=True)
class Behind:
    """`distro.suite.door.Recipient` of a feed."""

    local: Local
    feed_id: str

    def waiting(self, top: str) -> str | None:
        """What the delivery in this top folder waits for, None when it does not wait."""
        with self.local.database.read() as session:
            row = inbox_rows.waiting_of(session, self.feed_id, top)
            return row.waiting_for or None if row else None

    def live(self, message_id: str) -> bool:
        """Whether the release of a message can be heard."""
        query = select(Delivery.state).where(
            Delivery.feed_id == self.feed_id, Delivery.message_id == message_id
        )
        with self.local.database.read() as session:
            return any(state in _AUDIBLE for state in session.scalars(query))

    def forget(self, tops: frozenset[str], message_ids: frozenset[str]) -> None:
        """Remove the answers to these messages, and what is left of these folders."""
        data = self.local.data
        of_feed = select(Delivery.acknowledgement).where(Delivery.feed_id == self.feed_id)
        with self.local.database.read() as session:
            answers = session.scalars(of_feed.where(Delivery.message_id.in_(message_ids))).all()
        inbox = DatabaseInbox(self.local.database, data.inbox, self.local.clock, lambda _made: None)
        for top in tops:
            inbox.removed(self.feed_id, top)
        for path in filter(None, answers):
            _inside(data.inbox / self.feed_id, path).unlink(missing_ok=True)
        for top in tops:
            for root in (data.inbox, data.partial):
                shutil.rmtree(_inside(root / self.feed_id, top), ignore_errors=True)


def _inside(root: Path, path: str) -> Path:
    """A path that we made ourselves; nothing else is ever removed."""
    found = root / path
    if ".." in found.parts:
        raise ValueError(f"{path} leads out of {root}")
    return found
