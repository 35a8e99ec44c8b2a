"""Slows down guessing of passwords.

Counts failures per (address, name) and per address, in the memory of this process. Its limits,
plainly: a restart forgets, several processes count apart, and an attacker with many addresses gets
`PER_NAME` tries from each; the argon2 cost is the second line.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from server.errors import Throttled

if TYPE_CHECKING:
    from datetime import datetime

    from core.clock import Clock

PER_NAME = 5
PER_ADDRESS = 30
WINDOW_S = 300
REMEMBERED = 10_000


@dataclass(slots=True)
class _Count:
    failures: int
    since: datetime


class Throttle:
    """Failures within a window of five minutes; thread-safe, bounded memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._lock = Lock()

    def check(self, address: str, name: str) -> None:
        """Raise when this address has failed too often.

        Raises:
            Throttled: with the seconds to wait.
        """
        with self._lock:
            for key, most in (((address, name), PER_NAME), ((address, ""), PER_ADDRESS)):
                count = self._fresh(key)
                if count is not None and count.failures >= most:
                    passed = (self._clock() - count.since).total_seconds()
                    raise Throttled(max(1, int(WINDOW_S - passed)))

    def failed(self, address: str, name: str) -> None:
        """Count one failure."""
        with self._lock:
            for key in ((address, name), (address, "")):
                count = self._fresh(key)
                if count is None:
                    self._counts[key] = _Count(1, self._clock())
                else:
                    count.failures += 1
            while len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)

    def succeeded(self, address: str, name: str) -> None:
        """Forget the failures of this name; those of the address stay."""
        with self._lock:
            self._counts.pop((address, name), None)

    def _fresh(self, key: tuple[str, str]) -> _Count | None:
        count = self._counts.get(key)
        if count and (self._clock() - count.since).total_seconds() >= WINDOW_S:
            del self._counts[key]
            return None
        return count
