"""How the dates of a deal become instants.

Dates are inclusive and local to the consumer's territory: a start date begins at 00:00, an end date
ends at 24:00 of that day. A date-time with an offset is one instant, without one it is local.
Partial dates (`2026`, `2026-07`) mean their first day as a start, their last as an end.

Where a clock change skips midnight, the day begins with the first instant that exists; where it
repeats midnight, with the first of the two.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


class DateUnreadable(ValueError):
    """A date that is neither `YYYY[-MM[-DD]]` nor `YYYY-MM-DDThh:mm[:ss]`; carries the text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def start_instant(text: str, zone: tzinfo) -> datetime:
    """When a period with this start begins (UTC); an empty text is the beginning of time.

    Raises:
        DateUnreadable: the text is no date.
    """
    return _known(text, zone, is_end=False) if text.strip() else FIRST


def end_instant(text: str, zone: tzinfo) -> datetime:
    """The first instant (UTC) at which a period with this end is over; empty means never.

    Raises:
        DateUnreadable: the text is no date.
    """
    return _known(text, zone, is_end=True) if text.strip() else LAST


def _known(text: str, zone: tzinfo, *, is_end: bool) -> datetime:
    """The same date is the same object everywhere, so that timetables lie close in memory."""
    return _remembered(text, zone, is_end) if len(text) <= 40 else _instant(text, zone, is_end)


@lru_cache(maxsize=32_768)
def _remembered(text: str, zone: tzinfo, is_end: bool) -> datetime:  # noqa: FBT001 - a cache key
    return _instant(text, zone, is_end)


def _instant(text: str, zone: tzinfo, is_end: bool) -> datetime:  # noqa: FBT001 - see above
    text = text.strip()
    try:
        if found := _DATE.fullmatch(text):
            return _midnight(found, zone, is_end=is_end)
        if found := _DATE_TIME.fullmatch(text):
            return _moment(found, zone)
    except ValueError as wrong:
        raise DateUnreadable(text) from wrong
    raise DateUnreadable(text)


def _midnight(found: re.Match[str], zone: tzinfo, *, is_end: bool) -> datetime:
    year, month, day = (int(part) if part else None for part in found.groups()[:3])
    if is_end:
        month = month or 12
        day = day or calendar.monthrange(year or 1, month)[1]
    local = datetime.combine(date(year or 0, month or 1, day or 1), time())
    return _to_utc(local, _offset(found[4], zone), days=1 if is_end else 0)


def _moment(found: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    second, fraction = int(found[6] or 0), (found[7] or "")[:6].ljust(6, "0")
    days = 0
    if (hour, minute, second, int(fraction)) == (24, 0, 0, 0):  # XML Schema's end of a day
        hour, days = 0, 1
    local = datetime(year, month, day, hour, minute, second, int(fraction))  # noqa: DTZ001 - the zone follows
    return _to_utc(local, _offset(found[8], zone), days=days)


def _offset(text: str | None, zone: tzinfo) -> tzinfo:
    if text is None:
        return zone
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError(text)
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _to_utc(local: datetime, zone: tzinfo, *, days: int) -> datetime:
    """Local time to UTC. What falls off the calendar's ends counts as the end itself."""
    try:
        return (local + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return FIRST if local.year == 1 else LAST
