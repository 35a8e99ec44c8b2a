"""Plays that were heard without us: offline, or by a client that tells them afterwards.

Each has its own time, and stands under the rights of that time: what had arrived and was decided
until then, also when the release was taken down or moved to another feed since. What the client
calls it makes its play id, so that sending it again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from catalog.queries.heard import find_heard
from core.auth import Role
from core.errors import Misuse
from server.errors import TooManyPlays
from server.services.allowance import Allowance
from server.usage import clients
from server.usage.events import Opened, Progressed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from catalog.log import Books
    from catalog.queries.heard import HeardTrack
    from core.auth import Identity
    from core.clock import Clock
    from core.database import Database
    from server.services.audiences import Audiences
    from server.usage.events import PlayIds

OLDEST = timedelta(days=30)
AHEAD = timedelta(minutes=2)
MOST_SKEW = timedelta(days=1)
DEAL_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrobble:
    """A play as its client tells it; `id` is the client's own, one for each play."""

    id: str
    release: str
    recording: str
    started_at: datetime
    heard_ms: int
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one; `events` go to the spool, none when it was refused."""

    id: str
    play_id: str
    code: str = ""
    message: str = ""
    events: tuple[Opened | Progressed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends: the account, its address and user agent, and its clock when it said so."""

    identity: Identity
    address: str
    agent: str
    clock: datetime | None = None


class Scrobbles:
    """Judges plays that are told afterwards."""

    def __init__(
        self, database: Database, books: Books, clock: Clock, audiences: Audiences, ids: PlayIds
    ) -> None:
        self._database = database
        self._books = books
        self._allowance = Allowance(clock)
        self._clock = clock
        self._audiences = audiences
        self._ids = ids

    def take(self, sender: Sender, plays: Sequence[Scrobble]) -> list[Taken]:
        """What becomes of each, in their order.

        Raises:
            Misuse: the client's clock is wrong by more than a day.
            TooManyPlays: the account tells more than anybody hears.
        """
        now = self._clock()
        if wait := self._allowance.spend(sender.identity.id, len(plays)):
            raise TooManyPlays(wait)
        skew = now - sender.clock if sender.clock else timedelta(0)
        if abs(skew) > MOST_SKEW:
            raise Misuse(
                "the clock of the client is wrong by more than a day",
                remedy="set it, or send its plays with the right times",
            )
        return [self._one(sender, play, _moved(play.started_at, skew), now) for play in plays]

    def _one(self, sender: Sender, play: Scrobble, started: datetime, now: datetime) -> Taken:
        play_id = self._ids.of(sender.identity.id, play.id)
        code, message = _time(started, play.heard_ms, now)
        found = None
        try:
            found = None if code else self._find(sender, play, started)
        except KeyError:  # one play that can't be judged now stops no other
            code, message = (
                "unavailable",
                "what was said of it can't be read now; tell it again",
            )
        if found is None and not code:
            code, message = "not_found", "this release has no such recording"
        if found is not None and not found.verdict.allowed:
            reason = found.verdict.reason
            code, message = reason.code.value, reason.message
        if found is None or code:
            return Taken(id=play.id, play_id=play_id, code=code, message=message)
        opened = self._opened(sender, play_id, found, started, now)
        heard = Progressed(
            play=play_id, at=now, heard_ms=play.heard_ms, position_ms=0,
            event="end" if play.ended else "progress", seq=0,
        )  # fmt: skip
        return Taken(id=play.id, play_id=play_id, events=(opened, heard))

    def _find(self, sender: Sender, play: Scrobble, at: datetime) -> HeardTrack | None:
        audience = self._audiences.of(sender.identity)
        with self._database.read() as session:
            return find_heard(session, self._books, play.release, play.recording, audience, at)

    def _opened(
        self, sender: Sender, play_id: str, found: HeardTrack, started: datetime, now: datetime
    ) -> Opened:
        audience, verdict = self._audiences.of(sender.identity), found.verdict
        return Opened(
            play=play_id,
            at=now,
            used_at=started,
            account=sender.identity.id,
            release=found.release,
            recording=found.recording,
            isrc=found.isrc,
            feed=found.feed,
            deal=verdict.reference[-DEAL_CHARACTERS:],
            territory=audience.territory,
            tier=audience.tier,
            model=verdict.model,
            use=verdict.use,
            duration_ms=found.duration_ms,
            operator=sender.identity.role is Role.OPERATOR,
            address=self._ids.digest(sender.address),
            client=clients.kind(sender.agent),
        )


def _moved(started: datetime, skew: timedelta) -> datetime:
    """By what the client's clock is wrong; the ends of the calendar stay, and are refused."""
    try:
        return started + skew
    except OverflowError:
        return started


def _time(started: datetime, heard_ms: int, now: datetime) -> tuple[str, str]:
    """Why this time can't be, or two empty texts."""
    if started > now + AHEAD - timedelta(milliseconds=heard_ms):
        return "in_the_future", "this play would not be over yet"
    if started < now - OLDEST:
        return "too_old", f"plays are taken for {OLDEST.days} days"
    return "", ""
