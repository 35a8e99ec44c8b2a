"""Killed in any phase and started again, a delivery ends once: one release, one acknowledgement."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from catalog.models import Delivery, Event, LoggedMessage, Recording, Release, Track
from ingest.pipeline import ANSWERING, JUDGING
from tests.fixtures.packages import good
from tests.fixtures.patience import seen
from tests.fixtures.service import SERVICE_ROOT, Service

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

PHASES = [name for name, _ in (*JUDGING, *ANSWERING)]

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("phase", PHASES)
def test_killed_in_a_phase(
    tmp_path: Path, schema_folder: SchemaFolder, phase: str, when: str
) -> None:
    service = Service(tmp_path / "data", schema_folder.root)
    service.make_feed()
    mark = tmp_path / "killed"
    service.start(sys.executable, SERVICE_ROOT, phase, when, str(mark))
    batch = good(tmp_path / "out")
    service.run(
        *("deliver", str(batch.folder), "--to", service.sftp, "--no-wait"),
        *("--fingerprint", service.feed["fingerprint"]),
        ok=(0, 6),  # the kill may come while the client says goodbye
    )
    assert service.wait_killed() == -9
    assert mark.exists()

    service.start()
    service.until(lambda: _settled(service), 150, f"the delivery ends after a kill in {phase}")
    try:
        _ended_once(service)
    finally:
        assert service.stop() == 0


def _settled(service: Service) -> bool:
    return service.states() == ["live"] and not list((service.data / "work").iterdir())


def _ended_once(service: Service) -> None:
    answers = service.acknowledgements()
    assert [answer.statuses[0].status for answer in answers] == ["FileOK"]
    with service.database() as session:
        counts = {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in (Delivery, Release, Track, Recording, LoggedMessage, Event)
        }
    assert counts == {
        "deliveries": 1,
        "releases": 1,
        "tracks": 2,
        "recordings": 2,
        "messages": 1,
        "events": 1,
    }
    assert [path.parent.name for path in seen(service.view)] == ["acknowledgements"]
