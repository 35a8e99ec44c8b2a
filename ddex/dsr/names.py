"""File names: `DSR_<Recipient>_<Sender>_<Service>_<Period>_<Territory>_<xofy>_<stamp>.tsv[.gz]`.

A part that is left out leaves its two underscores. The text lets `xofy` be left out for a single
file, the tools in the field do not: it is always written.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

_STAMP = re.compile(r"\d{8}T\d{6}", re.ASCII)
_PARTS = re.compile(r"([1-9]\d{0,5})of([1-9]\d{0,5})", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9.\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportName:
    """The parts of a file name; `stamp` is `YYYYMMDDThhmmss`."""

    recipient: str
    sender: str
    service: str
    period: str
    territory: str
    stamp: str
    part: int = 1
    parts: int = 1

    def __str__(self) -> str:
        fields = (self.recipient, self.sender, self.service, self.period, self.territory)
        own = "_".join(safe_part(field) for field in fields)
        return f"DSR_{own}_{self.part}of{self.parts}_{self.stamp}.tsv"


class NameUnusable(ValueError):
    """A file name that does not follow the pattern; the message says which part."""


def safe_part(text: str) -> str:
    """A text without blanks, underscores and whatever else has no place in a file name."""
    return _UNSAFE.sub("-", text.replace("_", "-").strip()).strip("-.")


def parse_name(name: str) -> ReportName:
    """The parts of a report's file name (no folders).

    Raises:
        NameUnusable: it does not follow the pattern.
    """
    bare = name.removesuffix(".gz")
    if not bare.endswith(".tsv"):
        raise NameUnusable("it ends in neither `.tsv` nor `.tsv.gz`")
    fields = bare.removesuffix(".tsv").split("_")
    if fields[0] != "DSR" or len(fields) != 8:
        raise NameUnusable(f"it has {len(fields)} parts between underscores instead of 8")
    if not bare.isprintable() or " " in bare:
        raise NameUnusable("it has a blank in it")
    _, recipient, sender, service, period, territory, parts, stamp = fields
    numbers = _PARTS.fullmatch(parts)
    if numbers is None:
        raise NameUnusable(f"{parts!r} is no part number such as `1of1`")
    if int(numbers[1]) > int(numbers[2]):
        raise NameUnusable(f"it is part {numbers[1]} of only {numbers[2]}")
    if not _STAMP.fullmatch(stamp) or not _is_stamp(stamp):
        raise NameUnusable(f"{stamp!r} is no time stamp such as `20261201T060000`")
    if period and period_dates(period) is None:
        raise NameUnusable(f"{period!r} is no period such as `2026-11`")
    return ReportName(
        recipient=recipient,
        sender=sender,
        service=service,
        period=period,
        territory=territory,
        part=int(numbers[1]),
        parts=int(numbers[2]),
        stamp=stamp,
    )


@lru_cache(maxsize=4096)
def period_dates(text: str) -> tuple[date, date] | None:
    """First and last day of a period: year, month, day, `2026-Q1`, `2026-W07` or `a--b`."""
    try:
        return _period(text)
    except ValueError:
        return None


def _period(text: str) -> tuple[date, date] | None:
    first, dashes, last = text.partition("--")
    if dashes:
        one, other = _period(first), _period(last)
        return (one[0], other[1]) if one and other and one[0] <= other[1] else None
    if found := re.fullmatch(r"(\d{4})-Q([1-4])", text, re.ASCII):
        month = int(found[2]) * 3
        return date(int(found[1]), month - 2, 1), _month_end(int(found[1]), month)
    if found := re.fullmatch(r"(\d{4})-W(\d\d)", text, re.ASCII):
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return monday, monday + timedelta(days=6)
    found = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text, re.ASCII)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    start = date(year, month or 1, day or 1)
    return (start, start) if day else (start, _month_end(year, month or 12))


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _is_stamp(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - only whether it is one
    except ValueError:
        return False
    return True
