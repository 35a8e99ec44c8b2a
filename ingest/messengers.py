"""Sends what `ingest.tellings` wrote down, receiver by receiver, until each has it.

Every receiver has a turn in each round, several at a time, and a receiver that fails costs one try
a round: neither a dead address nor a slow one keeps the others waiting. What fails is due again,
later each time, for about three days. A process that dies after a receiver took something, and
before that is written down, sends it again under the same id.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from catalog.models import Feed, Telling
from ingest import tellings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.clock import Clock
    from core.database import Database

LATER = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""After the first try, the second, and so on; then nobody tries again unless asked to."""
EACH = 50
"""Tellings to one receiver in one round."""
KEPT = timedelta(days=30)
_SAID = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one try; `final` says that another makes no sense."""

    ok: bool
    said: str
    final: bool = False


class Channel(Protocol):
    """One way to tell. Faults are answers of it, too."""

    def send(self, telling: Telling, feed: Feed | None) -> Sent: ...


class Messengers:
    """One for each channel; `parallel` receivers at the same time."""

    def __init__(
        self, database: Database, clock: Clock, channels: Mapping[str, Channel], parallel: int = 4
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._parallel = parallel

    def round(self) -> int:
        """Try what is due; returns how many tries were made."""
        now = self._clock()
        due = (Telling.outcome == "due") & (Telling.due_at <= now)
        due &= Telling.channel.in_(self._channels)
        with self._database.read() as session:
            receivers = session.execute(
                select(Telling.channel, Telling.feed_id).where(due).distinct()
            ).all()
        if not receivers:
            return 0
        with ThreadPoolExecutor(self._parallel, "messenger") as pool:
            return sum(pool.map(lambda one: self._receiver(one[0], one[1], now), receivers))

    def sweep(self) -> int:
        """Forget what arrived, or was given up, a month ago."""
        with self._database.write() as session:
            return tellings.forget(session, self._clock() - KEPT)

    def _receiver(self, channel: str, feed_id: str | None, now: datetime) -> int:
        """In their order, until one fails."""
        query = select(Telling.id).where(
            Telling.outcome == "due",
            Telling.due_at <= now,
            Telling.channel == channel,
            Telling.feed_id == feed_id if feed_id else Telling.feed_id.is_(None),
        )
        with self._database.read() as session:
            waiting = session.scalars(query.order_by(Telling.due_at, Telling.made_at).limit(EACH))
            numbers = waiting.all()
        for tried, number in enumerate(numbers, start=1):
            if not self._one(number):
                return tried
        return len(numbers)

    def _one(self, number: str) -> bool:
        with self._database.read() as session:
            telling = session.get_one(Telling, number)
            feed = session.get(Feed, telling.feed_id) if telling.feed_id else None
        sent = self._channels[telling.channel].send(telling, feed)
        now = self._clock()
        with self._database.write() as session:
            row = session.get(Telling, number)
            if row is not None:
                _note(row, sent, now)
        return sent.ok


def _note(row: Telling, sent: Sent, now: datetime) -> None:
    row.tries += 1
    row.said = sent.said[:_SAID]
    if sent.ok:
        row.outcome, row.sent_at = "sent", now
    elif sent.final or row.tries > len(LATER):
        row.outcome = "given_up"
    else:
        row.due_at = now + LATER[row.tries - 1]
