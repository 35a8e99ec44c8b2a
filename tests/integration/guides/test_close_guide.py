"""The guide for closing a month, followed to the letter on a data folder with plays."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from core.database import Database
from server.cli import app
from tests.fixtures.environment import REPOSITORY
from tests.integration.reporting.offices import fill_catalogue, play

if TYPE_CHECKING:
    from pathlib import Path

    from core.schemas import SchemaFolder

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
GUIDE = (REPOSITORY / "docs" / "how-to" / "close-a-month.md").read_text(encoding="utf-8")
OCTOBER = datetime(2026, 10, 20, 12, tzinfo=UTC)


def types(text: str, folder: Path, schemas: Path | None) -> str:
    """What the commands say, one after the other."""
    said = ""
    for line in text.replace("\\\n", " ").splitlines():
        words = [word for part in shlex.split(line)[1:] for word in _globbed(part, folder)]
        env = {"SEGUE_DDEX_SCHEMAS": str(schemas or "")}
        result = CliRunner().invoke(app, ["--data", str(folder), *words], env=env)
        assert result.exit_code == 0, (line, result.output, result.exception)
        said = result.stdout
    return said


def _globbed(word: str, folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.glob(word))] if "*" in word else [word]


def test_what_the_guide_says_works(tmp_path: Path, schema_folder: SchemaFolder) -> None:
    types("segue feeds list", tmp_path, schema_folder.root)
    database = Database(f"sqlite:///{tmp_path / 'segue.db'}")
    fill_catalogue(database)
    play(database, "ra", "a1", "fa", 4, at=OCTOBER)
    play(database, "rb", "b1", "fb", 2, at=OCTOBER)
    database.close()
    said = [
        types(block, tmp_path, schema_folder.root)
        for block in re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    ]
    checked = json.loads(said[-1])
    assert checked["ok"], checked
    assert len(checked["files"]) == 6  # three recipients, twice
    shown = json.loads(types("segue dsr show 2026-10 --json", tmp_path, schema_folder.root))
    assert (shown["issue"], shown["state"]) == (2, "delivered")
    assert len(list((tmp_path / "inbox" / "fa" / "reports").glob("DSR_*.tsv"))) == 2
