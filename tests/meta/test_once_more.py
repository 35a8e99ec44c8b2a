"""What `scripts/run_tests.sh` forgives: few tests of real servers, when they pass alone."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.meta.test_setup import checkout

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["checkout"]
pytestmark = pytest.mark.integration

PYTEST = """#!/usr/bin/env bash
for word in "$@"; do case $word in cache_dir=*) memory=${word#*=} ;; esac; done
case "$*" in
*"-n auto"*)
  mkdir -p "$memory/v/cache"
  cp failed "$memory/v/cache/lastfailed"
  if [ -e crashed ]; then mkdir "$memory/v/segue"; cp crashed "$memory/v/segue"; fi
  exit "$(cat code)"
  ;;
*) printf '%s\\n' "${@: -1}" >>again; exit "$(cat second)" ;;
esac
"""
ROAD = "tests/integration/ingest/test_kill.py::test_killed[1 collect-before: $(id) ' \\u00e9]"
PAGE = "tests/e2e/player/test_pages.py::test_rows"
DRILL = "tests/drills/test_drills.py::test_a_drill[3]"


@pytest.mark.parametrize(
    ("code", "failed", "second", "result", "again"),
    [
        (0, [], 0, 0, []),
        (1, [ROAD], 0, 0, [ROAD]),
        (1, [ROAD, PAGE, DRILL], 0, 0, [ROAD, PAGE, DRILL]),
        (1, [ROAD, PAGE], 1, 1, [ROAD]),
        (1, [ROAD, PAGE], 5, 1, [ROAD]),
        (1, [f"{PAGE}{number}" for number in range(6)], 0, 1, []),
        (1, [ROAD, "tests/unit/core/test_ids.py::test_a"], 0, 1, []),
        (1, ["tests/contract/test_work.py::test_a"], 0, 1, []),
        (1, ["tests/meta/test_shape.py::test_a"], 0, 1, []),
        (1, [ROAD, "tests/integration/ingest/test_kill.py"], 0, 1, []),
        (1, [], 0, 1, []),
        (2, [ROAD], 0, 2, []),
        (3, [ROAD], 0, 3, []),
    ],
)
def test_what_is_tried_again(
    checkout: Path,
    code: int,
    failed: list[str],
    second: int,
    result: int,
    again: list[str],
) -> None:
    done, tried = run(checkout, code, failed, second)
    assert (done.code, tried) == (result, again)
    assert done.err.count("Unsteady:") == (len(again) if result == 0 else 0)
    assert ("failed twice" in done.err) == bool(again and result)


def test_nothing_is_forgiven_when_a_worker_crashed(checkout: Path) -> None:
    (checkout / "crashed").write_text("Not properly terminated")
    done, tried = run(checkout, 1, [ROAD], 0)
    assert (done.code, tried) == (1, [])


def run(
    checkout: Path, code: int, failed: list[str], second: int
) -> tuple[spawn.Finished, list[str]]:
    """With a pytest that ends like this; what ended, and what was tried again."""
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "pytest").write_text(PYTEST, "utf-8")
    (programs / "pytest").chmod(0o755)
    (checkout / "code").write_text(str(code))
    (checkout / "second").write_text(str(second))
    (checkout / "failed").write_text(json.dumps(dict.fromkeys(failed, True)))
    done = spawn.run(["bash", "scripts/run_tests.sh"], timeout=120, cwd=checkout)
    tried = checkout / "again"
    return done, tried.read_text("utf-8").splitlines() if tried.exists() else []
