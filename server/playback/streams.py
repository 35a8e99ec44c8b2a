"""How many players of one account play at the same time, in the memory of this process.

A player is a browser or a device, named by itself. It plays as long as it opens plays, fetches
segments or reports progress; it is idle after `IDLE`, or at once when it says that it pauses.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from server.errors import StreamTaken, TooManyStreams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from core.clock import Clock
    from server.playback.tokens import Grant

IDLE = timedelta(seconds=60)
REMEMBERED = 100_000


@dataclass(slots=True)
class _House:
    """The players of one account: when each was heard of, and those whose place was taken."""

    heard: dict[str, datetime] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def others(self, player: str, now: datetime) -> list[str]:
        """Who else plays, the longest silent first; forgets who does not."""
        self.heard = {name: at for name, at in self.heard.items() if now - at < IDLE}
        return sorted((name for name in self.heard if name != player), key=self.heard.__getitem__)


class Streams:
    """Counts players against the limit of their tier; 0, or no such tier, is no limit.

    `taken` is called when one took the place of another, from any thread.
    """

    def __init__(
        self, limits: Mapping[str, int], clock: Clock, taken: Callable[[], object] = int
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._taken = taken
        self._houses: OrderedDict[str, _House] = OrderedDict()
        self._plays: OrderedDict[str, tuple[str, str, str]] = OrderedDict()
        self._lock = Lock()

    def open(self, grant: Grant, play: str, *, take_over: bool) -> None:
        """This player is about to play.

        Raises:
            TooManyStreams: as many others play as the tier allows, and it does not take over.
        """
        limit = self._limits.get(grant.tier, 0)
        if not grant.account or not limit:
            return
        with self._lock:
            house = self._house(grant.account)
            now = self._clock()
            others = house.others(grant.player, now)
            too_many = others[: len(others) - limit + 1] if len(others) >= limit else []
            if too_many and not take_over:
                raise TooManyStreams(limit)
            for name in too_many:
                del house.heard[name]
                house.taken.add(name)
            house.taken.discard(grant.player)
            house.heard[grant.player] = now
            self._plays[play] = (grant.account, grant.player, grant.tier)
            _bound(self._plays)
        if too_many:
            self._taken()

    def check(self, grant: Grant) -> None:
        """It fetches a segment.

        Raises:
            StreamTaken: another player has its place.
        """
        if grant.account and not self._heard(grant.account, grant.player, grant.tier):
            raise StreamTaken

    def reported(self, play: str, *, paused: bool) -> None:
        """A beacon came; it is no place to refuse anything."""
        known = self._plays.get(play)
        if known is None:
            return
        if paused:
            with self._lock:
                self._house(known[0]).heard.pop(known[1], None)
        else:
            self._heard(*known)

    def _heard(self, account: str, player: str, tier: str) -> bool:
        limit = self._limits.get(tier, 0)
        if not limit:
            return True
        with self._lock:
            house, now = self._house(account), self._clock()
            if player in house.taken:
                return False
            if player not in house.heard and len(house.others(player, now)) >= limit:
                return False
            house.heard[player] = now
            return True

    def _house(self, account: str) -> _House:
        house = self._houses.setdefault(account, _House())
        self._houses.move_to_end(account)
        _bound(self._houses)
        return house


def _bound(remembered: OrderedDict[str, Any]) -> None:
    while len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
