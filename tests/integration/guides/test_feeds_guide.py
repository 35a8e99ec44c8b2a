"""The guide for keeping feeds, followed to the letter, block after block."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from ingest.feed_terms import NOTICES, names
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.typed import Shell, ask_json

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
GUIDE = (REPOSITORY / "docs" / "how-to" / "manage-feeds.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_what_the_guide_says_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {
        "SEGUE_DATA": str(tmp_path / "data"),
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, env)
    told = "".join(shell.types(block) for block in BLOCKS)
    made, key, week = (
        json.loads((tmp_path / name).read_text(encoding="utf-8"))
        for name in ("lantern.json", "key.json", "week.json")
    )
    assert made["api_key"] != key["secret"]
    assert set(made["ways"]) == {"sftp", "http"}
    assert len(week["daily"]) == 7
    assert made["password"] not in told
    assert "mon-fri 06:00-22:00 Europe/Berlin" in told
    assert "deleted; its log stays" in told
    [feed] = ask_json(env, "feeds", "list")
    assert (feed["name"], feed["process"]) == ("Lantern Hill", "auto")


def test_the_guide_names_every_term_and_notice() -> None:
    assert [name for name in (*names(), *NOTICES) if name not in GUIDE] == []
