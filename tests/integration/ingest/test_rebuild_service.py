"""`segue catalog rebuild` beside a running service: deliveries arrive, and rebuilds are killed."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.packages import Shape, good
from tests.fixtures.service import SEGUE, Service

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.enable_socket, pytest.mark.timeout(600)]


def test_deliveries_arrive_and_rebuilds_are_killed(service: Service, tmp_path: Path) -> None:
    service.deliver(good(tmp_path / "1", Shape(seed=1, seconds=0.2)).folder)
    before = service.run("catalog", "digest")["digest"]
    for delay in (0.3, 0.8):
        child = spawn.start([SEGUE, "catalog", "rebuild", "--json"], env=service.env)
        threading.Event().wait(delay)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=120)
        assert service.run("catalog", "digest")["digest"] == before
    rebuilding = spawn.start([SEGUE, "catalog", "rebuild", "--json", "--fresh"], env=service.env)
    service.deliver(good(tmp_path / "2", Shape(seed=2, seconds=0.2)).folder)
    rebuilding.communicate(timeout=240)
    assert rebuilding.returncode == 0
    found = service.run("catalog", "rebuild")
    assert (found["entries"], found["releases"], found["changed"]) == (2, 2, [])
    assert found["before"] == found["digest"] == found["after"] != before
    assert not (service.data / "rebuild.db").exists()
    [past] = service.run("catalog", "at", "2099-01-01", "--release", _icpn(service))["releases"]
    assert past["state"] == "available"


def _icpn(service: Service) -> str:
    return str(service.run("deliveries", "list")[0]["icpn"])
