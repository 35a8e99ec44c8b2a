"""So many bytes a second, shared by all that takes part: a bucket that may go into debt."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BURST = 0.25


class Rate:
    """One feed's share of the line; any thread.

    >>> rate = Rate(1000, now=lambda: 0.0)
    >>> rate.take(250), rate.take(500)
    (0.0, 0.5)
    """

    def __init__(self, bytes_s: int, *, now: Callable[[], float] = time.monotonic) -> None:
        """`bytes_s` of 0 is no limit."""
        self.bytes_s = bytes_s
        self._now = now
        self._lock = threading.Lock()
        self._free_at = 0.0

    def take(self, size: int) -> float:
        """Take bytes that came; how many seconds to wait before the next are read."""
        if not self.bytes_s:
            return 0.0
        with self._lock:
            now = self._now()
            self._free_at = max(self._free_at, now - _BURST) + size / self.bytes_s
            return max(0.0, self._free_at - now)


class Pace:
    """Is a body coming fast enough? Counts only the time that we waited for it.

    Raises nothing itself: `slow` tells after each wait.
    """

    def __init__(self, least: float, patience: float) -> None:
        """At least `least` bytes a second, judged over `patience` seconds of waiting."""
        self._least = least
        self._patience = patience
        self._waited = 0.0
        self._came = 0

    def slow(self, waited: float, size: int) -> bool:
        """Whether what came over the last while was too little."""
        self._waited += waited
        self._came += size
        if self._waited < self._patience:
            return False
        late = self._came < self._least * self._waited
        self._waited, self._came = 0.0, 0
        return late
