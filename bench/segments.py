"""Requests per second for segments of 200 kB, against nginx that sends the same files unasked.

Servers on one core, wrk on the other (32 connections, keep-alive); the medians of pairs, measured
in turn. A token of a hundred is checked on each request of ours. What is asked for follows Zipf
(exponent 1) over 8 times what is held open; `hit_rate` says how much of that was at hand.

- `app`: Segue alone. `app_all_miss`: the same where nothing is ever at hand.
- `accel`: nginx with `auth_request`, an answer kept for 10 s by token; as shipped.
- `x_accel_redirect`: nginx with X-Accel-Redirect; Segue is asked for each request; as shipped.
- `granian`: the same application on granian instead of uvicorn, where requests are made of all.

`*_cpu_us` is processor time per request of all servers of a side: it compares also where the one
thread of wrk is the limit.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx2

from bench import _common, _serving
from core.errors import SegueError
from storage.backends.obstore import local_store

if TYPE_CHECKING:
    from bench._serving import Side

SEGMENT = 200_000
HELD = 80
SEGMENTS = 8 * HELD
ASKED = 20_000
CONNECTIONS = 32


def measure(seconds: int, pairs: int) -> dict[str, Any]:
    """The whole benchmark; each load takes so many seconds, `pairs` times."""
    ratios: dict[str, float] = {}
    figures: dict[str, Any] = {
        "segment_bytes": SEGMENT,
        "segments": SEGMENTS,
        "held": HELD,
        "connections": CONNECTIONS,
        "seconds_each": seconds,
    }
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-")))
        store = local_store(folder / "objects")
        for number in range(1, SEGMENTS + 1):
            store.put(_serving.key(number), os.urandom(SEGMENT))
        numbers = _serving.zipf(SEGMENTS, ASKED)
        reference = stack.enter_context(_serving.plain(folder, numbers))
        for name in ("app", "app_all_miss", "accel", "x_accel_redirect", "granian"):
            with ExitStack() as inner:
                ours = _side(name, inner, folder, numbers)
                _verify(ours, folder)
                ratios[name] = _compare(name, ours, reference, (folder, seconds, pairs), figures)
    return _common.report("segments", "nginx, sendfile, nothing checked", ratios, figures)


def _side(name: str, stack: ExitStack, folder: Path, numbers: list[int]) -> Side:
    options: dict[str, dict[str, str | int]] = {
        "app_all_miss": {"hot_bytes": 0},
        "x_accel_redirect": {"way": "accel"},
        "granian": {"server": "granian"},
    }
    given = {"hot_bytes": HELD * SEGMENT, **options.get(name, {})}
    ours = stack.enter_context(_serving.segue(folder, numbers, given))
    configs = {"accel": "segue.conf", "x_accel_redirect": "segue-accel.conf"}
    if name not in configs:
        return ours
    memory = Path("/dev/shm")  # noqa: S108 - where a tmpfs is
    where = str(memory) if memory.is_dir() else None
    scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-bench-", dir=where))
    return stack.enter_context(_serving.behind(configs[name], ours, folder, Path(scratch)))


def _verify(side: Side, folder: Path) -> None:
    """It gives the very bytes of the file, and to nobody without a token."""
    path = side.paths[0]
    number = int(path.rpartition("/")[2].removesuffix(".m4s"))
    answer = httpx2.get(side.address + path)
    expected = (folder / "objects" / _serving.key(number)).read_bytes()
    if answer.status_code != 200 or answer.content != expected:
        raise SegueError(f"{side.address} answers {answer.status_code} with other bytes")
    if httpx2.get(side.address + path.replace("/m/", "/m/x")).status_code != 404:
        raise SegueError(f"{side.address} does not check tokens")


def _compare(
    name: str,
    ours: Side,
    reference: Side,
    how: tuple[Path, int, int],
    figures: dict[str, Any],
) -> float:
    folder, seconds, pairs = how
    for side in (ours, reference):
        _serving.load(side, folder, 1, CONNECTIONS)
        side.figures.clear()
    before = ours.counted()
    found = _common.measured_in_turn(
        lambda: _serving.load(ours, folder, seconds, CONNECTIONS),
        lambda: _serving.load(reference, folder, seconds, CONNECTIONS),
        pairs,
    )
    after = ours.counted()
    hits, misses = (after[what] - before[what] for what in ("hits", "misses"))
    figures |= {f"{name}_{k}": v for k, v in found.figures("requests_per_second").items()}
    figures |= {f"{name}_{k}": _middle(v) for k, v in ours.figures.items()}
    figures |= {f"{name}_reference_{k}": _middle(v) for k, v in reference.figures.items()}
    if name.startswith("app"):
        figures[f"{name}_hit_rate"] = round(hits / max(1, hits + misses), 4)
    return found.ratio


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    short = "--short" in sys.argv
    sys.exit(_common.answer(lambda: measure(2 if short else 6, 2 if short else 5), sys.argv[1:]))
