"""What the suite tells: one outcome for each step, one report for each protocol."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a step ended. `not run`: an earlier step has to go well first."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_OFFERED = "not offered"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One step: `told` is what was seen, `rule` what has to hold, `remedy` what to do."""

    step: str
    state: State
    seconds: float = 0.0
    told: str = ""
    rule: str = ""
    remedy: str = ""

    def to_json(self) -> dict[str, Any]:
        """As `segue feeds test --json` prints it."""
        return {
            "step": self.step,
            "state": self.state.value,
            "seconds": round(self.seconds, 3),
            "told": self.told,
            "rule": self.rule,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All steps at one door."""

    protocol: str
    address: str
    outcomes: tuple[Outcome, ...]

    @property
    def ok(self) -> bool:
        """Whether no step failed, and none was left out because of another."""
        return all(each.state in {State.PASSED, State.NOT_OFFERED} for each in self.outcomes)

    @property
    def seconds(self) -> float:
        """How long all took."""
        return sum(each.seconds for each in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """As `segue feeds test --json` prints it."""
        return {
            "protocol": self.protocol,
            "address": self.address,
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "steps": [each.to_json() for each in self.outcomes],
        }
