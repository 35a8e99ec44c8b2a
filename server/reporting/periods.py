"""Reporting periods and their names in files: months, quarters, weeks (named by two dates)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from core.errors import Misuse
from server.royalties.periods import Month, parse_month

__all__ = ["Month", "Period", "parse_month", "parse_period"]

_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)
_WEEK = re.compile(r"(\d{4}-\d{2}-\d{2})--(\d{4}-\d{2}-\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """From its first day to its last, and the months whose money it reports."""

    first: date
    last: date

    @property
    def months(self) -> list[Month]:
        """The months that it touches, in order."""
        found = [Month(self.first.year, self.first.month)]
        while found[-1].last < self.last:
            found.append(found[-1].next)
        return found

    @property
    def whole_months(self) -> bool:
        """Whether it is made of whole months."""
        return self.first.day == 1 and self.months[-1].last == self.last

    def __str__(self) -> str:
        months = self.months
        if self.whole_months and len(months) == 1:
            return str(months[0])
        if self.whole_months and len(months) == 3 and self.first.month % 3 == 1:
            return f"{self.first.year:04}-Q{self.first.month // 3 + 1}"
        return f"{self.first.isoformat()}--{self.last.isoformat()}"


def parse_period(text: str) -> Period:
    """`2026-11`, `2026-Q4`, or a week by its two dates: `2026-11-02--2026-11-08`.

    Raises:
        Misuse: it is none.
    """
    bare = text.strip()
    if found := _QUARTER.fullmatch(bare):
        month = Month(int(found[1]), int(found[2]) * 3 - 2)
        return Period(month.first, month.next.next.last)
    if found := _WEEK.fullmatch(bare):
        return _week(found[1], found[2])
    month = parse_month(bare)
    return Period(month.first, month.last)


def _week(first: str, last: str) -> Period:
    try:
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise Misuse(
            f"{first}--{last} are no two dates", remedy="write YYYY-MM-DD--YYYY-MM-DD"
        ) from None
    if period.last - period.first != timedelta(days=6):
        raise Misuse(f"{period} is no week", remedy="seven days, first and last of them named")
    return period
