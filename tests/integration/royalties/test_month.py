"""A simulated month closes by commands alone, and adds up by a second computation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from bench import month
from server.cli import app
from server.cli.context import Options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def in_process(data: Path, words: Sequence[str]) -> tuple[int, str, str]:
    """A command without a process of its own."""
    result = CliRunner().invoke(app, ["--data", str(data), *words], obj=Options(data=data))
    raised = "" if result.exception is None else repr(result.exception)
    return result.exit_code, result.stdout, result.stderr + raised


def test_a_simulated_month_adds_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_PARTY_DPID", month.DPIDS[0])
    scene = month.Scene(tmp_path, 5_000, run=in_process)
    month.prepare(scene)
    found = month.close(scene)
    assert found["plays_paid"] > 3_000
    assert found["rows"] > 1_000
    assert found["report_files"] >= 15
