"""Keys are made once, whoever comes first."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from core.errors import Unavailable
from server.accounts.keys import load_secret

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def test_all_who_come_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_secret(tmp_path / "keys"), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) == 32


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    load_secret(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys" / "web.key").stat().st_mode) == 0o600


def test_each_name_has_its_own(tmp_path: Path) -> None:
    assert load_secret(tmp_path, "web") != load_secret(tmp_path, "other")


def test_a_broken_key_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "web.key").write_bytes(b"short")
    with pytest.raises(Unavailable) as wrong:
        load_secret(tmp_path)
    assert "sign in again" in wrong.value.remedy
