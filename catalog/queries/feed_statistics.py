"""How feeds do: deliveries, failures, time to the answer, and the clock that was agreed on.

Everything is counted over the last days from one covering index; tests are left out. What is agreed
(`minutes` by feed) is passed in, because it is not the catalogue's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from catalog.lifecycle import SETTLED, DeliveryState
from catalog.models import Delivery, InboxFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

DAYS = 30
MINUTE_MS = 60_000
FAILURES = frozenset({DeliveryState.REFUSED, DeliveryState.FAILED})
_RUNNING = 1000
_UNCOUNTED = (DeliveryState.TESTED.value, "incomplete")
"""Tests, and batches whose clock has not begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A delivery whose sender waits for an answer longer than was agreed."""

    delivery_id: str
    feed_id: str
    due_at: datetime


@dataclass(slots=True)
class Figures:
    """Of one feed over some days. Times in seconds, None where nothing was answered."""

    states: dict[str, int] = field(default_factory=dict)
    mean_s: float | None = None
    p95_s: float | None = None
    last_activity: datetime | None = None
    sla_minutes: int | None = None
    answered: int = 0
    breached: int = 0
    running: int = 0
    overdue: int = 0

    @property
    def deliveries(self) -> int:
        """All of them."""
        return sum(self.states.values())

    @property
    def failures(self) -> int:
        """Refused, or failed by our own fault."""
        return sum(self.states.get(state, 0) for state in FAILURES)

    def to_json(self) -> dict[str, Any]:
        """As commands, API and pages show it."""
        settled = sum(count for state, count in self.states.items() if state in SETTLED)
        return {
            "deliveries": self.deliveries,
            "failures": self.failures,
            "held": self.states.get(DeliveryState.HELD, 0),
            "in_work": self.deliveries - settled,
            "states": dict(sorted(self.states.items())),
            "mean_s": self.mean_s,
            "p95_s": self.p95_s,
            "last_activity": self.last_activity.isoformat() if self.last_activity else None,
            "sla": {
                "minutes": self.sla_minutes,
                "met": self.answered - self.breached if self.sla_minutes else None,
                "breached": self.breached if self.sla_minutes else None,
                "running": self.running,
                "overdue": self.overdue if self.sla_minutes else None,
            },
        }


def figures(
    session: Session,
    minutes: Mapping[str, int | None],
    now: datetime,
    *,
    days: int = DAYS,
) -> dict[str, Figures]:
    """The figures of these feeds, in a number of queries that does not grow with them."""
    found = {feed_id: Figures(sla_minutes=agreed) for feed_id, agreed in minutes.items()}
    counted = _counted(list(found), now - timedelta(days=days))
    limits = {feed_id: each * MINUTE_MS for feed_id, each in minutes.items() if each}
    late = case(limits, value=Delivery.feed_id) if limits else None
    breach = func.sum(case((Delivery.answer_ms > late, 1), else_=0)) if limits else func.sum(0)
    sums: dict[str, int] = dict.fromkeys(found, 0)
    query = select(
        Delivery.feed_id,
        Delivery.state,
        func.count(),
        func.count(Delivery.answer_ms),
        func.coalesce(func.sum(Delivery.answer_ms), 0),
        breach,
    )
    for feed_id, state, count, answered, total, broken in session.execute(
        query.where(counted).group_by(Delivery.feed_id, Delivery.state)
    ):
        one = found[feed_id]
        one.states[state] = count
        one.answered += answered
        one.breached += int(broken or 0)
        sums[feed_id] += int(total)
    for feed_id, one in found.items():
        one.mean_s = sums[feed_id] / one.answered / 1000 if one.answered else None
    for feed_id, ms in _percentiles(session, counted):
        found[feed_id].p95_s = ms / 1000
    for late_one in running(session, minutes, now, list(found)):
        found[late_one.feed_id].running += 1
        found[late_one.feed_id].overdue += late_one.due_at < now
    _last_activity(session, found)
    return found


def _counted(feeds: Sequence[str], since: datetime) -> ColumnElement[bool]:
    """Deliveries of these feeds since then that are no tests."""
    return and_(
        Delivery.feed_id.in_(feeds),
        Delivery.received_at >= since,
        Delivery.is_test.is_(False),
        Delivery.state.not_in(_UNCOUNTED),
    )


def _percentiles(session: Session, counted: ColumnElement[bool]) -> Iterable[tuple[str, int]]:
    """The 95th percentile of the times to the answer, by nearest rank."""
    ranked = (
        select(
            Delivery.feed_id,
            Delivery.answer_ms,
            func.row_number()
            .over(partition_by=Delivery.feed_id, order_by=Delivery.answer_ms)
            .label("rank"),
            func.count().over(partition_by=Delivery.feed_id).label("of"),
        )
        .where(counted, Delivery.answer_ms.is_not(None))
        .subquery()
    )
    nearest = (ranked.c.of * 95 + 99) // 100
    rows = session.execute(
        select(ranked.c.feed_id, ranked.c.answer_ms).where(ranked.c.rank == nearest)
    )
    return [(feed_id, int(ms)) for feed_id, ms in rows]


def running(
    session: Session,
    minutes: Mapping[str, int | None],
    now: datetime,
    feeds: Sequence[str] | None = None,
) -> list[Overdue]:
    """Deliveries that nobody has answered yet, oldest first; without an agreement, due never."""
    query = select(Delivery.id, Delivery.feed_id, Delivery.received_at).where(
        Delivery.answer_ms.is_(None),
        Delivery.acknowledgement.is_(None),
        Delivery.is_test.is_(False),
        Delivery.state.not_in(_UNCOUNTED),
    )
    if feeds is not None:
        query = query.where(Delivery.feed_id.in_(feeds))
    never = now + timedelta(days=1)
    return [
        Overdue(
            delivery_id=delivery_id,
            feed_id=feed_id,
            due_at=received + timedelta(minutes=agreed)
            if (agreed := minutes.get(feed_id))
            else never,
        )
        for delivery_id, feed_id, received in session.execute(
            query.order_by(Delivery.received_at).limit(_RUNNING)
        )
    ]


def _last_activity(session: Session, found: dict[str, Figures]) -> None:
    """The newest completed delivery, or the newest file."""
    for column, owner in (
        (Delivery.received_at, Delivery.feed_id),
        (InboxFile.received_at, InboxFile.feed_id),
    ):
        query = select(owner, func.max(column)).where(owner.in_(list(found))).group_by(owner)
        for feed_id, at in session.execute(query):
            known = found[feed_id].last_activity
            found[feed_id].last_activity = max(filter(None, (known, at)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of a feed, in UTC; `seconds` is the mean time to the answer."""

    day: date
    deliveries: int = 0
    failures: int = 0
    seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As commands, API and pages show it."""
        return {
            "day": self.day.isoformat(),
            "deliveries": self.deliveries,
            "failures": self.failures,
            "mean_s": self.seconds,
        }


def daily(session: Session, feed_id: str, now: datetime, *, days: int = DAYS) -> list[Day]:
    """Each of the last days up to today, those without deliveries too."""
    first = (now - timedelta(days=days - 1)).date()
    at: Any = Delivery.received_at
    if session.get_bind().dialect.name == "postgresql":
        at = func.timezone("UTC", at)
    day = func.date(at).label("day")
    query = (
        select(
            day,
            func.count(),
            func.sum(case((Delivery.state.in_(FAILURES), 1), else_=0)),
            func.avg(Delivery.answer_ms),
        )
        .where(_counted([feed_id], now - timedelta(days=days)))
        .group_by(day)
    )
    found = {
        str(when): Day(
            day=date.fromisoformat(str(when)),
            deliveries=count,
            failures=int(failed or 0),
            seconds=float(mean) / 1000 if mean is not None else None,
        )
        for when, count, failed, mean in session.execute(query)
    }
    every = (first + timedelta(days=step) for step in range(days))
    return [found.get(each.isoformat()) or Day(day=each) for each in every]
