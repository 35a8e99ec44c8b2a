"""Small notes that outlive a request and a crash: one JSON file each, replaced as a whole."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Records:
    """Notes by name in one folder. Names are ours, never the sender's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> dict[str, Any] | None:
        """A note, None when there is none."""
        try:
            found = json.loads(self._path(name).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def write(self, name: str, note: dict[str, Any]) -> None:
        """Keep a note; it is on the disk when this returns."""
        self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        fresh = self._path(name).with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(note, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._path(name))

    def forget(self, name: str) -> None:
        """Remove a note."""
        self._path(name).unlink(missing_ok=True)

    def all(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every note with its name."""
        with suppress(FileNotFoundError):
            for path in sorted(self._folder.glob("*.json")):
                if note := self.read(path.stem):
                    yield path.stem, note

    def sweep(self, seconds: float) -> int:
        """Remove notes that nobody wrote for so long; how many."""
        gone, paths = 0, []
        with suppress(FileNotFoundError):
            paths = list(self._folder.iterdir())
        for path in paths:
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - seconds:
                    path.unlink()
                    gone += 1
        return gone

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
