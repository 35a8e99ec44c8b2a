"""What time does to incomplete deliveries: quiet tells the sender what lacks, proof settles unsure
ends, and what has waited for too long needs attention."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select

from catalog.lifecycle import DeliveryState
from catalog.models import Delivery, Feed, InboxFile
from ingest import inbox_rows, proof, tellings
from ingest.feed_terms import FeedTerms
from ingest.inbox import Event, State, decide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from ingest.inbox import Arrived
    from ingest.ports import Probe
    from ingest.receiving import DatabaseInbox

_STORES = frozenset({"s3", "gcs", "azure", "atom"})
_UNDER_WAY = timedelta(seconds=60)
"""An unfinished upload that nothing came for since is not under way."""
_ROUND = 500
_FEW = 64
"""Files of a top folder that may be updates without any files of their own."""

_log = structlog.get_logger("segue.inbox")


@dataclass(slots=True, kw_only=True)
class InboxClock:
    """Looks at what waits. `partial` is the folder of unfinished uploads; `operators`: they have an
    address to be told at."""

    inbox: DatabaseInbox
    partial: Path
    probe: Probe
    operators: bool = True
    _long: dict[str, str] = field(default_factory=dict, init=False)
    """What was found, and when, to be more than updates without files."""

    def round(self) -> int:
        """One look at everything that waits; returns how many deliveries it made."""
        now = self.inbox.clock()
        made = 0
        for delivery_id in self._waiting(now):
            try:
                made += len(self._look(delivery_id))
            except OSError:
                _log.exception("cant_look", delivery=delivery_id)
        self._overdue(now)
        return made

    def _waiting(self, now: datetime) -> list[str]:
        """The rows for which quiet may mean something and that changed since the last look."""
        quiet = now - self.inbox.patience.settle
        query = select(Delivery).where(
            inbox_rows.INCOMPLETE,
            Delivery.updated_at <= quiet,
            Delivery.batch != "",
            Delivery.phase != State.GATHERING,
        )
        with self.inbox.database.read() as session:
            rows = session.scalars(query.order_by(Delivery.updated_at).limit(_ROUND)).all()
            return [row.id for row in rows if self._due(session, row, now)]

    def _due(self, session: Session, row: Delivery, now: datetime) -> bool:
        patience = self.inbox.patience
        calm = patience.store if row.protocol in _STORES else patience.settle
        moment = _moment(session, row)
        if row.media.get("looked") == moment:
            return False
        if now - row.updated_at < calm and not self._short(session, row, moment):
            return False
        return not self._under_way(row, now)

    def _short(self, session: Session, row: Delivery, moment: str) -> bool:
        """Whether nothing else need come to a store: all are updates of what is known."""
        if self._long.get(row.id) == moment:
            return False
        short = row.media.get("files", 0) <= _FEW and self.inbox.only_updates(
            session, session.get_one(Feed, row.feed_id), row.batch
        )
        if not short:
            self._long[row.id] = moment
            while len(self._long) > _ROUND:
                self._long.pop(next(iter(self._long)))
        return short

    def _under_way(self, row: Delivery, now: datetime) -> bool:
        """Whether an upload into this top folder goes on."""
        folder = self.partial / row.feed_id / row.batch
        since = (now - _UNDER_WAY).timestamp()
        return any(changed > since for changed in _changes(folder))

    def _look(self, delivery_id: str) -> list[str]:
        proven = self._prove(delivery_id)
        with self.inbox.database.write() as session:
            row = session.get(Delivery, delivery_id)
            if row is None or row.state != DeliveryState.INCOMPLETE:
                return []
            feed, top = session.get_one(Feed, row.feed_id), row.batch
            inbox_rows.in_turn(session, feed.id)
            made = self.inbox.turn(session, feed, top, Event.PROVEN) if proven else []
            made = made or self.inbox.turn(session, feed, top, Event.QUIET)
            self._seen(session, feed.id, top)
        if made:
            self.inbox.nudge(made)
        return made

    def _seen(self, session: Session, feed_id: str, top: str) -> None:
        """Nothing more is to be done for this row until something changes, or is proven."""
        row = inbox_rows.waiting_of(session, feed_id, top)
        if row is not None and row.phase != State.UNSURE:
            row.media = {**row.media, "looked": _moment(session, row)}

    def _prove(self, delivery_id: str) -> bool:
        """Look into what came without a sure end, outside any transaction."""
        with self.inbox.database.read() as session:
            row = session.get(Delivery, delivery_id)
            if row is None or row.phase != State.UNSURE:
                return False
            feed = session.get_one(Feed, row.feed_id)
            view = inbox_rows.load(session, feed, row.batch)
            open_ = decide(view, Event.QUIET, self.inbox.reader(feed.id)).open
        unsure = [
            (file, standing.look.needs.get(release.inside(file)))
            for release, standing in open_
            for file in standing.look.unsure
        ]
        found = {
            file: proof.doubt(self.inbox.root / feed.id / file.path, need, self.probe)
            for file, need in unsure
        }
        with self.inbox.database.write() as session:
            for file, doubt in found.items():
                self._settle(session, feed.id, file, doubt)
        return bool(found)

    def _settle(self, session: Session, feed_id: str, file: Arrived, doubt: str) -> None:
        row = session.get(InboxFile, file.receipt)
        if row is not None and row.feed_id == feed_id and row.blake3 == file.blake3:
            row.sure, row.doubt = not doubt, doubt

    def _overdue(self, now: datetime) -> None:
        """What has waited for too long: told once; of a complete batch the sender is told what
        lacks."""
        query = select(Delivery.id, Delivery.received_at, Feed).join(
            Feed, Feed.id == Delivery.feed_id
        )
        query = query.where(inbox_rows.INCOMPLETE, Delivery.attention_at.is_(None))
        with self.inbox.database.read() as session:
            found = [
                delivery_id
                for delivery_id, since, feed in session.execute(query)
                if since <= now - self._waits(feed)
            ]
        for delivery_id in found[:_ROUND]:
            self._attend(delivery_id, now)

    def _waits(self, feed: Feed) -> timedelta:
        hours = FeedTerms.of(feed).waits_hours
        return timedelta(hours=hours) if hours else self.inbox.patience.waits

    def _attend(self, delivery_id: str, now: datetime) -> None:
        with self.inbox.database.write() as session:
            row = session.get(Delivery, delivery_id)
            if row is None or row.state != DeliveryState.INCOMPLETE:
                return
            feed = session.get_one(Feed, row.feed_id)
            inbox_rows.in_turn(session, feed.id)
            row.attention_at = now
            session.flush()
            _alert(session, feed, row, now, operators=self.operators)
            made = self.inbox.turn(session, feed, row.batch, Event.OVERDUE) if row.batch else []
        if made:
            self.inbox.nudge(made)


def _alert(session: Session, feed: Feed, row: Delivery, now: datetime, *, operators: bool) -> None:
    """Tell those whom the feed and the operators want told."""
    about = {
        "batch": row.batch,
        "delivery_id": row.id,
        "files": row.media.get("files", 0),
        "waiting_since": row.received_at.isoformat(),
        "waiting_for": row.waiting_for,
        "message": f"{row.batch or 'Files outside any batch'}: incomplete for too long. "
        f"Waiting for: {row.waiting_for}",
    }
    key = f"{row.id}_{int(now.timestamp())}"
    tellings.alert(session, feed, "attention", about, now, key=key, operators=operators)


def _changes(folder: Path) -> Iterator[float]:
    """When the files below were written, as far as they are still there: uploads end meanwhile."""
    for here, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                yield Path(here, name).lstat().st_mtime


def _moment(session: Session, row: Delivery) -> str:
    """The last instant at which anything of a top folder changed."""
    newest = select(func.max(Delivery.updated_at)).where(
        Delivery.feed_id == row.feed_id, Delivery.batch == row.batch, ~inbox_rows.INCOMPLETE
    )
    return max(filter(None, (row.updated_at, session.scalar(newest)))).isoformat()
