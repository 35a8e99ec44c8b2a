"""Plain values out of texts that may hold anything: None or empty instead of an exception."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_DURATION = re.compile(
    r"(-)?P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,12})?)S)?)?"
)
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@lru_cache(maxsize=1_000)
def duration(text: str) -> timedelta | None:
    """An xs:duration such as `PT3M45.5S`; a year counts 365 days, a month 30."""
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        return None
    sign, years, months, days, hours, minutes, seconds = found.groups()
    try:
        length = timedelta(
            days=int(years or 0) * 365 + int(months or 0) * 30 + int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=float(seconds or 0),
        )
    except OverflowError:
        return None
    return -length if sign else length


def whole(text: str) -> int | None:
    """An integer of at most nine digits."""
    return int(text) if _WHOLE.fullmatch(text) else None


def number(text: str) -> float | None:
    """A decimal number."""
    return float(text) if _NUMBER.fullmatch(text) else None


def truth(text: str) -> bool | None:
    """An xs:boolean."""
    return _TRUTHS.get(text)


def instant(text: str) -> datetime | None:
    """An xs:dateTime; without offset it is taken as UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def seconds(text: str) -> timedelta | None:
    """A point in time: decimal seconds, or an xs:duration (both occur)."""
    value = number(text)
    try:
        return duration(text) if value is None else timedelta(seconds=value)
    except OverflowError:
        return None
