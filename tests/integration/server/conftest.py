"""One small catalogue and its application per test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.server.world import World, make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.database.close()
