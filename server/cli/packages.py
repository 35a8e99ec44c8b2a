"""Messages and media on a local disk, as `segue validate` finds them: a message, a release folder
or a batch. Links are never followed."""

from __future__ import annotations

import hashlib
import stat
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ddex.ern.rules import HashKey

_NOT_MESSAGES = ("BatchComplete_", "ACK_", "Manifest_", ".")


@dataclass(frozen=True, slots=True)
class Package:
    """A message and the files beside it (size by path relative to its folder); None without."""

    message: Path
    files: Mapping[str, int] | None


def packages(path: Path) -> list[Package]:
    """The messages at a path, sorted: the file itself, or all of a release folder or batch."""
    if not path.is_dir():
        beside = path.parent / "resources"
        return [Package(path, _files(path.parent, only=beside) if beside.is_dir() else None)]
    found = sorted(p for p in _walk(path) if _is_message(p))
    return [Package(message, _files(message.parent)) for message in found]


def _is_message(path: Path) -> bool:
    return path.suffix.lower() == ".xml" and not path.name.startswith(_NOT_MESSAGES)


def _walk(folder: Path) -> Iterator[Path]:
    """Regular files below a folder; links and other things are left out."""
    for entry in sorted(folder.iterdir()):
        mode = entry.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield from _walk(entry)
        elif stat.S_ISREG(mode):
            yield entry


def _files(folder: Path, only: Path | None = None) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.lstat().st_size
        for path in _walk(only or folder)
        if only is not None or not (path.parent == folder and path.suffix.lower() == ".xml")
    }


def digests(folder: Path, wanted: frozenset[HashKey]) -> dict[HashKey, bytes]:
    """Raw digests of files in the folder; those that this Python can't compute are left out."""
    found = {(path, name): _digest(folder / path, name) for path, name in sorted(wanted)}
    return {key: value for key, value in found.items() if value is not None}


def _digest(path: Path, name: str) -> bytes | None:
    if name == "blake3":
        return blake3().update_mmap(path).digest()
    if name == "crc32":
        return _crc32(path)
    if name not in hashlib.algorithms_available:
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, name).digest()


def _crc32(path: Path) -> bytes:
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value.to_bytes(4, "big")
