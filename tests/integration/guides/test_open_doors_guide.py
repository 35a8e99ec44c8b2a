"""The guide for opening the doors, followed: its settings hold, its commands do what it says."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from core import settings
from tests.fixtures.environment import REPOSITORY
from tests.fixtures.packages import SIDES
from tests.fixtures.typed import Shell, ask_json

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
GUIDE = (REPOSITORY / "docs" / "how-to" / "open-doors-to-the-internet.md").read_text("utf-8")
TABLES = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
TYPED = re.findall(r"^```console\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
ENDLESS = "segue audit --follow"


@pytest.mark.parametrize("table", TABLES)
def test_its_settings_are_ours(table: str, tmp_path: Path) -> None:
    file = tmp_path / "segue.toml"
    file.write_text(table, encoding="utf-8")
    held = settings.load(file, environment={"HOME": str(tmp_path)})
    _holds(held, tomllib.loads(table))


def _holds(held: Any, said: dict[str, Any]) -> None:  # noqa: ANN401 - settings, or a section of them
    for name, value in said.items():
        found = getattr(held, name)
        if isinstance(value, dict):
            _holds(found, value)
        else:
            assert (list(found) if isinstance(found, tuple) else found) == value, name


def test_its_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"SEGUE_DATA": str(tmp_path / "data"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, env)
    feed = ask_json(env, "feeds", "create", "--name", "label", "--dpid", SIDES.sender_dpid)["id"]
    shell.types("segue bans add 203.0.113.7 --hours 1")  # whom the guide lets in again
    lines = "".join(TYPED).replace("\\\n", " ").replace("FEED", feed).splitlines()
    commands = [line.removeprefix("$ ") for line in lines]
    assert ENDLESS in commands
    for command in commands:
        if command not in {ENDLESS, "segue doctor"}:
            shell.types(command)
    assert "198.51.100.0" in str(banned := ask_json(env, "bans", "list"))
    assert "203.0.113.7" not in str(banned)
    assert ask_json(env, "feeds", "show", feed)["terms"]["connections"] == 20
