"""How many plays one account may tell: a bucket each, that fills up again with time."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from core.clock import Clock

MOST, REFILL = 3_000, timedelta(hours=1)
"""A device that was offline for long tells thousands at once; nobody hears so many in an hour."""
_KEPT = 50_000


class Allowance:
    """Counts in the memory of one process; the account that was quiet longest is forgotten."""

    def __init__(self, clock: Clock, most: int = MOST, refill: timedelta = REFILL) -> None:
        self._clock, self._most, self._refill = clock, most, refill
        self._spent: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def spend(self, account: str, count: int) -> timedelta | None:
        """None, or how long to wait until there is room for so many; then nothing is spent."""
        with self._lock:
            now = self._clock()
            before, at = self._spent.pop(account, (0.0, now))
            spent = max(0.0, before - max(now - at, timedelta(0)) / self._refill * self._most)
            fits = spent + count <= self._most
            self._spent[account] = (spent + count if fits else spent, now)
            while len(self._spent) > _KEPT:
                self._spent.popitem(last=False)
            return None if fits else (spent + count - self._most) / self._most * self._refill
