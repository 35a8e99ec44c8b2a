"""The shape that keeps the code easy to change: small files, small functions, layered packages."""

from __future__ import annotations

import tomllib

import pytest

from tests.fixtures.environment import REPOSITORY
from tests.meta.tree import PACKAGES, files, functions, python_files, read, text

FILE_CAP = 400
FUNCTION_CAP = 60
# Not Python packages of the product, or with no Python that others could import.
OUTSIDE_LAYERS = {"bench", "docs", "migrations", "player", "scripts", "tests"}


def test_no_file_is_longer_than_the_cap() -> None:
    lengths = {name: (text(name) or "").count("\n") for name in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_CAP} == {}


def test_no_function_is_longer_than_the_cap() -> None:
    long = {
        f"{name}:{function}": length
        for name in python_files()
        if not name.startswith("migrations/versions/")  # a migration is one long list
        for function, length in functions(name)
        if length > FUNCTION_CAP
    }
    assert long == {}


def test_browser_code_is_in_small_files_too() -> None:
    sources = [name for name in files() if name.startswith("player/") and name.endswith(".ts")]
    assert sources, "the player has no TypeScript"
    assert {name for name in sources if (text(name) or "").count("\n") > FILE_CAP} == set()


def test_every_top_folder_with_python_stands_under_a_layer() -> None:
    contracts = tomllib.loads(read(REPOSITORY / "pyproject.toml"))["tool"]["importlinter"]
    layers = next(c for c in contracts["contracts"] if c["id"] == "layers")["layers"]
    layered = {name.strip() for layer in layers for name in layer.split("|")}
    top = {name.split("/")[0] for name in python_files() if "/" in name}
    assert top - layered - OUTSIDE_LAYERS == set()
    assert layered <= set(contracts["root_packages"])


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_every_folder_of_a_package_has_an_init(package: str) -> None:
    folders = {name.rsplit("/", 1)[0] for name in python_files() if name.startswith(f"{package}/")}
    assert folders, f"{package} has no Python file"
    assert {folder for folder in folders if f"{folder}/__init__.py" not in files()} == set()
