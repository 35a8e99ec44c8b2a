"""Usage: plays told afterwards, and the figures of a range of days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from server.api.closed import Closed

_ID = Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")


def _instant(given: object) -> object:
    """JSON has no instants: ISO 8601 text, which says its zone."""
    try:
        return datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]


class Scrobble(Closed):
    """A play that was heard without us. `id` is the client's own: sent again it changes nothing.

    `heard_ms` is what was really heard, without pauses and jumps; `ended` that it was heard to its
    end.
    """

    id: str = _ID
    release_id: str = _ID
    recording_id: str = _ID
    started_at: Instant
    heard_ms: int = Field(ge=0, le=86_400_000)
    ended: bool = False


class Scrobbled(Closed):
    """Plays of the last 30 days. `client_time` is the client's clock as it sends: times are moved
    by what it is wrong."""

    client_time: Instant | None = None
    plays: list[Scrobble] = Field(min_length=1, max_length=100)


class ScrobbleTaken(Closed):
    """What became of one; `code` and `message` say why it was not accepted."""

    id: str
    play_id: str
    accepted: bool
    code: str
    message: str


class ScrobbleAnswer(Closed):
    """In the order they were sent."""

    plays: list[ScrobbleTaken]


class UsageRange(Closed):
    """Days in UTC, both included; empty means the last 30."""

    first: date | None = None
    last: date | None = None
    feed: str = Field(default="", max_length=40)
    territory: str = Field(default="", max_length=10)


class UsageFigures(Closed):
    """What was heard in a range of days, as it was used; figures of open days may still change."""

    first: str
    last: str
    totals: dict[str, Any] = Field(
        description="`plays` (that count), `listeners`, `heard_ms`, `completion` (0 to 1), "
        "`excluded`, `quarantined`, `open` (plays of days that are not closed)."
    )
    before: dict[str, Any] = Field(description="The totals of as many days before.")
    days: list[dict[str, Any]] = Field(description="`{day, plays, listeners, completion}`.")
    territories: list[dict[str, Any]] = Field(description="`{territory, plays, listeners, share}`.")
    tiers: list[dict[str, Any]] = Field(description="`{tier, plays, listeners, share}`.")
    recordings: list[dict[str, Any]] = Field(
        description="`{recording_id, isrc, title, artist, plays, listeners, completion}`."
    )
    reasons: list[dict[str, Any]] = Field(description="`{verdict, reason, meaning, plays}`.")
    closed: str | None = Field(description="The newest closed day of the ledger.")


class Quarantine(Closed):
    """Plays that are in quarantine; of those that are `open` the day is not closed yet."""

    first: str
    last: str
    plays: list[dict[str, Any]] = Field(
        description="`{play_id, used_at, feed_id, recording_id, isrc, title, artist, territory, "
        "tier, pseudonym, heard_ms, reason, meaning, open, rendition}`."
    )


class PlaysDecided(Closed):
    """An operator's verdict; the former rows are taken back with the next day that is closed."""

    plays: list[str] = Field(min_length=1, max_length=100)
    verdict: Literal["counted", "excluded", "quarantined"]
    reason: str = Field(min_length=1, max_length=500)


class VerdictTaken(Closed):
    """How many plays the verdict is for."""

    decided: int
