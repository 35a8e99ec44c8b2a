"""The data folder: made, private where it must be, and held by one process."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from core import spawn
from core.errors import Conflict, SettingsInvalid
from core.folders import DataFolder
from tests.fixtures.environment import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration
HOLD = """
import sys
from pathlib import Path
from core.folders import DataFolder
held = DataFolder(Path(sys.argv[1])).lock()
print("held", flush=True)
sys.stdin.read()
"""


def test_folders_are_made_and_keys_are_private(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "deep" / "data")
    data.make()
    data.make()
    made = {path.name for path in data.root.iterdir()}
    assert made == {"inbox", "partial", "work", "objects", "spool", "usage", "keys"}
    assert data.keys.stat().st_mode & 0o777 == 0o700
    assert data.work_database == f"sqlite:///{data.root / 'work.db'}"


def test_a_file_in_the_way_is_explained(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(SettingsInvalid, match="can't be used") as refused:
        DataFolder(tmp_path / "data").make()
    assert "SEGUE_DATA" in refused.value.remedy


def test_a_second_process_is_refused_with_the_pid_of_the_holder(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    child = spawn.start([sys.executable, "-c", HOLD, str(tmp_path)], stdin=-1, cwd=REPOSITORY)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(Conflict, match=f"by process {child.pid}$") as refused:
            data.lock()
        assert refused.value.exit_code == 7
    finally:
        child.kill()
        child.communicate()
    with data.lock():
        assert (tmp_path / "lock").read_text(encoding="utf-8") == f"{os.getpid()}\n"


def test_the_lock_ends_with_its_file(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    with data.lock(), pytest.raises(Conflict, match=f"by process {os.getpid()}$"):
        data.lock()
    data.lock().close()
