"""The folder of DDEX schemas: licensed by DDEX, never ours to ship, loaded when configured."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from core.errors import SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path

HOW_TO_GET_THEM = (
    "get them from https://ddex.net under DDEX's Implementation Licence (free of charge), then "
    "run: segue schemas install FOLDER|ZIP"
)
"""What to do when schemas are absent; they are DDEX's, so nobody else may hand them out."""


class SchemaFolder:
    """Reads schema files by their name in the folder: `ern/43/release-notification.xsd`."""

    def __init__(self, root: Path | None) -> None:
        self.root = root.resolve() if root else None

    @property
    def configured(self) -> bool:
        """Whether there is a folder to read from."""
        return self.root is not None and self.root.is_dir()

    def __call__(self, name: str) -> bytes:
        """The bytes of one schema file.

        Raises:
            FileNotFoundError: no folder is configured, or it has no such file.
        """
        if self.root is None:
            raise FileNotFoundError(name)
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise FileNotFoundError(name)
        return path.read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Put a file into the folder, whole or not at all.

        Raises:
            SettingsInvalid: there is no folder to write to, or it can't be written.
        """
        if self.root is None:
            raise SettingsInvalid("no folder for schemas is set", remedy="set `ddex.schemas`")
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.parent.resolve().is_relative_to(self.root):
                raise SettingsInvalid(f"{path.parent} leads out of {self.root}")
            fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
            fresh.write_bytes(data)
            fresh.replace(path)
        except OSError as wrong:
            raise SettingsInvalid(f"{path} can't be written: {wrong.strerror}") from wrong
