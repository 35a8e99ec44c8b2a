"""The report of `segue demo --once --json`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import SegueError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Step:
    """One step of the road; `detail` says why it failed."""

    name: str
    ok: bool
    seconds: float
    detail: str = ""


@dataclass(slots=True)
class Report:
    """What the demo saw."""

    steps: list[Step] = field(default_factory=list)
    delivery: dict[str, Any] = field(default_factory=dict)
    release: dict[str, Any] = field(default_factory=dict)
    player: dict[str, Any] = field(default_factory=dict)
    search: dict[str, Any] = field(default_factory=dict)
    dsr: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every step succeeded."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """The documented shape."""
        return {"ok": self.ok, **asdict(self)}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; its failure is noted and ends the road.

        Raises:
            Stopped: the step failed.
        """
        began = time.monotonic()
        try:
            yield
        except (SegueError, OSError, ValueError, KeyError, TimeoutError) as error:
            why = f"{type(error).__name__}: {error}"
            self.steps.append(Step(name, ok=False, seconds=_since(began), detail=why))
            raise Stopped(name, why) from error
        self.steps.append(Step(name, ok=True, seconds=_since(began)))


class Stopped(SegueError):
    """A step failed, so those after it can't be walked."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
