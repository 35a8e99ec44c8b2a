"""A crowd on one machine: 15,300 listeners who each ask for a segment every six seconds.

Segue alone on one core, wrk on the other: 15,300 connections that stay open, 2,500 requests/s of
200 kB in all (0.5 GB/s), each with a token of a hundred. The first asks are spread over the six
seconds. The reference is the goal: p99 under 250 ms, no answer over a second; ratios are ours
through these.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import _common, _serving
from core.errors import SegueError
from storage.backends.obstore import local_store

SEGMENT = 200_000
SEGMENTS = 640
HELD = 320
LISTENERS = 15_300
EVERY_MS = 6_000
P99_MS = 250.0
MOST_MS = 1_000.0
DELAY = """
local begun = 0
delay = function()
  begun = begun + 1
  return begun > {listeners} and math.random({least}, {most}) or math.random(0, {most})
end
"""


def measure(listeners: int, seconds: int) -> dict[str, Any]:
    """The whole benchmark: so many listeners, for so long."""
    _allow(listeners + 1000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
        store = local_store(folder / "objects")
        for number in range(1, SEGMENTS + 1):
            store.put(_serving.key(number), os.urandom(SEGMENT))
        numbers = _serving.zipf(SEGMENTS, 20_000)
        ours = stack.enter_context(_serving.segue(folder, numbers, {"hot_bytes": HELD * SEGMENT}))
        _serving.load(ours, folder, 1, 32)
        ours.figures.clear()
        delay = DELAY.format(listeners=listeners, least=EVERY_MS - 500, most=EVERY_MS + 500)
        rate = _serving.load(ours, folder, seconds, listeners, extra=delay)
    found = {name: values[0] for name, values in ours.figures.items()}
    figures = {
        "listeners": listeners,
        "seconds": seconds,
        "segment_bytes": SEGMENT,
        "requests_per_second": round(rate, 1),
        "cores": os.cpu_count(),
        **found,
    }
    ratios = {
        "p99": round(found["p99_ms"] / P99_MS, 4),
        "slowest": round(found["max_ms"] / MOST_MS, 4),
        "requests": round(rate / (LISTENERS * 1000 / EVERY_MS), 4),
    }
    return _common.report("crowd", "p99 250 ms, none over 1 s, 2,500 requests/s", ratios, figures)


def _allow(files: int) -> None:
    """Descriptors for all connections, here and in the children."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < files:
        raise SegueError(
            f"{files} descriptors are needed, {hard} allowed", remedy=f"ulimit -n {files}"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))


if __name__ == "__main__":
    short = "--short" in sys.argv
    crowd = (3_000, 15) if short else (LISTENERS, 120)
    sys.exit(_common.answer(lambda: measure(*crowd), sys.argv[1:]))
