"""A process with durable work of three steps that writes down what it does.

    work_process.py FOLDER [STEP [CHANGED]]

It kills itself in mid-STEP, after its effect, unless it did so before. CHANGED is the name of a
step that another version has before the second.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.work import Work

if TYPE_CHECKING:
    from core.work import Steps

folder = Path(sys.argv[1])
deadly, changed = (*sys.argv[2:], "", "")[:2]


def note(step: str, before: str) -> str:
    with (folder / "log").open("a", encoding="utf-8") as log:
        log.write(f"{step} after {before or 'nothing'}\n")
    if step == deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return step


def workflow(steps: Steps, argument: str) -> None:
    first = steps.run("one", note, "one", argument)
    if changed:
        steps.run(changed, note, changed, first)
    second = steps.run("two", note, "two", first)
    steps.run("three", note, "three", second)


work = Work(f"sqlite:///{folder / 'work.db'}")
work.register("count", workflow)
work.start()
work.enqueue("count", "key", "")
status = None
deadline = time.monotonic() + 150
while time.monotonic() < deadline:
    if (status := work.status("key")) and status.state in {"SUCCESS", "ERROR"}:
        break
    time.sleep(0.05)
work.stop()
print(work.busy, status.error if status else "", flush=True)  # noqa: T201 - the answer
