"""Set-up on a machine that lacks something: it stops early and names the exact package."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.environment import REPOSITORY, program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration
TOOLS = ("bash", "dirname", "env", "sha256sum", "cat", "flock", "mkdir", "cut", "sort", "id")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scripts and nothing set up."""
    shutil.copytree(REPOSITORY / "scripts", tmp_path / "scripts")
    return tmp_path


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A PATH with the least of a Debian machine: no Python, no browser, no apt-get."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(program("coreutils", name))
    return str(folder)


def run(checkout: Path, script: str, *arguments: str, **env: str) -> spawn.Finished:
    return spawn.run(["bash", f"scripts/{script}", *arguments], timeout=120, cwd=checkout, env=env)


def test_without_python_it_names_the_packages(checkout: Path, bare: str) -> None:
    result = run(checkout, "setup.sh", "python", PATH=bare)
    assert result.code == 1
    assert "Python 3.11 or newer is needed" in result.err
    assert "apt-get install python3 python3-venv" in result.err


def test_a_chosen_python_that_is_too_old_is_named(checkout: Path, tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    result = run(checkout, "setup.sh", "python", PYTHON=str(old))
    assert result.code == 1
    assert f"PYTHON={old} is not" in result.err


def test_without_ensurepip_it_names_the_package_of_this_python(checkout: Path) -> None:
    (checkout / "broken").mkdir()
    (checkout / "broken" / "ensurepip.py").write_text("raise ImportError", "utf-8")
    result = run(checkout, "setup.sh", "python", PYTHONPATH=str(checkout / "broken"))
    assert result.code == 1
    assert "-venv" in result.err
    assert not (checkout / ".venv").exists()


def test_an_unknown_part_is_refused(checkout: Path) -> None:
    result = run(checkout, "setup.sh", "everything")
    assert result.code == 1
    assert "usage: scripts/setup.sh" in result.err


def test_missing_parts_of_the_system_are_named_and_fail_ci_alone(checkout: Path, bare: str) -> None:
    here = run(checkout, "system.sh", PATH=bare)
    ci = run(checkout, "system.sh", PATH=bare, CI="true")
    for result in (here, ci):
        (named,) = re.findall(r"apt-get install --no-install-recommends (.+)", result.err)
        assert {"chromium", "lftp", "radosgw"} <= set(named.split())
    assert (here.code, ci.code) == (0, 1)
