"""What the benchmarks share: interleaved pairs, a cache of Debian packages, one form of answer.

The answer on stdout is `{"bench", "reference", "ratios": {name: number}, "figures": {...}}`.
A ratio is ours divided by the reference; medians of pairs that were measured in turn.

A script puts the checkout in place of its own folder on the path before it imports this, because
`bench/transcode.py` would hide the package of that name:

    sys.path[0] = str(Path(__file__).resolve().parents[1])
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import spawn
from core.errors import PartMissing, SegueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CACHE = Path.home() / ".cache" / "segue-bench"
PAIRS = 5


@dataclass(slots=True)
class Pairs:
    """Measures of ours and of the reference, pair by pair, in one unit."""

    ours: list[float] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median over the pairs of ours / reference."""
        pairs = zip(self.ours, self.reference, strict=True)
        return round(statistics.median(a / b for a, b in pairs), 4)

    def figures(self, unit: str) -> dict[str, Any]:
        """Both medians, and every single measure."""
        return {
            f"ours_{unit}": round(statistics.median(self.ours), 4),
            f"reference_{unit}": round(statistics.median(self.reference), 4),
            f"ours_{unit}_all": [round(value, 4) for value in self.ours],
            f"reference_{unit}_all": [round(value, 4) for value in self.reference],
        }


def measured_in_turn(
    ours: Callable[[], float], reference: Callable[[], float], pairs: int = PAIRS
) -> Pairs:
    """Call both `pairs` times, each pair in the other order than the one before."""
    result = Pairs()
    for index in range(pairs):
        first, second = (ours, reference) if index % 2 == 0 else (reference, ours)
        one, two = first(), second()
        mine, theirs = (one, two) if index % 2 == 0 else (two, one)
        result.ours.append(mine)
        result.reference.append(theirs)
        say(f"pair {index + 1} of {pairs}: {mine:.3f} against {theirs:.3f}")
    return result


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def say(message: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"{message}\n")


def debian(*packages: str) -> Path:
    """Root folder with these Debian packages unpacked, fetched once into the cache, without root.

    Raises:
        PartMissing: a package can't be fetched or unpacked; names it.
    """
    root = CACHE / "+".join(packages)
    if (root / ".complete").exists():
        return root
    downloads = root / ".debs"
    downloads.mkdir(parents=True, exist_ok=True)
    for package in packages:
        say(f"fetching {package} with apt-get download")
        _run(["apt-get", "download", package], downloads, package)
    for archive in sorted(downloads.glob("*.deb")):
        _run(["dpkg", "-x", str(archive), str(root)], downloads, archive.name)
        archive.unlink()
    (root / ".complete").touch()
    return root


def _run(argv: list[str], folder: Path, package: str) -> None:
    try:
        done = spawn.run(argv, timeout=600, cwd=folder)
    except (OSError, TimeoutError) as bad:
        raise PartMissing(f"can't get {package}: {bad}", remedy="apt-get update") from bad
    if done.code != 0:
        raise PartMissing(
            f"can't get {package}: {done.err.strip()[-300:]}", remedy=f"apt-get install {package}"
        )


def report(
    bench: str, reference: str, ratios: dict[str, float], figures: dict[str, Any]
) -> dict[str, Any]:
    """The answer in its one form."""
    return {"bench": bench, "reference": reference, "ratios": ratios, "figures": figures}


def answer(measure: Callable[[], dict[str, Any]], arguments: Iterable[str]) -> int:
    """Run a benchmark and print what it found; the exit code, 1 when a part is missing."""
    try:
        found = measure()
    except SegueError as error:
        say(f"{error.message}\n{error.remedy}".strip())
        return 1
    if "--json" in arguments:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return 0
    sys.stdout.write(f"{found['bench']}, against {found['reference']}\n")
    for group in ("ratios", "figures"):
        for name, value in found[group].items():
            sys.stdout.write(f"  {name}: {value}\n")
    return 0


def program(name: str) -> str:
    """The program of the system, else of its Debian package in the cache."""
    try:
        return spawn.find(name, name)
    except PartMissing:
        libraries = {"wrk": ("libluajit-5.1-2",)}.get(name, ())
        root = debian(name, *libraries)
        found = next(iter(root.glob(f"usr/*bin/{name}")), None)
        if found is None:
            raise
        return str(found)


def processor(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
