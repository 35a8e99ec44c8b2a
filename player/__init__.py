"""Where the built browser files lie, and under which hashed names."""

from __future__ import annotations

import json
from pathlib import Path


def static_folder() -> Path:
    """The folder of the built files; `make setup` fills it, a wheel brings it."""
    return Path(__file__).parent / "static"


def manifest() -> dict[str, str]:
    """Logical name of each built file (`app.js`) -> its hashed name; empty before the build."""
    path = static_folder() / "manifest.json"
    if not path.is_file():
        return {}
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names
