"""Write docs/reference from the code; with --check only say which pages are out of date.

A page that a person must keep true by hand goes stale, so these are made from the same tables that
the program obeys. `make docs` writes them, `make check` compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

from reference import PAGES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"


def stale(pages: dict[str, str]) -> list[str]:
    """Names of pages that differ from what the code says, or that no code makes any more."""
    there = {
        path.relative_to(FOLDER).as_posix(): path.read_text("utf-8")
        for path in FOLDER.rglob("*.md")
    }
    return sorted(
        name for name in there.keys() | pages.keys() if there.get(name) != pages.get(name)
    )


def write(pages: dict[str, str], names: list[str]) -> None:
    """Write the named pages and remove those that no code makes."""
    for name in names:
        if name in pages:
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(pages[name], "utf-8")
        else:
            (FOLDER / name).unlink()


def main(arguments: list[str]) -> int:
    """Exit code 0 when the pages are as the code says."""
    pages = {name: make() for name, make in PAGES.items()}
    names = stale(pages)
    if "--check" in arguments:
        for name in names:
            sys.stderr.write(f"docs/reference/{name} is out of date: run make docs\n")
        return 1 if names else 0
    write(pages, names)
    for name in names:
        sys.stderr.write(f"wrote docs/reference/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
