"""The repository as the tests in this folder read it: tracked and new files, never ignored ones."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from core import spawn
from tests.fixtures.environment import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGES = (
    "core", "ddex", "storage", "catalog", "ingest", "transcode",
    "search", "distro", "player", "server", "migrations",
)  # fmt: skip


@cache
def files() -> tuple[str, ...]:
    """Paths of all files that are or would be committed, relative to the root."""
    listing = spawn.run(
        ["git", "-c", f"safe.directory={REPOSITORY}", "ls-files", "-zco", "--exclude-standard"],
        timeout=120,
        cwd=REPOSITORY,
    )
    assert listing.code == 0, listing.err
    names = listing.out.decode().split("\0")
    return tuple(sorted(name for name in names if name and (REPOSITORY / name).is_file()))


def python_files() -> list[str]:
    """All Python files of the repository."""
    return [name for name in files() if name.endswith(".py")]


@cache
def text(name: str) -> str | None:
    """The text of a file, None when it is binary."""
    try:
        return (REPOSITORY / name).read_text("utf-8")
    except UnicodeDecodeError:
        return None


def functions(name: str) -> Iterator[tuple[str, int]]:
    """Each function of a Python file with its length in lines, decorators left out."""
    for node in ast.walk(ast.parse(text(name) or "")):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def documents() -> dict[str, str]:
    """All markdown files: path → text."""
    return {name: text(name) or "" for name in files() if name.endswith(".md")}


def read(path: Path) -> str:
    """The text of a file of the repository."""
    return path.read_text("utf-8")
