"""The part of requirements.lock that Segue needs at run time, on standard output.

One lock pins everything, tools of the build and of the tests included. An installation for
production wants only what the `segue` distribution asks for, directly or through others.
"""

from __future__ import annotations

import sys
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"


def needed(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> None:
    """Collect `name` and all it requires here, by the metadata of what is installed."""
    key = (canonicalize_name(name), extras)
    if key in seen:
        return
    seen.add(key)
    for line in requires(name) or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            needed(requirement.name, frozenset(requirement.extras), seen)


def entries(lock: str) -> dict[str, str]:
    """The lock's entries by canonical name: the pin with its marker and hashes."""
    blocks: dict[str, str] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        if line.strip() and not line[0].isspace() and not line.startswith("#"):
            name = canonicalize_name(line.split("==", maxsplit=1)[0].split("[", maxsplit=1)[0])
        if name:
            blocks[name] = blocks.get(name, "") + line
    return blocks


def main() -> None:
    """Print the entries."""
    seen: set[tuple[str, frozenset[str]]] = set()
    needed("segue", frozenset(), seen)
    names = {name for name, _ in seen} - {"segue"}
    blocks = entries(LOCK.read_text("utf-8"))
    missing = sorted(names - blocks.keys())
    if missing:
        sys.exit(f"not in requirements.lock: {', '.join(missing)}; run make lock")
    sys.stdout.write("".join(blocks[name] for name in sorted(names)))


if __name__ == "__main__":
    main()
