"""Fixtures of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drills import ground as grounds
from tests.fixtures.service import Service
from tests.fixtures.stores import moto  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from tests.drills.ground import Ground
    from tests.fixtures.stores import Moto


@pytest.fixture(scope="session")
def ground(moto: Moto, tmp_path_factory: pytest.TempPathFactory) -> Ground:  # noqa: F811 - it is
    """What every drill begins with."""
    folder = tmp_path_factory.mktemp("ground")
    data = folder / "data"
    return grounds.make(moto, data, Service(data, aside=folder, settings=grounds.SETTINGS).env)
