"""Accounting periods: calendar months, in UTC or in an agreement's time zone."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from core.errors import Misuse

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, written `YYYY-MM`."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def start(self) -> datetime:
        """The first instant of it, in UTC."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it, in UTC."""
        return self.next.start

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> Month:
        """The month before it."""
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def bounds(self, zone: str = "UTC") -> tuple[datetime, datetime]:
        """First instant of it and first after it in a time zone; both as UTC."""
        return midnight(self.first, zone), midnight(self.next.first, zone)

    def is_open(self, now: datetime, zone: str = "UTC") -> bool:
        """Whether plays can still fall into it."""
        return now < self.bounds(zone)[1]


def midnight(day: date, zone: str = "UTC") -> datetime:
    """The instant at which a day begins in a time zone, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def parse_month(text: str) -> Month:
    """A month from `YYYY-MM`.

    Raises:
        Misuse: it is none.
    """
    found = _MONTH.fullmatch(text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= 9998:
        raise Misuse(f"{text!r} is no period", remedy="write a month such as 2026-11")
    return Month(int(found[1]), int(found[2]))
