"""What a drill does, drawn from its seed: which batches go through which door, and what breaks."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

DOORS = ("sftp", "ftps", "http", "s3")
FAULTS = ("kill server", "kill worker", "kill client", "cut")
BAD = 0.2


@dataclass(frozen=True, slots=True)
class Upload:
    """One batch with one release. `good` is whether its files are those that were hashed."""

    seed: int
    door: str
    good: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks, how many seconds after the fault before it (the first: after the first bytes
    have come), and for how long."""

    kind: str
    after: float
    lasts: float


@dataclass(frozen=True, slots=True)
class Drill:
    """A whole drill: uploads in their order, faults in theirs."""

    seed: int
    uploads: tuple[Upload, ...]
    faults: tuple[Fault, ...]


def drawn(seed: int, uploads: int, faults: int) -> Drill:
    """The drill of this seed; every door has its share, every kind of fault comes once at least
    when there are enough."""
    random = Random(seed)  # noqa: S311 - a drill can be repeated
    doors = [DOORS[number % len(DOORS)] for number in range(uploads)]
    kinds = [FAULTS[number % len(FAULTS)] for number in range(faults)]
    random.shuffle(doors)
    random.shuffle(kinds)
    return Drill(
        seed=seed,
        uploads=tuple(
            Upload(number + 1, door, random.random() >= BAD) for number, door in enumerate(doors)
        ),
        faults=tuple(
            Fault(kind, random.uniform(0.05, 0.6), random.uniform(0, 0.5)) for kind in kinds
        ),
    )
