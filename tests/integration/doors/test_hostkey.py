"""The host key is made once, also when several start at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ingest.doors.common.hostkey import KEY_NAME, ensure_host_key

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def test_racers_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ensure_host_key, [tmp_path / "keys"] * 16))
    assert len(found) == 1
    assert (tmp_path / "keys" / KEY_NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_the_key_stays(tmp_path: Path) -> None:
    first = ensure_host_key(tmp_path)
    before = (tmp_path / KEY_NAME).read_bytes()
    assert ensure_host_key(tmp_path) == first
    assert (tmp_path / KEY_NAME).read_bytes() == before
