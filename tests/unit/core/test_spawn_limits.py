"""Children are held to their limits by the kernel."""

from __future__ import annotations

import signal
import sys

import pytest

from core import spawn


def ended(code: str, limits: spawn.Limits) -> tuple[int, str]:
    with spawn.start([sys.executable, "-c", code], limits=limits) as child:
        _, errors = child.communicate(timeout=200)
        return child.returncode, errors.decode()


def test_memory_ends_where_the_limit_is() -> None:
    code, errors = ended("bytearray(1 << 30)", spawn.Limits(memory=512 << 20))
    assert code == 1
    assert "MemoryError" in errors


def test_a_child_that_computes_without_end_is_ended() -> None:
    code, _ = ended("while True: pass", spawn.Limits(cpu_seconds=1))
    assert code in {-signal.SIGXCPU, -signal.SIGKILL}


@pytest.mark.parametrize("limits", [spawn.NO_LIMITS, spawn.Limits(memory=1 << 40)])
def test_an_honest_child_notices_nothing(limits: spawn.Limits) -> None:
    assert ended("print(1)", limits) == (0, "")
