"""The gate: may this play go on, answered from memory.

It remembers rights verdicts and how accounts stand, and reads from its source only what it has not
seen, what an event named, and what has passed its next change. The first request after
`REFRESH` seconds brings it up to date; when that does not succeed for `STALE` seconds it lets
nothing through. So a take-down, a sign-out or a change of plan stops the next segment within a
minute.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

import anyio
import structlog
from anyio import to_thread

from core.errors import Unavailable
from server.errors import PlanChanged, PlayExpired, PlayRefused, SignInRequired

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from core.clock import Clock
    from server.playback.tokens import Grant

T = TypeVar("T")

REFRESH = 10.0
STALE = 45.0
RETRY = 1.0
REMEMBERED = 100_000
THREADS = 4
"""Of its own: were they those of all requests, slow ones could keep a take-down waiting, and the
request that brings the gate up to date with it."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rights verdict as long as it holds: until `next_change` (None: until an event).

    `until` is when a refusal opens, None when nobody knows.
    """

    allowed: bool
    reason: str
    message: str
    until: datetime | None
    next_change: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Of an account, now. `epoch` grows when its sessions end."""

    epoch: int
    tier: str
    territory: str


NOBODY = Standing(-1, "", "")


class GateSource(Protocol):
    """Where the gate learns; synchronous, called in a worker thread."""

    def ruling(self, grant: Grant, at: datetime) -> Ruling:
        """The verdict on this grant's release, recording, territory, model and use."""
        ...

    def events_after(self, last: int | None) -> tuple[int, Sequence[str]]:
        """The newest event id, and the releases named after `last` (None: only the id)."""
        ...

    def standings(self, accounts: Collection[str]) -> Mapping[str, Standing]:
        """How each of these accounts stands that exists."""
        ...


_Key = tuple[str, str, str, str, str]


def _key(grant: Grant) -> _Key:
    return (grant.release, grant.recording, grant.territory, grant.model, grant.use)


@dataclass(slots=True, eq=False)
class _Question:
    """One that is being asked; neither a ruling nor a fault when who asked it went away."""

    answered: anyio.Event = field(default_factory=anyio.Event)
    ruling: Ruling | None = None
    fault: Exception | None = None


