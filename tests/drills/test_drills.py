"""Ten drills of different seeds: whatever is killed or cut, every delivery counts once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drills.plan import drawn
from tests.drills.run import drill
from tests.drills.size import FAULTS, LIMIT, SEEDS, UPLOADS
from tests.drills.yard import Yard

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder
    from tests.drills.ground import Ground

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(LIMIT)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drill(tmp_path: Path, schema_folder: SchemaFolder, ground: Ground, seed: int) -> None:
    yard = Yard(tmp_path, schema_folder.root, ground)
    faults = drill(yard, drawn(seed, UPLOADS, FAULTS))
    assert faults == [], f"after {dict(yard.happened)}"
    assert sum(yard.happened.values()) >= 2, "nothing broke"
