"""One drill from its plan to its count."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.drills.cutter import Cutter
    from tests.drills.plan import Drill, Fault
    from tests.drills.yard import Yard

PATIENCE = 300.0
"""Seconds until all has to be settled after the last fault, for each 20 uploads."""


ARRIVE = 60.0
"""Seconds until the first bytes come."""


def drill(yard: Yard, plan: Drill, trouble: Callable[[Yard], None] | None = None) -> list[str]:
    """Send everything while everything breaks; what the count finds wrong afterwards.

    `trouble` is made after the faults of the plan, while the sender is at work.
    """
    sent = yard.make(plan.uploads)
    yard.list_jobs(sent)
    yard.start()
    with yard.cutter(plan.seed) as cutter:
        yard.start_sender()
        _wait(yard.arriving, ARRIVE)
        for fault in plan.faults:
            time.sleep(fault.after)
            _break(yard, cutter, fault)
        if trouble is not None:
            trouble(yard)
        cutter.calm = True
        try:
            patience = PATIENCE * (1 + len(sent) / 20)
            yard.service.until(lambda: not yard.sending(), patience, "everything is sent")
            _wait(lambda: not yard.count(sent), patience)
        finally:
            yard.happened["resets"] = cutter.resets
            yard.kill()  # what has settled outlives that too
    return yard.count(sent)


def _wait(ask: Callable[[], bool], seconds: float) -> None:
    """Until it is so; when it never is, the count says what is missing."""
    deadline = time.monotonic() + seconds
    while not ask() and time.monotonic() < deadline:
        time.sleep(0.1)


def _break(yard: Yard, cutter: Cutter, fault: Fault) -> None:
    match fault.kind:
        case "kill server":
            yard.kill_server(fault.lasts)
        case "kill worker":
            yard.kill_worker()
        case "kill client":
            yard.kill_client()
        case _:
            yard.happened["cut"] += cutter.cut() > 0
