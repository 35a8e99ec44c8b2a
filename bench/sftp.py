"""The SFTP door alone, as `bench/doors.py` measures it, told as time of an upload.

1 GiB against OpenSSH's server: same client, cipher, file and disk. `segue bench doors` measures
every door.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import _common, doors


def measure(plan: doors.Plan) -> dict[str, Any]:
    """The ratio of times, ours by OpenSSH's."""
    found = doors.measure(plan)
    ratio = round(1 / found["ratios"]["sftp"], 4)
    return _common.report("sftp", "OpenSSH sshd, internal-sftp", {"sftp": ratio}, found["figures"])


def main(arguments: list[str]) -> int:
    """`--json` prints JSON; `--mib N` and `--pairs N` make a shorter run for tuning."""
    given = dict(itertools.pairwise(arguments))
    plan = doors.Plan(
        only=("sftp", "lag"),
        pairs=int(given.get("--pairs", _common.PAIRS)),
        size=int(given.get("--mib", 1024)) << 20,
        feeds=4,
    )
    return _common.answer(lambda: measure(plan), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
