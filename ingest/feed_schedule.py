"""When a feed may deliver: windows of the week, by the clock of one zone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from datetime import datetime

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
_TIME = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"
_HOURS = re.compile(r"\d\d:\d\d-\d\d:\d\d")
_WINDOW = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d)-(\d\d:\d\d)")


class Part(BaseModel):
    """A group of terms; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{given!r} is no time zone, such as Europe/Berlin") from None
    return given


class Window(Part):
    """Hours of some days; an end before the start is on the next day."""

    days: tuple[Day, ...] = Field(min_length=1)
    start: str = Field(pattern=_TIME)
    end: str = Field(pattern=_TIME)

    def holds(self, day: Day, minute: str) -> bool:
        """Whether this minute (`HH:MM`) of this day is in it."""
        if self.start <= self.end:
            return day in self.days and self.start <= minute < self.end
        before = DAYS[(DAYS.index(day) - 1) % 7]
        return (day in self.days and minute >= self.start) or (
            before in self.days and minute < self.end
        )

    def __str__(self) -> str:
        spans = [f"{self.days[0]}-{self.days[-1]}"] if self._runs() else self.days
        return ", ".join(f"{span} {self.start}-{self.end}" for span in spans)

    def _runs(self) -> bool:
        """Whether the days follow each other, and are enough for a span."""
        first = DAYS.index(self.days[0])
        row = [DAYS[(first + step) % 7] for step in range(len(self.days))]
        return len(row) > 1 and list(self.days) == row


class Schedule(Part):
    """When a feed may deliver, by the clock of one zone."""

    windows: tuple[Window, ...] = Field(min_length=1)
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"

    def open_at(self, instant: datetime) -> bool:
        """Whether the feed may deliver now."""
        local = instant.astimezone(ZoneInfo(self.zone))
        return any(window.holds(DAYS[local.weekday()], f"{local:%H:%M}") for window in self.windows)

    def __str__(self) -> str:
        return f"{', '.join(map(str, self.windows))} {self.zone}"


def read_schedule(given: object) -> object:
    """`mon-fri 08:00-18:00, sat 10:00-12:00 Europe/Berlin` as windows and zone."""
    if not isinstance(given, str):
        return given
    found = []
    windows, _, zone = given.strip().rpartition(" ")
    if _HOURS.fullmatch(zone):
        windows, zone = given, "UTC"
    for part in windows.lower().split(","):
        read = _WINDOW.fullmatch(" ".join(part.split()))
        if read is None:
            raise ValueError(f"{part!r} is no window, such as mon-fri 08:00-18:00")
        found.append({"days": _span(read[1], read[2]), "start": read[3], "end": read[4]})
    return {"windows": found, "zone": zone}


def _span(first: str, last: str | None) -> list[str]:
    """The days from the first to the last, over the week's end if need be."""
    if first not in DAYS or (last or first) not in DAYS:
        return [first, last or first]
    start, stop = DAYS.index(first), DAYS.index(last or first)
    count = (stop - start) % 7 + 1
    return [DAYS[(start + step) % 7] for step in range(count)]
