"""Files that became final just before a crash are found at the next start."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.fixtures.packages import Shape, good
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


def test_a_batch_that_was_never_told(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    """As after a kill between a file's rename and its row: the bytes are there, nobody knows."""
    service = Service(tmp_path / "data", schema_folder.root)
    service.make_feed()
    batch = good(tmp_path / "out", Shape(seed=51))
    shutil.copytree(batch.folder, service.view / batch.folder.name)

    service.start()
    try:
        [answer] = service.until(service.acknowledgements, 60, "the untold batch is answered")
        assert answer.ok
        assert service.states() == ["live"]
    finally:
        assert service.stop() == 0
