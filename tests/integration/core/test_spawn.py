"""Children: bounded in time, without a shell, and dead when we are."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from core import spawn
from core.errors import PartMissing
from tests.fixtures.environment import REPOSITORY

pytestmark = pytest.mark.integration
PARENT = """
import sys
from core import spawn
child = spawn.start(["sleep", "600"], stdout=-3, stderr=-3)
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_output_errors_and_code() -> None:
    program = "import sys; print(sys.stdin.read()); print('oh', file=sys.stderr); sys.exit(3)"
    done = spawn.run([sys.executable, "-c", program], stdin=b"in", timeout=120)
    assert (done.code, done.out, done.err) == (3, b"in\n", "oh\n")


def test_no_shell_reads_the_arguments() -> None:
    done = spawn.run(["echo", "$(id)", ";", "`id`", "*"], timeout=120)
    assert done.out == b"$(id) ; `id` *\n"


def test_only_the_environment_it_needs() -> None:
    done = spawn.run(["env"], timeout=120, env={"ONE": "1"})
    names = {line.partition("=")[0] for line in done.out.decode().splitlines()}
    assert names == {"PATH", "LC_ALL", "ONE"}


def test_a_child_that_does_not_end_is_killed() -> None:
    with pytest.raises(TimeoutError, match="sleep did not end within 0 s"):
        spawn.run(["sleep", "60"], timeout=0.2)


def test_only_the_tail_of_long_errors_is_kept() -> None:
    program = "import sys; sys.stderr.write('x' * 200_000 + 'end')"
    done = spawn.run([sys.executable, "-c", program], timeout=120)
    assert len(done.err) == spawn.STDERR_KEPT
    assert done.err.endswith("xend")


def test_a_missing_program_names_its_package() -> None:
    with pytest.raises(PartMissing, match="no-such-program is not installed") as missing:
        spawn.find("no-such-program", "some-package")
    assert missing.value.remedy == "apt-get install some-package"
    assert Path(spawn.find("sleep", "coreutils")).is_file()


def test_a_child_dies_with_the_kill_of_its_parent() -> None:
    parent = spawn.start([sys.executable, "-c", PARENT], stdin=-1, cwd=REPOSITORY)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    _wait_until_it_sleeps(child)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 80
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(child)


def _wait_until_it_sleeps(pid: int) -> None:
    """The kernel's promise holds once `setpriv` has become the program."""
    deadline = time.monotonic() + 80
    while Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() != "sleep":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _alive(pid: int) -> bool:
    """Whether it runs; one that is dead and not yet waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return state.rpartition(")")[2].split()[0] not in {"Z", "X"}
