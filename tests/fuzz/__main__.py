"""`make fuzz`: many thousand hostile messages through everything that reads messages.

Half are made by structure (Hypothesis), half by bytes. Each runs under a memory cap; what breaks
is written to a folder, with why, and can be judged again by `--replay`.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import gc
import hashlib
import resource
import sys
import time
import traceback
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.schemas import SchemaFolder
from tests.fixtures.environment import variable
from tests.fixtures.schemas import BESIDE
from tests.fuzz.mutations import mutated
from tests.fuzz.oracle import Oracle
from tests.fuzz.structures import messages

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS_SPACE = 2 << 30
MEMORY = 600 << 20
"""Resident, of which the interpreter, Hypothesis and the schemas take about 200 MiB."""
STUCK = 60.0
_STRETCH = 250


class Run:
    """One run: judges cases, keeps count, writes down what breaks."""

    def __init__(self, oracle: Oracle, folder: Path, advance: Callable[[], None]) -> None:
        self._oracle = oracle
        self._folder = folder
        self._advance = advance
        self._current = folder / "current.xml"
        self.cases = 0
        self.read = 0
        self.slowest = 0.0
        self.broken: dict[str, Path] = {}

    def case(self, data: bytes) -> None:
        """Judge one; a crash of the whole process leaves it in `current.xml`."""
        self._current.write_bytes(data)
        faulthandler.dump_traceback_later(STUCK, exit=True)
        start = time.process_time()
        try:
            found = self._oracle.judge(data, self.cases)
            self.read += found.message is not None
        except Exception as error:  # noqa: BLE001 - any is what is looked for
            self._keep(data, error)
        finally:
            faulthandler.cancel_dump_traceback_later()
            self.slowest = max(self.slowest, time.process_time() - start)
            self.cases += 1
            self._advance()

    def told(self) -> None:
        """Keep the count beside the inputs, for who watches a run without a terminal."""
        said = f"{self.cases} cases, {self.read} read, {len(self.broken)} faults"
        (self._folder / "progress").write_text(f"{said}\n", "ascii")

    def _keep(self, data: bytes, error: Exception) -> None:
        """One input for each place that breaks: the shortest so far."""
        frames = traceback.extract_tb(error.__traceback__)
        last = frames[-1]
        key = f"{type(error).__name__} {last.filename}:{last.lineno} {str(error)[:30]}"
        known = self.broken.get(key)
        if known is not None and known.stat().st_size <= len(data):
            return
        name = hashlib.sha256(key.encode()).hexdigest()[:10]
        path = self.broken[key] = self._folder / f"{name}.xml"
        path.write_bytes(data)
        why = "".join(traceback.format_exception(error))
        path.with_suffix(".txt").write_text(f"turn {self.cases % 12}\n{why}", "utf-8", "replace")


def by_structure(run: Run, number: int, cases: int) -> None:
    """So many cases that Hypothesis makes from this seed."""
    quiet = settings(
        max_examples=cases,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )

    @seed(number)
    @quiet
    @given(messages())
    def judged(data: bytes) -> None:
        run.case(data)

    judged()


def by_bytes(run: Run, number: int, cases: int) -> None:
    """So many cases of changed bytes from this seed."""
    chance = Random(number)
    for _ in range(cases):
        run.case(mutated(chance))


def _fuzz(run: Run, number: int, cases: int) -> None:
    stretch = 0
    while run.cases < cases:
        way = (by_structure, by_bytes)[stretch % 2]
        way(run, number + stretch, min(_STRETCH, cases - run.cases))
        stretch += 1
        gc.collect()
        run.told()


def _replay(run: Run, paths: list[Path]) -> None:
    for path in paths:
        for each in sorted(path.glob("*.xml")) if path.is_dir() else [path]:
            for run.cases in range(12):  # every turn of the oracle
                run.case(each.read_bytes())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--replay", type=Path, nargs="*", default=[])
    return parser.parse_args()


def main() -> int:
    """Exit 0 when nothing broke."""
    asked = _arguments()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    asked.out.mkdir(parents=True, exist_ok=True)
    out = Console(stderr=True, highlight=False)
    schemas = SchemaFolder(Path(variable("SEGUE_DDEX_SCHEMAS") or BESIDE))
    if not schemas.configured:
        out.print(f"no DDEX schemas in {schemas.root}: rule 2 is left out")
    out.print(f"seed {asked.seed}, {asked.cases} cases, what breaks goes to {asked.out}")
    columns = (TextColumn("Judging"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    start = time.monotonic()
    with Progress(*columns, console=out, disable=not out.is_terminal) as bar:
        task = bar.add_task("", total=asked.cases)
        run = Run(Oracle(schemas), asked.out, lambda: bar.advance(task))
        with contextlib.suppress(KeyboardInterrupt):  # what was done is told
            if asked.replay:
                _replay(run, asked.replay)
            else:
                _fuzz(run, asked.seed, asked.cases)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    (asked.out / "current.xml").unlink(missing_ok=True)
    for key, path in run.broken.items():
        out.print(f"{path}: {key}", markup=False, soft_wrap=True)
    out.print(
        f"{run.cases} cases ({run.read} read to a message) in {time.monotonic() - start:.0f} s;"
        f" slowest {run.slowest:.2f} s, memory at most {most >> 20} MiB;"
        f" {len(run.broken)} faults"
    )
    return 1 if run.broken or most > MEMORY else 0


if __name__ == "__main__":
    sys.exit(main())