class Gate:
    """One per process, used from its event loop.

    `generation` grows whenever something that was admitted may have to be judged again; what was
    admitted under it holds until `holds_until` (Unix seconds) at most. `also` is called at each
    refresh, in a worker thread, for what else has to be as fresh.
    """

    def __init__(self, source: GateSource, clock: Clock, also: Callable[[], object] = int) -> None:
        self.generation = 0
        self.holds_until = 0.0
        self._source = source
        self._clock = clock
        self._also = also
        self._rulings: OrderedDict[_Key, Ruling] = OrderedDict()
        self._asked: dict[tuple[_Key, int], _Question] = {}
        self._standings: dict[str, Standing] = {}
        self._asked_about: set[str] = set()
        self._last: int | None = None
        self._refreshed: datetime | None = None
        self._lock = anyio.Lock()
        self._threads = anyio.CapacityLimiter(THREADS)
        self._log = structlog.get_logger("segue.gate")

    async def admit(self, grant: Grant) -> float:
        """Return when the play may go on: until when at most, in Unix seconds.

        Raises:
            PlayExpired: the token is too old.
            SignInRequired: its session has ended.
            PlanChanged: its account has another tier or territory now.
            PlayRefused: rights do not allow it any more.
            Unavailable: the gate could not learn the present state for too long.
        """
        now = self._clock()
        if now.timestamp() >= grant.expires:
            raise PlayExpired("this play has expired", remedy="start the play again")
        await self.be_fresh()
        if grant.account:
            _judge(await self._standing(grant.account), grant)
        ruling = await self._ruling(grant, now)
        if not ruling.allowed:
            raise PlayRefused(ruling.message, reason=ruling.reason, until=ruling.until)
        change = ruling.next_change
        return min(grant.expires, change.timestamp()) if change else grant.expires

    def forget_account(self, account: str) -> None:
        """The account's sessions changed in this process: look again at the next segment."""
        self._standings.pop(account, None)
        self.touch()

    def touch(self) -> None:
        """Something changed that was admitted by: all is judged again. From any thread."""
        self.generation += 1

    async def be_fresh(self) -> None:
        """Return when what it knows is new enough. Raises Unavailable."""
        now = self._clock()
        if self._fresh(now):
            return
        async with self._lock:
            if self._fresh(now):
                return
            if self._age(now) < STALE:
                self._hold(STALE)  # others go on while this one learns
            try:
                await self._refresh(now)
            except Exception as wrong:  # any failure to learn counts the same
                self._log.exception("gate_refresh_failed")
                if self._age(now) >= STALE:
                    raise Unavailable("rights can't be checked now") from wrong
                self._hold(min(self._age(now) + RETRY, STALE))

    def _fresh(self, now: datetime) -> bool:
        return now.timestamp() < self.holds_until and self._age(now) < STALE

    def _hold(self, age: float) -> None:
        """What is known holds until it is so many seconds old."""
        self.holds_until = self._refreshed.timestamp() + age if self._refreshed else 0.0

    def _age(self, now: datetime) -> float:
        """Seconds since it was brought up to date; a clock that was set back proves nothing."""
        if self._refreshed is None:
            return float("inf")
        age = (now - self._refreshed).total_seconds()
        return age if age > -REFRESH else float("inf")

    async def _refresh(self, now: datetime) -> None:
        last, releases = await self._in_thread(self._source.events_after, self._last)
        known, self._asked_about = self._asked_about, set()
        try:
            standings = await self._in_thread(self._source.standings, known)
            await self._in_thread(self._also)
        except BaseException:
            self._asked_about |= known
            raise
        named = set(releases)
        self.generation += 1
        for key in [key for key in self._rulings if key[0] in named]:
            del self._rulings[key]
        self._standings = {one: standings.get(one, NOBODY) for one in known}
        self._last = last
        self._refreshed = now
        self._hold(REFRESH)

    async def _in_thread(self, ask: Callable[..., T], *args: object) -> T:
        return await to_thread.run_sync(ask, *args, limiter=self._threads)

    async def _standing(self, account: str) -> Standing:
        self._asked_about.add(account)
        known = self._standings.get(account)
        if known is None:
            generation = self.generation
            found = await self._in_thread(self._source.standings, [account])
            known = found.get(account, NOBODY)
            if generation == self.generation:
                self._standings[account] = known
        return known

    async def _ruling(self, grant: Grant, now: datetime) -> Ruling:
        key = _key(grant)
        ruling = self._rulings.get(key)
        if ruling is None or (ruling.next_change is not None and now >= ruling.next_change):
            return await self._learned(key, grant, now)
        return ruling

    async def _learned(self, key: _Key, grant: Grant, now: datetime) -> Ruling:
        """Asked once for all who wait: after an event a release's listeners come at once."""
        generation = self.generation
        while question := self._asked.get((key, generation)):
            await question.answered.wait()
            if question.fault is not None:
                raise Unavailable("rights can't be checked now") from question.fault
            if question.ruling is not None:
                return question.ruling
        question = self._asked[key, generation] = _Question()
        try:
            ruling = await self._in_thread(self._source.ruling, grant, now)
            question.ruling = ruling
        except Exception as wrong:
            question.fault = wrong
            raise
        finally:
            del self._asked[key, generation]
            question.answered.set()
        if generation == self.generation:  # else an event may have come in between
            self._rulings[key] = ruling
            if len(self._rulings) > REMEMBERED:
                self._rulings.popitem(last=False)
        return ruling


def _judge(standing: Standing, grant: Grant) -> None:
    if standing.epoch != grant.epoch:
        raise SignInRequired("the session has ended", remedy="sign in again")
    if (standing.tier, standing.territory) != (grant.tier, grant.territory):
        raise PlanChanged
