"""Failed logins cost time: each failure of an address makes its next answer slower. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowdownPolicy:
    """First delay, longest delay and how long a failure counts, all in seconds."""

    first: float = 0.5
    longest: float = 8.0
    memory: float = 600.0


class Slowdown:
    """Failures by address; `now` is any clock that only goes forward, in seconds."""

    def __init__(self, policy: SlowdownPolicy) -> None:
        self._policy = policy
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def failed(self, address: str, now: float) -> float:
        """Count a failure; how long its answer shall wait."""
        count, last = self._failures.pop(address, (0, now))
        count = 1 if now - last > self._policy.memory else count + 1
        self._failures[address] = (count, now)
        if len(self._failures) > _ADDRESSES:
            self._failures.popitem(last=False)
        return min(self._policy.first * 2.0 ** min(count - 1, 16), self._policy.longest)

    def succeeded(self, address: str) -> None:
        """Forget the failures of an address."""
        self._failures.pop(address, None)
