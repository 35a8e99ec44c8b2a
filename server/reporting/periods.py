"""Reporting periods: calendar months in UTC."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from core.errors import Misuse

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
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
        """The first instant of it."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        last = self.last
        return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)

    def is_open(self, now: datetime) -> bool:
        """Whether plays can still fall into it."""
        return now < self.end


def parse_month(text: str) -> Month:
    """A month from `YYYY-MM`.

    Raises:
        Misuse: it is none.
    """
    found = _MONTH.fullmatch(text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= 9998:
        raise Misuse(f"{text!r} is no period", remedy="write a month such as 2026-11")
    return Month(int(found[1]), int(found[2]))
