"""The wheel, built as for production: everything it needs is in it, and nothing else."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from core import spawn
from tests.fixtures.environment import REPOSITORY
from tests.meta.tree import PACKAGES, files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
# Beside Python, what the code opens by itself.
DATA = (".html", ".tsv", ".mako", ".svg", ".css", ".json")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    built = spawn.run(["scripts/wheel.sh", str(folder)], timeout=150, cwd=REPOSITORY)
    assert built.code == 0, built.err
    return zipfile.ZipFile(next(folder.glob("segue-*.whl")))


def test_it_holds_every_module_and_data_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    wanted = {
        name
        for name in files()
        if name.split("/")[0] in PACKAGES
        and (name.endswith(".py") or (name.endswith(DATA) and not name.startswith("player/")))
    }
    assert wanted - set(wheel.namelist()) == set()


def test_it_holds_the_built_player_and_not_its_sources(wheel: zipfile.ZipFile) -> None:
    inside = [name for name in wheel.namelist() if name.startswith("player/")]
    assert "player/static/manifest.json" in inside
    assert any(name.endswith(".js") for name in inside)
    assert [n for n in inside if not n.startswith(("player/static/", "player/__init__"))] == []


def test_it_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_the_command_works_from_the_wheel_alone(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    asked = "import server.cli, player; print(server.cli.__file__, player.manifest() and 'player')"
    result = spawn.run(
        [sys.executable, "-c", asked], timeout=240, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}
    )
    assert (result.code, result.err) == (0, "")
    assert result.out.decode().split() == [f"{tmp_path}/server/cli/__init__.py", "player"]
