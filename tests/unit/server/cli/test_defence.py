"""What the doctor says of the doors' defence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from core.folders import DataFolder
from core.settings import load
from server.cli.checkup import defence
from server.cli.checkup.verdict import Patient, State

if TYPE_CHECKING:
    from pathlib import Path


def patient(folder: Path, **flags: object) -> Patient:
    named = {name.replace("__", "."): value for name, value in flags.items()}
    settings = load(environment={"SEGUE_CONFIG": str(_empty(folder))}, flags=named)
    return Patient(settings, DataFolder(folder), datetime(2026, 11, 21, tzinfo=UTC))


def _empty(folder: Path) -> Path:
    path = folder / "segue.toml"
    path.touch()
    return path


@pytest.mark.parametrize(
    ("flags", "state", "said"),
    [
        ({}, State.OK, "bans after 10 failures"),
        ({"sftp__host": "::"}, State.OK, "open to the network: SFTP"),
        ({"guard__failures": 0}, State.WARN, "guard.failures"),
        ({"guard__account_failures": 0}, State.WARN, "guard.account_failures"),
        ({"guard__people_failures": 0}, State.WARN, "guard.people_failures"),
        ({"guard__allow": ["0.0.0.0/0"]}, State.WARN, "large public network"),
        ({"guard__allow": ["not a network"]}, State.FAIL, "not a network"),
        (
            {
                "sftp__host": "::",
                "guard__connections": 1_000_000,
                "guard__per_address": 1_000_000,
            },
            State.WARN,
            "without a limit of connections",
        ),
    ],
)
def test_the_guard(tmp_path: Path, flags: dict[str, object], state: State, said: str) -> None:
    verdict = defence.guard(patient(tmp_path, **flags))
    assert (verdict.state, said in verdict.what) == (state, True), verdict


@pytest.mark.parametrize(
    ("flags", "state", "said"),
    [
        ({}, State.OK, "none"),
        ({"sftp__host": "::"}, State.WARN, "not scanned"),
        ({"clamav__address": "unix:/nowhere/clamd.ctl"}, State.WARN, "deliveries wait"),
    ],
)
@pytest.mark.enable_socket
def test_the_scanner(tmp_path: Path, flags: dict[str, object], state: State, said: str) -> None:
    verdict = defence.scanner(patient(tmp_path, **flags))
    assert (verdict.state, said in verdict.what) == (state, True), verdict
