"""A running door for each test of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.doors.ftp_harness import RunningFtp, running_ftp
from tests.integration.doors.harness import Running, running_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Running]:
    with running_door(tmp_path / "door") as running:
        yield running


@pytest.fixture
def ftp(tmp_path: Path) -> Iterator[RunningFtp]:
    with running_ftp(tmp_path / "ftp") as running:
        yield running


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """A file of 12 MiB."""
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(range(256)) * (12 << 12))
    return path


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file of 24 MiB whose every part differs."""
    path = tmp_path / "big.wav"
    path.write_bytes(b"".join(number.to_bytes(8, "big") for number in range(3 << 20)))
    return path
