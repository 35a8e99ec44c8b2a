"""Killed while it follows up and started again, the service tells each change once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from ddex import xml, xsd
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.packages import good
from tests.fixtures.patience import seen
from tests.fixtures.service import Service

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

ROOT = str(REPOSITORY / "tests" / "fixtures" / "mortal_clock_root.py")
pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


@pytest.mark.parametrize("moment", ["reserving", "writing"])
def test_killed_while_following_up(
    tmp_path: Path, schema_folder: SchemaFolder, moment: str
) -> None:
    service = Service(tmp_path / "data", schema_folder.root)
    service.make_feed()
    mark = tmp_path / "killed"
    service.start(sys.executable, ROOT, moment, str(mark))
    service.deliver(good(tmp_path / "out").folder)
    [delivery] = service.deliveries()
    release = delivery["release_id"]
    service.run("catalog", "take-down", release, "--reason", "the label asked")
    assert service.wait_killed() == -9
    assert mark.exists()
    before = [path.name for path in seen(service.view, "ACK_*.xml")]
    assert len(before) == (1 if moment == "reserving" else 2)

    service.run("catalog", "restore", release, "--reason", "and thought better of it")
    service.start()
    service.until(lambda: len(service.acknowledgements()) >= 3, 30, "both changes are told")
    assert service.stop() == 0
    told = [one.release_status for one in service.acknowledgements()]
    assert told == [
        "ReleaseMadeAvailableToConsumers",
        "ReleaseNotAvailable",
        "ReleaseMadeAvailableToConsumers",
    ]
    after = seen(service.view, "ACK_*.xml")
    assert {path.name for path in after} >= set(before), "no second name"
    schema = xsd.schema(schema_folder, "ern-c-sftp/18/ern-choreography-sftp.xsd")
    for path in after:
        assert schema.violations(xml.parse(path.read_bytes())) == ()
