"""The suite at one door: the steps in their order, each timed and judged."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from core.errors import SegueError
from distro.suite import steps
from distro.suite.report import Outcome, Report, State
from distro.suite.steps import Failed, NotOffered, Visit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.clock import Clock
    from distro.suite.door import Occasion, Way

STEP_SECONDS = 60.0
_LOOK = "look into the log of the service at this time"


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its name, what has to hold, what to run, and the step that has to go well first."""

    name: str
    rule: str
    run: Callable[[Visit], Awaitable[str]]
    needs: str = "log in"


STEPS = (
    Step(
        "connect",
        "The door can be reached at the address that senders are told.",
        steps.connect,
        "",
    ),
    Step(
        "log in",
        "The feed's own secret is let in, at a door that proves to be ours.",
        steps.log_in,
        "connect",
    ),
    Step("wrong password", "A wrong secret is refused, and harms nobody.", steps.wrong_password),
    Step("upload", "A file is there as it was sent.", steps.upload),
    Step("resume", "A cut upload shows its size so far and goes on from there.", steps.resume),
    Step("large file", "A large file arrives whole.", steps.large_file),
    Step("many small files", "Many small files arrive, all of them.", steps.many_files),
    Step("rename", "A file may be moved to its final name.", steps.rename),
    Step(
        "incomplete delivery",
        "An incomplete delivery is shown as waiting and not answered.",
        steps.incomplete,
    ),
    Step(
        "good delivery",
        "A good delivery is acknowledged; a test never goes live.",
        steps.good_delivery,
    ),
    Step(
        "bad delivery",
        "A bad delivery is refused, and the answer names what is wrong.",
        steps.bad_delivery,
    ),
    Step("clean up", "Nothing of the test stays behind.", steps.tidy),
)


def names() -> tuple[str, ...]:
    """The names of all steps."""
    return tuple(step.name for step in STEPS)


def examine(
    way: Way,
    occasion: Occasion,
    clock: Clock,
    heard: Callable[[Outcome], None] = lambda _outcome: None,
) -> Report:
    """Do all steps; `heard` is told each outcome as it comes."""
    return asyncio.run(_examine(way, occasion, clock, heard))


async def _examine(
    way: Way, occasion: Occasion, clock: Clock, heard: Callable[[Outcome], None]
) -> Report:
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="segue-suite-") as folder:
        visit = Visit(way, occasion, Path(folder), clock)
        for step in STEPS:
            found = await _take(step, visit, outcomes)
            outcomes[step.name] = found
            heard(found)
    return Report(protocol=way.protocol, address=way.address, outcomes=tuple(outcomes.values()))


async def _take(step: Step, visit: Visit, before: dict[str, Outcome]) -> Outcome:
    if step.needs and before[step.needs].state is not State.PASSED:
        told = f"`{step.needs}` has to go well first"
        return Outcome(step=step.name, state=State.NOT_RUN, told=told, rule=step.rule)
    started = monotonic()

    def outcome(state: State, told: str, remedy: str = "") -> Outcome:
        took = monotonic() - started
        return Outcome(
            step=step.name, state=state, seconds=took, told=told, rule=step.rule, remedy=remedy
        )

    try:
        async with asyncio.timeout(STEP_SECONDS):
            return outcome(State.PASSED, await step.run(visit))
    except NotOffered:
        return outcome(State.NOT_OFFERED, f"{visit.way.protocol} has no such thing")
    except (Failed, SegueError, OSError) as fault:
        return outcome(State.FAILED, *_explained(fault))


def _explained(fault: Exception) -> tuple[str, str]:
    """What was seen, and what to do."""
    if isinstance(fault, (Failed, SegueError)):
        return fault.message, fault.remedy or _LOOK
    if isinstance(fault, TimeoutError):
        return f"it took more than {STEP_SECONDS:.0f} s", _LOOK
    return str(fault) or type(fault).__name__, _LOOK
