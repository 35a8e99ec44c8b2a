"""The repository as a whole: it works from nothing, anywhere, and speaks of itself alone."""

from __future__ import annotations

import json
import re

import pytest

from core import spawn
from tests.fixtures.environment import REPOSITORY
from tests.meta.tree import files, read, text

# Spelt with classes of one letter, so that this file passes its own test.
REGISTRY_HOSTS = re.compile(
    r"pypi[.]org|python[h]osted|registry[.]npmjs|npmjs[.](org|com)"
    r"|deb[.]debian|archive[.]ubuntu|[d]ocker[.]io"
)
MACHINE_PATHS = re.compile(r"(?<![\w.:/-])/([w]ork|[r]oot)/|/tmp/([b]ash|[c]lone)")
ADDRESS = re.compile(r"https?://|file://|git\+")
SCRIPTS = sorted(name for name in files() if name.endswith(".sh"))


def places(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}"
        for name in files()
        for number, line in enumerate((text(name) or "").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert places(REGISTRY_HOSTS) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert places(MACHINE_PATHS) == []


def test_python_lock_pins_by_hash_and_holds_no_address() -> None:
    lock = read(REPOSITORY / "requirements.lock")
    blocks = re.split(r"\n(?=\S)", lock.strip())
    assert len(blocks) > 50
    assert [block for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []
    assert ADDRESS.search(lock) is None


def test_npm_lock_pins_by_hash_and_holds_no_address() -> None:
    lock = json.loads(read(REPOSITORY / "player" / "package-lock.json"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert {name for name, entry in packages.items() if "integrity" not in entry} == set()
    assert {name for name, entry in packages.items() if "resolved" in entry} == set()


def test_player_asks_for_exact_versions() -> None:
    package = json.loads(read(REPOSITORY / "player" / "package.json"))
    wanted = {**package.get("dependencies", {}), **package.get("devDependencies", {})}
    assert {n: v for n, v in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", v)} == {}


def test_ci_runs_exactly_make_test() -> None:
    lines = read(REPOSITORY / ".ci" / "run").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["exec make test"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_shell_scripts_are_strict_and_parse(name: str) -> None:
    script = REPOSITORY / name
    sourced = not read(script).startswith("#!")
    assert sourced or "set -euo pipefail" in read(script)
    assert sourced != bool(script.stat().st_mode & 0o111), "run ones are executable, sourced not"
    checked = spawn.run(["bash", "-n", name], timeout=60, cwd=REPOSITORY)
    assert (checked.code, checked.err) == (0, "")


def test_no_media_document_or_schema_of_others_is_committed() -> None:
    licensed = re.compile(r"\.(xsd|sch|flac|wav|mp3|m4a|mp4|pdf|zip)$", re.IGNORECASE)
    assert [name for name in files() if licensed.search(name)] == []
